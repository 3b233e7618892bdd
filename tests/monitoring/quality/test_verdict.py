"""Tests of what a day's expectations amount to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitoring.measures.judging import Stamp, WindowKey
from monitoring.quality.expectation import Severity, Subject, draft
from monitoring.quality.outcome import ExpectationOutcome, OutcomeState
from monitoring.quality.verdict import (
    BLOCKED,
    PartitionQuality,
    quality_measurements,
    window_of,
)
from monitoring.results import ALL, Measurement, Verdict
from monitoring.spec.model import Family

STAMP = Stamp("churn", datetime(2026, 2, 1, tzinfo=UTC), "run")
DAY = "2026-01-31"


def outcome(
    state: str,
    severity: Severity = Severity.WARNING,
    *,
    family: Family = Family.VALIDITY,
    column: str = "age",
    percent: float | None = None,
) -> ExpectationOutcome:
    """Return what came of an expectation about *column*."""
    expectation = draft(
        "expect_column_values_to_be_between",
        column,
        {"min_value": 0},
        family=family,
        severity=severity,
        reason="",
        bound="",
    )
    return ExpectationOutcome(
        expectation,
        OutcomeState(state),
        unexpected_count=None if percent is None else 500,
        unexpected_percent=percent,
        message=f"{column} {state}.",
    )


PASSED = outcome("passed", Severity.CRITICAL)
FAILED = outcome("failed", column="city")
WORST = outcome("failed", Severity.CRITICAL, family=Family.SCHEMA, column="plan")
ERRORED = outcome("errored")
UNKNOWN = outcome("errored", Severity.CRITICAL, family=Family.SCHEMA, column="id")
NOTHING_LEFT = outcome("failed", percent=100.0)


def quality(*outcomes: ExpectationOutcome) -> PartitionQuality:
    """Return the quality of a day of a thousand rows."""
    return PartitionQuality(DAY, 1000, outcomes)


def recorded(*outcomes: ExpectationOutcome) -> dict[tuple[str, str], Measurement]:
    """Return the rows of that day by metric and column."""
    rows = quality_measurements(
        {DAY: quality(*outcomes)}, block_on=[Family.SCHEMA], by_batch=False, stamp=STAMP
    )
    return {(row.metric, row.column): row for row in rows}


class TestVerdict:
    """Tests of how bad a day is."""

    @pytest.mark.parametrize(
        ("outcomes", "verdict"),
        [
            ([], Verdict.OK),
            ([PASSED], Verdict.OK),
            ([PASSED, FAILED], Verdict.WARNING),
            ([FAILED, WORST], Verdict.CRITICAL),
            ([ERRORED], Verdict.OK),
            ([UNKNOWN], Verdict.CRITICAL),
            ([NOTHING_LEFT], Verdict.CRITICAL),
        ],
    )
    def test_worst(self, outcomes: list[ExpectationOutcome], verdict: Verdict) -> None:
        """
        The day is as bad as the worst that does not hold.

        Regression: a column of which not one value was left was a warning, and a critical
        expectation that could not be evaluated was in order, though both block a day.
        """
        assert verdict is quality(*outcomes).verdict

    @pytest.mark.parametrize("outcomes", [[WORST], [UNKNOWN], [NOTHING_LEFT], [FAILED], [PASSED]])
    def test_blocked_is_critical(self, outcomes: list[ExpectationOutcome]) -> None:
        """Nothing blocks a day in silence: what does is critical, and opens an incident."""
        day = quality(*outcomes)

        assert not day.blocking(list(Family)) or day.verdict is Verdict.CRITICAL

    def test_blocking(self) -> None:
        """Only critical expectations of the chosen families block a day."""
        day = quality(FAILED, WORST)

        assert [Family.SCHEMA] == day.blocking([Family.SCHEMA, Family.VALIDITY])
        assert [] == day.blocking([Family.VALIDITY])
        assert [] == day.blocking([])

    def test_labels_block_nothing(self) -> None:
        """Labels recorded on a day are those of other days' predictions."""
        labels = replace(WORST.expectation, subject=Subject.ACTUALS)
        day = quality(replace(WORST, expectation=labels))

        assert [] == day.blocking(list(Family))
        assert Verdict.CRITICAL is day.verdict


class TestQualityMeasurements:
    """Tests of quality as rows of the results table."""

    def test_failures(self) -> None:
        """The number of failures is judged against none, and names the worst first."""
        row = recorded(PASSED, FAILED, WORST)["failed_expectations", ALL]

        assert (2.0, 1000, 0.0) == (row.value, row.rows, row.threshold_high)
        assert Verdict.CRITICAL is row.verdict
        assert "plan failed.; city failed." == row.reason
        assert ("1d", DAY, "2026-02-01") == (row.window, row.window_start, row.window_end)

    def test_all_well(self) -> None:
        """A day on which all holds is in order, and has no reason."""
        rows = recorded(PASSED)

        assert Verdict.OK is rows["failed_expectations", ALL].verdict
        assert rows["failed_expectations", ALL].reason is None
        assert 0.0 == rows[BLOCKED, ALL].value

    def test_only_the_total_is_judged(self) -> None:
        """The failures of each column explain; they open nothing of their own."""
        rows = recorded(FAILED, WORST, ERRORED)

        assert {("failed_expectations", ALL)} == {
            key for key, row in rows.items() if row.verdict is not None
        }
        assert 1.0 == rows["failed_expectations", "city"].value
        assert rows["failed_expectations", "city"].threshold_high is None

    def test_blocked(self) -> None:
        """A blocked day says by which family."""
        row = recorded(WORST)[BLOCKED, ALL]

        assert (1.0, "blocked by schema") == (row.value, row.reason)

    def test_batch(self) -> None:
        """The window of a batch is the batch, also when it is called like a day."""
        (row, *_) = quality_measurements(
            {DAY: quality(PASSED)}, block_on=[], by_batch=True, stamp=STAMP
        )

        assert ("batch", DAY, DAY) == (row.window, row.window_start, row.window_end)


class TestWindowOf:
    """Tests of the window that is just one partition."""

    def test_day(self) -> None:
        """A day ends with the next."""
        assert WindowKey("1d", DAY, "2026-02-01", (DAY,)) == window_of(DAY, by_batch=False)

    def test_batch(self) -> None:
        """A batch ends with itself."""
        assert WindowKey("batch", "b7", "b7", ("b7",)) == window_of("b7", by_batch=True)
