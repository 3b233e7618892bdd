"""Rows that cannot be counted: set aside, and counted by the reason why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from monitoring.arrays import as_arrow, as_numpy, is_present
from monitoring.profile.collecting import Mergeable
from monitoring.profile.outcomes.columns import LABEL, PREDICTION, SCORE, has_column, numbers
from monitoring.profile.outcomes.score_bins import valid_scores

P = TypeVar("P", bound=Mergeable)

_DAY = 86_400_000_000


class Reason(StrEnum):
    """Why a row is not among those of which a number is made."""

    DUPLICATE_ID = "duplicate_id"
    CONFLICTING_ID = "conflicting_id"
    UNREADABLE_VALUE = "unreadable_value"
    MISSING_TIMESTAMP = "missing_timestamp"
    FUTURE_TIMESTAMP = "future_timestamp"
    MISSING_SCORE = "missing_score"
    INVALID_SCORE = "invalid_score"
    MISSING_PREDICTION = "missing_prediction"
    INVALID_PREDICTION = "invalid_prediction"
    UNKNOWN_PREDICTION = "unknown_prediction"
    UNKNOWN_LABEL = "unknown_label"
    UNREADABLE_LABEL = "unreadable_label"
    INVALID_LABEL = "invalid_label"
    CONFLICTING_LABEL = "conflicting_label"
    LABEL_BEFORE_PREDICTION = "label_before_prediction"
    MISSING_LABEL_TIME = "missing_label_time"
    FUTURE_LABEL_TIME = "future_label_time"
    ORPHAN_LABEL = "orphan_label"


@dataclass(frozen=True, slots=True)
class LabelColumns:
    """
    What travels beside a label: two moments, and what is wrong with the latest labels.

    They may contradict each other, or not be of the type of their column.
    """

    predicted_at: str
    recorded_at: str
    conflicts: str
    unreadable: str


@dataclass(frozen=True, slots=True)
class Screened(Generic[P]):
    """The *profile* of the rows that count, and how many do not, by reason."""

    profile: P
    excluded: Mapping[Reason, int]

    def __add__(self, other: Screened[P]) -> Screened[P]:
        return Screened(
            self.profile + other.profile, Counter(self.excluded) + Counter(other.excluded)
        )


def screen(
    batch: pa.RecordBatch,
    profile_of: Callable[[pa.RecordBatch], P],
    *,
    scored: bool,
    columns: LabelColumns,
) -> Screened[P]:
    """
    Return what *profile_of* makes of the rows of *batch* that count.

    Where the model is *scored*, a row whose score is missing or no probability is left out as a
    whole: so all metrics, and their estimates, speak of the same rows. A row without a prediction
    stays for its score, and one whose label was recorded before its prediction without that label.
    """
    usable, excluded = set_aside(batch, scored=scored, columns=columns)

    return Screened(profile_of(usable), excluded)


def set_aside(
    batch: pa.RecordBatch, *, scored: bool, columns: LabelColumns
) -> tuple[pa.RecordBatch, Counter[Reason]]:
    """Return the rows of *batch* that :func:`screen` counts, and how many it does not."""
    excluded: Counter[Reason] = Counter()
    if scored:
        missing, invalid = _unusable_scores(batch)
        excluded[Reason.MISSING_SCORE] = int(missing.sum())
        excluded[Reason.INVALID_SCORE] = int(invalid.sum())
        if excluded.total():
            batch = batch.filter(as_arrow(~(missing | invalid)))
    excluded[Reason.MISSING_PREDICTION] = _unanswered(batch)
    for name, reason in (
        (columns.conflicts, Reason.CONFLICTING_LABEL),
        (columns.unreadable, Reason.UNREADABLE_LABEL),
    ):
        if name in batch.schema.names:
            excluded[reason] = int(pc.sum(batch.column(name)).as_py() or 0)
    early = _early(batch, columns)
    if early is not None and early.any():
        excluded[Reason.LABEL_BEFORE_PREDICTION] = int(early.sum())
        batch = _without(batch, early, (LABEL, columns.recorded_at))

    return batch, +excluded


def _unusable_scores(batch: pa.RecordBatch) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which rows lack a score, and which others have one that is no probability."""
    missing = np.zeros(batch.num_rows, dtype=np.bool_)
    invalid = missing.copy()
    for name in batch.schema.names:
        if name == SCORE or name.startswith(f"{SCORE}:"):
            scores = numbers(batch, name)
            missing |= np.isnan(scores)
            invalid |= ~valid_scores(scores)

    return missing, invalid & ~missing


def _unanswered(batch: pa.RecordBatch) -> int:
    """Return how many rows have a null or NaN in place of the prediction."""
    if not has_column(batch, PREDICTION):
        return 0
    column = batch.column(PREDICTION)

    return column.is_null(nan_is_null=pa.types.is_floating(column.type)).true_count


def _early(batch: pa.RecordBatch, columns: LabelColumns) -> NDArray[np.bool_] | None:
    """
    Return which labels were recorded before their prediction; ``None`` where that is not known.

    A moment at midnight is a date to which no time was written: it counts until the end of its day.
    """
    names = (LABEL, columns.predicted_at, columns.recorded_at)
    if not set(names) <= set(batch.schema.names):
        return None
    label, predicted, recorded = (batch.column(name) for name in names)
    if not (_temporal(predicted.type) and _temporal(recorded.type)):
        return None
    made, told = _microseconds(predicted), _microseconds(recorded)
    until = np.where(told % _DAY == 0, told + _DAY - 1, told)
    early: NDArray[np.bool_] = until < made
    for column in (label, predicted, recorded):
        early &= is_present(column)

    return early


def _without(
    batch: pa.RecordBatch, rows: NDArray[np.bool_], names: tuple[str, ...]
) -> pa.RecordBatch:
    """Return *batch* with nulls in the columns *names* of *rows*."""
    for name in names:
        field = batch.schema.field(name)
        column = pc.if_else(as_arrow(rows), pa.nulls(1, field.type)[0], batch.column(name))
        batch = batch.set_column(batch.schema.get_field_index(name), field, column)

    return batch


def _temporal(kind: pa.DataType) -> bool:
    return pa.types.is_timestamp(kind) or pa.types.is_date(kind)


def _microseconds(column: pa.Array[Any]) -> NDArray[np.int64]:
    moments = column.cast(pa.timestamp("us", getattr(column.type, "tz", None)), safe=False)

    return as_numpy(moments.cast(pa.int64()))
