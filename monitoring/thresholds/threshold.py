"""Bounds of a number, and what they say of it."""

from __future__ import annotations

from dataclasses import dataclass

from monitoring.results import Measure, Verdict

#: Fewer rows than this say nothing, whatever the number.
MINIMUM_ROWS = 30

#: Bounds nearer to zero than this count as this far from it when an excess is related to them.
_SMALLEST_SCALE = 0.01


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

    def admits(self, value: float) -> bool:
        """Return whether *value* is within the bounds; a bound itself is."""
        above = self.high is not None and value > self.high
        below = self.low is not None and value < self.low

        return not (above or below)

    def excess(self, value: float) -> float:
        """
        Return by how much *value* is beyond its bound, to rank breaches by; 0 within.

        In units of the bound itself, or of half the band where there are two bounds: those may lie
        around zero. Range 0 to infinity.

        >>> Threshold(low=None, high=0.5, source="fixed").excess(0.75)
        0.5
        """
        if self.high is not None and value > self.high:
            return (value - self.high) / self._scale(self.high)
        if self.low is not None and value < self.low:
            return (self.low - value) / self._scale(self.low)

        return 0.0

    def _scale(self, bound: float) -> float:
        if self.low is not None and self.high is not None:
            bound = self.high / 2 - self.low / 2

        return max(abs(bound), _SMALLEST_SCALE)


def judge(measure: Measure, threshold: Threshold | None, *, severity: Verdict) -> Verdict | None:
    """
    Say what *threshold* makes of *measure*; without one, nothing.

    A bound itself is still within. *severity* is the verdict for a number outside. Bounds do not
    hold for less than half of the rows that they were learnt on.
    """
    if measure.rows == 0:
        return Verdict.NO_DATA
    if measure.value is None:
        return Verdict.INSUFFICIENT_DATA
    if threshold is None:
        return None
    if measure.rows < max(MINIMUM_ROWS, (threshold.rows or 0) / 2):
        return Verdict.INSUFFICIENT_DATA

    return Verdict.OK if threshold.admits(measure.value) else severity
