"""What the reference says of one column: the ground on which expectations are generated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from monitoring.profile.categorical import CategoricalProfile
from monitoring.profile.column_profile import UnusableProfile
from monitoring.profile.columns import LONGEST_TEXT, is_temporal
from monitoring.profile.edges import quantiles
from monitoring.profile.gathering import (
    GatheredNumbers,
    GatheredTexts,
    Ungathered,
    gather,
)
from monitoring.profile.table import TableProfile
from monitoring.quality.distinct import DistinctDay, rarefied
from monitoring.spec.model import FeatureType

#: The share of the rows beyond each of the two quantile tails of a numeric column.
TAIL = 0.001

#: A column with more distinct values than this has no set of known categories.
MAXIMUM_CATEGORIES = 1_000

_NUMBER = re.compile(r"u?int\d+|float|double|halffloat|decimal|bool")
_TIME = re.compile(r"timestamp|date\d+")
_TEXT = re.compile(r"(large_)?string")


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """
    One column of the reference, in a handful of numbers.

    *missing* counts nulls and NaN; *minimum*, *maximum*, *lower_tail* and *upper_tail* (the
    quantiles `TAIL` and 1 - `TAIL`) look at finite values only and are ``None`` without any.
    *categories* is ``None`` where the values are too many or too long to be listed; *singletons*
    counts the categories that were seen exactly once, *top* is the share of the most frequent one,
    and *curve* says how many distinct ones are in so many rows. *daily_missing* holds (missing,
    rows) for each day of the reference, and *daily_distinct* its distinct values: with them, bounds
    know how much days differ; without them, rows count as independent.
    """

    name: str
    arrow_type: str
    kind: FeatureType
    rows: int
    missing: int = 0
    infinite: int = 0
    empty_strings: int = 0
    minimum: float | None = None
    maximum: float | None = None
    lower_tail: float | None = None
    upper_tail: float | None = None
    categories: tuple[str, ...] | None = None
    distinct: int | None = None
    singletons: int = 0
    top: float = 1.0
    curve: tuple[tuple[int, float], ...] = ()
    daily_missing: tuple[tuple[int, int], ...] = ()
    daily_distinct: tuple[DistinctDay, ...] = ()

    @property
    def present(self) -> int:
        """The rows that have a value."""
        return self.rows - self.missing


def type_kind(arrow_type: str) -> str:
    """
    Reduce an Arrow type to what must not change: ``number``, ``text``, ``time`` or itself.

    Widths, time zones, dictionary encoding and the difference of 0/1 and false/true are details of
    the warehouse that no monitor should alarm about.

    >>> type_kind("dictionary<values=string, indices=int32, ordered=0>")
    'text'
    """
    inner = arrow_type.removeprefix("dictionary<values=")
    for kind, pattern in (("number", _NUMBER), ("text", _TEXT), ("time", _TIME)):
        if pattern.match(inner):
            return kind

    return inner


def summarise(name: str, gathered: GatheredNumbers | GatheredTexts) -> ColumnSummary:
    """Summarise column *name*."""
    match gathered:
        case GatheredNumbers():
            return _numeric(name, gathered)
        case GatheredTexts():
            return _categorical(name, gathered)


def summarise_columns(table: pa.Table, types: Mapping[str, FeatureType]) -> list[ColumnSummary]:
    """
    Summarise the columns of *table* that *types* names, in the order of *types*.

    Of a column that cannot be profiled nothing can be expected: it is left out.
    """
    return [
        summarise(name, gathered)
        for name, gathered in gather([table], types)
        if not isinstance(gathered, Ungathered)
    ]


def with_days(summary: ColumnSummary, days: Iterable[TableProfile]) -> ColumnSummary:
    """Return *summary* with the missing and the distinct values of each of its *days*."""
    columns = [(day.columns[summary.name], day.rows) for day in days]
    daily = (
        (column.missing, rows)
        for column, rows in columns
        if not isinstance(column, UnusableProfile)
    )
    distinct = (
        _distinct(column)
        for column, rows in columns
        if rows and isinstance(column, CategoricalProfile)
    )

    return replace(summary, daily_missing=tuple(daily), daily_distinct=tuple(distinct))


def _distinct(column: CategoricalProfile) -> DistinctDay:
    most = max([int(column.counts.max(initial=0)), *column.unseen.counts.values()])
    distinct = np.count_nonzero(column.counts) + column.unseen.distinct()[0]

    return DistinctDay(column.rows, distinct, most / column.present if column.present else 1.0)


def _numeric(name: str, gathered: GatheredNumbers) -> ColumnSummary:
    values = gathered.values
    # A date has no range: time moves on.
    ranged = len(values) > 0 and not is_temporal(gathered.kind)
    levels = np.array([0.0, TAIL, 1 - TAIL, 1.0])
    extremes = quantiles(values, levels).tolist() if ranged else [None] * len(levels)
    minimum, lower_tail, upper_tail, maximum = extremes

    return ColumnSummary(
        name=name,
        arrow_type=str(gathered.kind),
        kind=FeatureType.NUMERIC,
        rows=gathered.rows,
        missing=gathered.missing,
        infinite=gathered.infinite,
        minimum=minimum,
        maximum=maximum,
        lower_tail=lower_tail,
        upper_tail=upper_tail,
    )


def _categorical(name: str, gathered: GatheredTexts) -> ColumnSummary:
    counts = gathered.counts
    # A text that was cut is not what the rows hold, and neither is the text of a time.
    listed = (
        len(counts) <= MAXIMUM_CATEGORIES
        and all(len(text) < LONGEST_TEXT for text in counts)
        and not pa.types.is_temporal(gathered.kind)
    )

    return ColumnSummary(
        name=name,
        arrow_type=str(gathered.kind),
        kind=FeatureType.CATEGORICAL,
        rows=gathered.rows,
        missing=gathered.missing,
        empty_strings=counts.get("", 0),
        categories=tuple(sorted(counts)) if listed else None,
        distinct=len(counts),
        singletons=sum(count == 1 for count in counts.values()),
        top=max(counts.values(), default=0) / max(sum(counts.values()), 1),
        curve=tuple(rarefied(counts.values()).items()),
    )
