"""What is expected of the number of rows."""

from __future__ import annotations

from pydantic import JsonValue

from monitoring.quality.expectation import Expectation, Severity, draft
from monitoring.spec.model import Family

_TYPE = "expect_table_row_count_to_be_between"


def at_least_one_row() -> Expectation:
    """Expect rows at all."""
    return draft(
        _TYPE,
        None,
        {"min_value": 1},
        family=Family.VOLUME,
        severity=Severity.CRITICAL,
        reason="An empty day passes every other expectation.",
        bound="At least one row.",
    )


def usual_rows(low: JsonValue, high: JsonValue) -> Expectation:
    """Expect from *low* to *high* rows."""
    return draft(
        _TYPE,
        None,
        {"min_value": low, "max_value": high},
        family=Family.VOLUME,
        role="weekday",
        reason="A part of the rows is lost, or written twice.",
        bound="Median ± 4 robust deviations of the same weekday's recent rows.",
    )
