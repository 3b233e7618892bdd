"""What is expected of the number of rows."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from monitoring.quality.bounds import volume_band
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


def volume_expectation(history: Sequence[int]) -> Expectation | None:
    """Expect as many rows as the *history* of the weekday has; ``None`` when it is too short."""
    band = volume_band(history)

    return None if band is None else usual_rows(*band)
