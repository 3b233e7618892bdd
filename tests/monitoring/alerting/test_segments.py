"""Tests of the segments that an incident names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from monitoring.alerting.segments import NAMED, worst_segments
from monitoring.results import ALL, Measurement, Verdict

WORST = Measurement(
    model="churn",
    version=ALL,
    segment=ALL,
    window="7d",
    window_start="2026-01-01",
    window_end="2026-01-08",
    column=ALL,
    metric="recall",
    value=0.61,
    lower=0.6,
    upper=0.62,
    rows=18_204,
    threshold_low=0.68,
    threshold_high=None,
    verdict=Verdict.CRITICAL,
    as_of=datetime(2026, 1, 9, tzinfo=UTC),
    run_id="run",
)


def part(name: str, value: float, width: float = 0.02) -> Measurement:
    """Return the same number of a segment, in an interval of that *width*."""
    ends = {"lower": value - width / 2, "upper": value + width / 2}

    return replace(WORST, segment=name, value=value, **ends, threshold_low=None, verdict=None)


class TestWorstSegments:
    """The segments that are hit hardest."""

    def test_ranked(self) -> None:
        """The furthest beyond the bound comes first, and no more than five are named."""
        parts = [part(f"plan={step}", 0.5 - step / 50) for step in range(8)]
        found = worst_segments(WORST, parts)

        assert NAMED == len(found)
        assert [f"plan={step}" for step in (7, 6, 5, 4, 3)] == [row.segment for row in found]

    def test_surely(self) -> None:
        """A segment whose interval reaches the bound is not named, nor one with too few rows."""
        few = replace(part("plan=few", 0.1), verdict=Verdict.INSUFFICIENT_DATA)

        assert [] == worst_segments(WORST, [part("plan=wide", 0.5, width=0.5), few, WORST])

    def test_rose(self) -> None:
        """Of a number that rose, the lower end has to be beyond the bound."""
        worst = replace(WORST, metric="psi", column="age", value=0.3, threshold_low=None)
        worst = replace(worst, threshold_high=0.1)
        rows = [
            replace(part(f"plan={value}", value), metric="psi", column="age")
            for value in (0.05, 0.105, 0.4, 0.2)
        ]

        assert ["plan=0.4", "plan=0.2"] == [row.segment for row in worst_segments(worst, rows)]

    def test_others(self) -> None:
        """Other metrics, columns, versions and windows are another matter."""
        low = part("plan=free", 0.3)
        others = [
            replace(low, metric="precision"),
            replace(low, column="age"),
            replace(low, version="v1"),
            replace(low, window_end="2026-01-07"),
        ]

        assert [low] == worst_segments(WORST, [*others, low])
