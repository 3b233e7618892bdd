"""The suite that a reference gives rise to: one pass over its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import JsonValue

from monitoring.quality.column import completeness, values
from monitoring.quality.columns import COLUMN_ORDER
from monitoring.quality.expectation import Expectation, Parameter, Severity, Subject, draft
from monitoring.quality.summary import ColumnSummary, type_kind
from monitoring.quality.volume import at_least_one_row, usual_rows
from monitoring.spec.model import Family, MonitorSpec


def generate_suite(
    spec: MonitorSpec, columns: Sequence[ColumnSummary], *, known: Sequence[str] = ()
) -> list[Expectation]:
    """
    Return the suite of *spec*, whose reference has *columns*.

    Nothing is expected of other *known* columns of the reference, but they are not new.

    It holds for every day: what depends on a day (its rows, its bounds in time, its weekday) is a
    parameter. The label of the reference is left out, for predictions have none.
    """
    kept = [column for column in columns if column.name != spec.reference.label]

    return [
        *_schema(spec, kept, [name for name in known if name != spec.reference.label]),
        _types(kept),
        at_least_one_row(),
        usual_rows(Parameter.ROWS_LOW.placeholder, Parameter.ROWS_HIGH.placeholder),
        *_keys(spec),
        *_required(spec),
        *(each for column in kept for each in _column(spec, column)),
    ]


def scores_of(spec: MonitorSpec) -> list[str]:
    """Return the columns that hold a probability."""
    score = spec.predictions.score

    return [] if score is None else [score] if isinstance(score, str) else list(score.values())


def _named(spec: MonitorSpec) -> list[str]:
    predictions = spec.predictions
    names = [predictions.id, predictions.timestamp, predictions.prediction, *scores_of(spec)]

    return [name for name in [*names, predictions.version, predictions.batch] if name is not None]


def _schema(
    spec: MonitorSpec, columns: Sequence[ColumnSummary], known: Sequence[str]
) -> Iterator[Expectation]:
    names: list[JsonValue] = list(
        dict.fromkeys([*_named(spec), *(column.name for column in columns)])
    )
    yield draft(
        "expect_column_distinct_values_to_contain_set",
        None,
        {"column": "column", "value_set": names},
        family=Family.SCHEMA,
        severity=Severity.CRITICAL,
        role="schema",
        subject=Subject.COLUMNS,
        reason="A column that is gone or renamed takes its feature along.",
        bound="The columns of the reference, and those that the monitor file names.",
    )
    yield draft(
        "expect_column_values_to_be_in_set",
        None,
        {"column": "column", "value_set": list(dict.fromkeys([*names, *known]))},
        family=Family.SCHEMA,
        role="schema",
        subject=Subject.COLUMNS,
        reason="A column that is new is not monitored, and may be a renamed one.",
        bound="The columns of the reference, and those that the monitor file names.",
    )
    ordered: list[JsonValue] = list(known or (column.name for column in columns))
    yield draft(
        COLUMN_ORDER,
        None,
        {"column_list": ordered},
        family=Family.SCHEMA,
        severity=Severity.INFO,
        role="schema",
        subject=Subject.COLUMNS,
        reason="Columns are read by name here; whoever reads them by place would mix them up.",
        bound="The order of the reference, of the columns that both tables have.",
    )


def _types(columns: Sequence[ColumnSummary]) -> Expectation:
    pairs: list[JsonValue] = [[column.name, type_kind(column.arrow_type)] for column in columns]

    return draft(
        "expect_column_pair_values_to_be_in_set",
        None,
        {
            "column_A": "column",
            "column_B": "type",
            "value_pairs_set": pairs,
            "ignore_row_if": "either_value_is_missing",
        },
        family=Family.SCHEMA,
        severity=Severity.CRITICAL,
        role="schema",
        subject=Subject.COLUMNS,
        reason="A number that arrives as text cannot be compared with its reference.",
        bound="The reference's types, as number, text or time; widths and time zones may differ.",
    )


def _keys(spec: MonitorSpec) -> Iterator[Expectation]:
    yield draft(
        "expect_column_values_to_be_unique",
        spec.predictions.id,
        {},
        family=Family.UNIQUENESS,
        severity=Severity.CRITICAL,
        reason="A repeated id counts one prediction twice, and its label too.",
        bound="No id more than once a day.",
    )
    if spec.predictions.timestamp is not None:
        yield draft(
            "expect_column_values_to_be_between",
            spec.predictions.timestamp,
            {
                "min_value": Parameter.DAY_START.placeholder,
                "max_value": Parameter.DAY_END.placeholder,
                "strict_max": True,
            },
            family=Family.FRESHNESS,
            severity=Severity.CRITICAL,
            reason="A row of another day, or of the future, belongs to another partition.",
            bound="From the first moment of the day to before the first of the next.",
        )


def _required(spec: MonitorSpec) -> Iterator[Expectation]:
    predictions, scores = spec.predictions, scores_of(spec)
    names = [predictions.id, predictions.timestamp, predictions.prediction, *scores]
    for name in [name for name in names if name is not None]:
        yield draft(
            "expect_column_values_to_not_be_null",
            name,
            {},
            family=Family.SCORES if name in scores else Family.COMPLETENESS,
            severity=Severity.CRITICAL,
            reason="A prediction without it cannot be judged; NaN counts as missing.",
            bound="No missing value.",
        )
    for name in scores:
        yield draft(
            "expect_column_values_to_be_between",
            name,
            {"min_value": 0, "max_value": 1},
            family=Family.SCORES,
            severity=Severity.CRITICAL,
            reason="A probability outside [0, 1], or infinite, is no probability.",
            bound="0 ≤ score ≤ 1.",
        )


def _column(spec: MonitorSpec, column: ColumnSummary) -> Iterator[Expectation]:
    predictions = spec.predictions
    if column.name in {predictions.id, predictions.timestamp, predictions.batch, *scores_of(spec)}:
        return
    if column.name != predictions.prediction:
        yield completeness(column)
    # A new version is news, not a broken pipe.
    if column.name != predictions.version:
        yield from values(column)
