"""Bounds of a number, and what they say of it."""

from __future__ import annotations

from dataclasses import dataclass

from monitoring.results import Measure, Verdict

#: Fewer rows than this say nothing, whatever the number.
MINIMUM_ROWS = 30


@dataclass(frozen=True, slots=True)
class Threshold:
    """
    The bounds outside of which a number is remarkable, and where they come from.

    *rows* is the sample size for which they hold, ``None`` for any.
    """

    low: float | None
    high: float | None
    source: str
    rows: int | None = None

    def excess(self, value: float) -> float:
        """
        Return by how much *value* is beyond its bound, relative to the bound; 0 within.

        >>> Threshold(low=None, high=0.1, source="fixed").excess(0.15)
        0.5
        """
        if self.high is not None and value > self.high:
            return (value - self.high) / max(abs(self.high), 1e-9)
        if self.low is not None and value < self.low:
            return (self.low - value) / max(abs(self.low), 1e-9)

        return 0.0


def judge(measure: Measure, threshold: Threshold | None, *, severity: Verdict) -> Verdict | None:
    """
    Say what *threshold* makes of *measure*; without one, nothing.

    A bound itself is still within. *severity* is the verdict for a number outside.
    """
    if measure.rows == 0:
        return Verdict.NO_DATA
    if measure.value is None or (measure.rows < MINIMUM_ROWS and threshold is not None):
        return Verdict.INSUFFICIENT_DATA
    if threshold is None:
        return None

    return severity if threshold.excess(measure.value) else Verdict.OK
