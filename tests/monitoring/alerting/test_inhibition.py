"""Tests of which breaches another trouble explains."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from monitoring.alerting.inhibition import broken_columns, explained_by_quality, late_windows
from monitoring.results import ALL, Measurement, Verdict

DAY = Measurement(
    model="churn",
    version=ALL,
    segment=ALL,
    window="1d",
    window_start="2026-03-04",
    window_end="2026-03-05",
    column=ALL,
    metric="failed_expectations",
    value=2.0,
    lower=None,
    upper=None,
    rows=100,
    threshold_low=None,
    threshold_high=0.0,
    verdict=Verdict.CRITICAL,
    as_of=datetime(2026, 3, 5, tzinfo=UTC),
    run_id="run",
)
AGE = replace(DAY, column="age", value=1.0, verdict=None)
WEEK = replace(DAY, window="7d", window_start="2026-03-01", window_end="2026-03-08", column="age")


class TestQuality:
    """Tests of columns whose values are broken."""

    def test_critical_day(self) -> None:
        """On a critical day the columns that failed are broken, and those that passed are not."""
        passed = replace(AGE, column="plan", value=0.0)

        assert {"2026-03-04": frozenset({"age"})} == broken_columns([DAY, AGE, passed])

    def test_harmless_day(self) -> None:
        """A warning explains nothing: drift may be what it warns of."""
        assert {} == broken_columns([replace(DAY, verdict=Verdict.WARNING), AGE])

    def test_window(self) -> None:
        """A broken day explains the drift of its column in every window that has it."""
        broken = broken_columns([DAY, AGE])

        assert explained_by_quality(WEEK, broken)
        assert not explained_by_quality(replace(WEEK, column="plan"), broken)
        assert not explained_by_quality(replace(WEEK, window_end="2026-03-04"), broken)

    def test_batch(self) -> None:
        """A broken batch explains itself, and no other."""
        broken = broken_columns(
            [replace(row, window_start="b1", window_end="b1") for row in (DAY, AGE)]
        )
        batch = replace(WEEK, window_start="b1", window_end="b1")

        assert explained_by_quality(batch, broken)
        assert not explained_by_quality(replace(batch, window_start="b2", window_end="b2"), broken)


class TestLateLabels:
    """Tests of windows whose labels are late."""

    @staticmethod
    def coverage(*shares: float | None) -> list[Measurement]:
        """Return the label coverage of as many windows."""
        return [
            replace(DAY, metric="label_coverage", value=share, window_start=f"2026-03-0{place}")
            for place, share in enumerate(shares, start=1)
        ]

    def test_late(self) -> None:
        """Less than half of the usual coverage is late, whatever is usual."""
        usual = self.coverage(0.3, 0.3, 0.3, 0.14, 0.16)

        assert {("2026-03-04", "2026-03-05")} == late_windows(usual)

    def test_nothing_known(self) -> None:
        """Without a coverage nothing is late."""
        assert frozenset() == late_windows(self.coverage(None, None))
