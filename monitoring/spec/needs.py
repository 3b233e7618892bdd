"""The tables and columns that a monitor needs, under the fields of its file that name them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitoring.spec.column_types import Use
from monitoring.spec.model import ActualsSpec, MonitorSpec, PredictionsSpec, Task
from monitoring.spec.problems import FieldPath


@dataclass(frozen=True, slots=True)
class Need:
    """A column that a *field* of the monitor file expects in a *table*."""

    field: FieldPath
    table: str
    column: str
    use: Use


def table_fields(spec: MonitorSpec) -> dict[FieldPath, str]:
    """Return the tables that have to be described for a check, under the fields that name them."""
    tables: dict[FieldPath, str] = {("predictions", "table"): spec.predictions.table}
    if spec.predictions.shadow is not None:
        tables["predictions", "shadow"] = spec.predictions.shadow
    if spec.actuals is not None:
        tables["actuals", "table"] = spec.actuals.table
    if spec.reference.table is not None:
        tables["reference", "table"] = spec.reference.table

    return tables


def reference_table(spec: MonitorSpec) -> str:
    """Return the table of the reference, which is that of the predictions for a window."""
    return spec.reference.table or spec.predictions.table


def tables_with_answers(spec: MonitorSpec) -> tuple[str, ...]:
    """Return the tables with a row for each answer: one table where the reference is a window."""
    return tuple(dict.fromkeys((spec.predictions.table, reference_table(spec))))


def column_needs(spec: MonitorSpec) -> Iterator[Need]:
    """Yield the columns that *spec* names, its features aside."""
    predictions, both = spec.predictions, tables_with_answers(spec)
    answering = (predictions.table, *filter(None, (predictions.shadow,)))
    rows = (
        ("id", predictions.id, Use.KEY),
        ("timestamp", predictions.timestamp, time_use(predictions)),
        ("batch", predictions.batch, Use.KEY),
        ("version", predictions.version, Use.KEY),
    )
    for key, column, use in rows:
        for table in answering if column is not None else ():
            yield Need(("predictions", key), table, str(column), use)
    for table in dict.fromkeys((*both, *answering)):
        for field, column, use in _answers(spec):
            yield Need(field, table, column, use)
        for position, column in enumerate(spec.segments):
            yield Need(("segments", position), table, column, Use.CATEGORICAL_FEATURE)
    if spec.reference.label is not None:
        yield Need(("reference", "label"), both[-1], spec.reference.label, _answer_use(spec))
    if spec.actuals is not None:
        yield from _actuals_needs(spec.actuals, _answer_use(spec))


def _answer_use(spec: MonitorSpec) -> Use:
    return Use.NUMBER if spec.task is Task.REGRESSION else Use.CLASS


def time_use(table: PredictionsSpec | ActualsSpec) -> Use:
    """Return what the timestamp of *table* has to hold."""
    return Use.TIME if table.timestamp_unit is None else Use.TICKS


def _answers(spec: MonitorSpec) -> Iterator[tuple[FieldPath, str, Use]]:
    prediction, score = spec.predictions.prediction, spec.predictions.score
    if prediction is not None:
        yield ("predictions", "prediction"), prediction, _answer_use(spec)
    if isinstance(score, str):
        yield ("predictions", "score"), score, Use.NUMBER
    elif score is not None:
        for label, column in score.items():
            yield ("predictions", "score", label), column, Use.NUMBER


def _actuals_needs(actuals: ActualsSpec, answer: Use) -> Iterator[Need]:
    yield Need(("actuals", "id"), actuals.table, actuals.id, Use.KEY)
    yield Need(("actuals", "label"), actuals.table, actuals.label, answer)
    if actuals.timestamp is not None:
        yield Need(("actuals", "timestamp"), actuals.table, actuals.timestamp, time_use(actuals))
