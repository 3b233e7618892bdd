"""What queries found out about the tables of a monitor, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitoring.profile.outcomes.labels import class_key
from monitoring.spec.model import Label, MonitorSpec, Task
from monitoring.spec.problems import FieldPath, Problem, shown
from monitoring.windows import midnight

#: A clock that goes wrong by minutes is no wrong time zone.
_CLOCK_SKEW = timedelta(hours=1)

#: Some labels are corrections of the past; when so many precede their prediction, a clock is off.
_EARLY_LABELS = 0.5

_MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class TableFacts:
    """
    What queries found out about one table; ``None`` where nobody asked.

    Attributes:
        rows: the number of rows, or of the first so many that were counted.
        labelled_rows: how many of *rows* have a label.
        labels: the different labels, all of them.
        sampled_ids: how many rows were sampled for their ids.
        missing_ids: how many of those have none.
        repeated_ids: how many of those have the id of an earlier one.
        first, last: the earliest and the latest timestamp; a naive one is in UTC.
        early_labels: the fraction of sampled labels recorded before their prediction.
    """

    rows: int | None = None
    labelled_rows: int | None = None
    labels: tuple[Label, ...] | None = None
    sampled_ids: int = 0
    missing_ids: int = 0
    repeated_ids: int = 0
    first: datetime | None = None
    last: datetime | None = None
    early_labels: float | None = None


def reference_problems(spec: MonitorSpec, table: str, facts: TableFacts) -> Iterator[Problem]:
    """Yield what is wrong with the rows of the reference *table*."""
    if facts.rows == 0:
        if spec.reference.window is not None:
            span = f"from {spec.reference.window.start} to before {spec.reference.window.end}"
            msg = f"{table} has no rows {span}; name days that have predictions."
            yield Problem(("reference", "window"), msg)
        else:
            msg = f"{table} has no rows, so nothing is known to be normal; fill it."
            yield Problem(("reference", "table"), msg)
    elif facts.rows is not None and facts.labelled_rows == 0 and spec.actuals is not None:
        msg = f"none of the {facts.rows:,} rows of {table} has a label; name the right column."
        yield Problem(_label_field(spec), msg)
    elif facts.labels:
        yield from _class_problems(spec, table, facts.labels)


def _label_field(spec: MonitorSpec) -> FieldPath:
    return ("reference", "window" if spec.reference.window is not None else "label")


def _class_problems(spec: MonitorSpec, table: str, labels: tuple[Label, ...]) -> Iterator[Problem]:
    found = ", ".join(shown(label) for label in labels[:_MOST_SHOWN])
    known = {class_key(label) for label in labels}
    if spec.task is Task.BINARY and class_key(spec.positive_class) not in known:
        msg = f"{shown(spec.positive_class)} is none of the labels in {table}: {found}."
        yield Problem(("positive_class",), msg)
    if spec.task is not Task.REGRESSION and len(labels) == 1:
        msg = f"all labels in {table} are {found}; a reference needs rows of every class."
        yield Problem(_label_field(spec), msg)
    if isinstance(spec.predictions.score, dict):
        classes = {class_key(name) for name in spec.predictions.score}
        unscored = [shown(label) for label in labels if class_key(label) not in classes]
        if unscored:
            msg = f"no column for {', '.join(unscored[:_MOST_SHOWN])}, which {table} has as label."
            yield Problem(("predictions", "score"), msg)


def prediction_problems(
    spec: MonitorSpec, facts: TableFacts, *, as_of: datetime | None
) -> Iterator[Problem]:
    """Yield what is wrong with the rows of the predictions, as they are *as_of* a moment."""
    table, field = spec.predictions.table, ("predictions", "id")
    if facts.rows == 0:
        yield Problem(("predictions", "table"), f"{table} has no rows; fill it, or wait for it.")
    if facts.missing_ids:
        msg = f"{facts.missing_ids:,} of {facts.sampled_ids:,} sampled rows of {table} have no id."
        yield Problem(field, f"{msg[:-1]}; labels cannot be joined to them.")
    if facts.repeated_ids:
        msg = (
            f"{facts.repeated_ids:,} of {facts.sampled_ids:,} sampled rows of {table} repeat an id"
        )
        yield Problem(field, f"{msg}; name a column that is unique, or remove the copies.")
    if facts.first is not None and facts.last is not None:
        yield from _time_problems(spec, _utc(facts.first), _utc(facts.last), as_of=as_of)


def _time_problems(
    spec: MonitorSpec, first: datetime, last: datetime, *, as_of: datetime | None
) -> Iterator[Problem]:
    table, by_batch = spec.predictions.table, spec.by_batch
    if as_of is not None and last > as_of + _CLOCK_SKEW:
        msg = f"the last prediction of {table} is at {last:%Y-%m-%d %H:%M} UTC, in the future"
        field = ("predictions", "timestamp")
        yield Problem(field, f"{msg}; store UTC, or a timestamp with its time zone.")
    if spec.start is not None and not by_batch and last < midnight(spec.start):
        msg = f"{table} has no prediction since {spec.start}; its last day is {last:%Y-%m-%d}."
        yield Problem(("start",), msg)
    if spec.end is not None and not by_batch and first >= midnight(spec.end) + timedelta(days=1):
        msg = f"{table} has no prediction until {spec.end}; its first day is {first:%Y-%m-%d}."
        yield Problem(("end",), msg)


def actual_problems(
    spec: MonitorSpec, facts: TableFacts, *, as_of: datetime | None
) -> Iterator[Problem]:
    """Yield what is wrong with the rows of the actuals, as they are *as_of* a moment."""
    if spec.actuals is None:
        return
    table, field = spec.actuals.table, ("actuals", "timestamp")
    if facts.missing_ids:
        msg = f"{facts.missing_ids:,} of {facts.sampled_ids:,} sampled rows of {table} have no id"
        yield Problem(("actuals", "id"), f"{msg}; they belong to no prediction.")
    if as_of is not None and facts.last is not None and _utc(facts.last) > as_of + _CLOCK_SKEW:
        msg = f"the last label of {table} is from {_utc(facts.last):%Y-%m-%d %H:%M} UTC"
        yield Problem(field, f"{msg}, in the future; store UTC, or a timestamp with its time zone.")
    if facts.early_labels is not None and facts.early_labels > _EARLY_LABELS:
        msg = f"{facts.early_labels:.0%} of the sampled labels were known before their prediction"
        yield Problem(field, f"{msg}; one of the two tables is not in UTC.")


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
