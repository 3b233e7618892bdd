"""What a day's expectations amount to: rows of the results table, and whether the day may go on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from monitoring.measures.judging import Stamp, WindowKey, recorded
from monitoring.quality.expectation import Severity, Subject
from monitoring.quality.outcome import (
    ExpectationOutcome,
    FamilyResult,
    by_family,
    quality_measures,
    troubles,
)
from monitoring.results import ALL, Measure, Measurement, Verdict
from monitoring.spec.model import Family
from monitoring.thresholds.threshold import Threshold
from monitoring.windows import DAY, window_ending

#: 1 on a partition from which nothing is computed, 0 on all others.
BLOCKED = "blocked"

_NO_FAILURE = Threshold(low=None, high=0.0, source="fixed")


@dataclass(frozen=True, slots=True)
class PartitionQuality:
    """
    What came of every expectation on one partition of *rows* rows.

    *missing_fraction* is that of the column that misses most; ``None`` without rows in memory.
    """

    partition: str
    rows: int
    outcomes: tuple[ExpectationOutcome, ...]
    missing_fraction: float | None = None

    @property
    def families(self) -> dict[Family, FamilyResult]:
        """The outcomes by family, failures first."""
        return by_family(self.outcomes)

    def blocking(self, block_on: Collection[Family]) -> list[Family]:
        """
        Return the families of *block_on* with a critical expectation that did not hold.

        Labels that were recorded on the day belong to predictions of other days: they block none.
        """
        of_the_day = [
            item for item in self.outcomes if item.expectation.subject is not Subject.ACTUALS
        ]

        return [
            family
            for family, result in by_family(of_the_day).items()
            if family in block_on and result.severity is Severity.CRITICAL
        ]

    @property
    def verdict(self) -> Verdict:
        """
        Critical when a critical expectation did not hold, a warning when another one failed.

        What could not be evaluated is not known to hold, so whatever blocks a day is critical.
        """
        if any(item.severity is Severity.CRITICAL for item in troubles(self.outcomes)):
            return Verdict.CRITICAL

        return Verdict.WARNING if troubles(self.outcomes) else Verdict.OK


def window_of(partition: str, *, by_batch: bool) -> WindowKey:
    """Return the window that is just *partition*."""
    if by_batch:
        return WindowKey.of_batch(partition)

    return WindowKey.of_days(window_ending(date.fromisoformat(partition), DAY))


def quality_measurements(
    days: Mapping[str, PartitionQuality],
    *,
    block_on: Collection[Family],
    by_batch: bool,
    stamp: Stamp,
) -> list[Measurement]:
    """Return the quality of *days* as rows of the results table."""
    return [
        _measurement(measure, day, window_of(key, by_batch=by_batch), stamp)
        for key, day in days.items()
        for measure in [*quality_measures(day.outcomes, rows=day.rows), _blocked(day, block_on)]
    ]


def _blocked(day: PartitionQuality, block_on: Collection[Family]) -> Measure:
    families = day.blocking(block_on)
    reason = f"blocked by {', '.join(families)}" if families else None

    return Measure(ALL, BLOCKED, float(bool(families)), day.rows, reason=reason)


def _measurement(
    measure: Measure, day: PartitionQuality, window: WindowKey, stamp: Stamp
) -> Measurement:
    if measure.metric != "failed_expectations" or measure.column != ALL:
        return recorded(measure, window, stamp, threshold=None, verdict=None)
    named = replace(measure, reason=measure.reason or _failures(day.outcomes))

    return recorded(named, window, stamp, threshold=_NO_FAILURE, verdict=day.verdict)


def _failures(outcomes: Sequence[ExpectationOutcome]) -> str | None:
    """Name what does not hold, the critical first, in one line."""
    worst_first = sorted(
        troubles(outcomes), key=lambda item: item.severity is not Severity.CRITICAL
    )

    return "; ".join(item.message for item in worst_first[:3]) or None
