"""
A number with its 95 % interval, and the intervals that more than one measure uses.

An interval is left out where the rows say nothing about the spread, as a single row does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import special

#: The standard normal deviate of a two-sided 95 % interval.
Z = 1.959963984540054

_UPPER_TAIL = 0.975

# Beyond it the interval spans all numbers: it says nothing.
_LARGEST_EXPONENT = 300.0

# Below it, rounding would be all that is left of the transformation.
_SMALLEST_LEAN = 1e-6


@dataclass(frozen=True, slots=True)
class Statistic:
    """A number with its 95 % interval; ``None`` where it is undefined, and *reason* says why."""

    value: float | None
    lower: float | None = None
    upper: float | None = None
    reason: str | None = None


def undefined(reason: str) -> Statistic:
    """Return a statistic that has no value, and why."""
    return Statistic(None, reason=reason)


def finite(statistic: Statistic) -> Statistic:
    """Return *statistic* without what does not fit a 64-bit float: such bounds, or all of it."""
    if statistic.value is not None and not math.isfinite(statistic.value):
        return undefined("too large for a number")

    bounds = (statistic.lower, statistic.upper)
    if all(bound is None or math.isfinite(bound) for bound in bounds):
        return statistic
    return Statistic(statistic.value)


def proportion(successes: float, trials: float, *, empty: str) -> Statistic:
    """
    Return *successes* / *trials* with Wilson's interval; undefined, because *empty*, for no trials.

    Range 0 to 1. Trials may be fractional: expected counts. Source: Wilson, "Probable inference,
    the law of succession, and statistical inference" (1927).
    """
    if trials <= 0:
        return undefined(empty)

    value = min(successes / trials, 1.0)
    lower, upper = wilson(value, trials)
    return Statistic(value, lower, upper)


def wilson(share: float, trials: float) -> tuple[float, float]:
    """
    Return Wilson's 95 % interval of a *share* of *trials*, which are more than zero.

    >>> [round(bound, 4) for bound in wilson(0.0, 10)]
    [0.0, 0.2775]
    """
    square = Z * Z / trials
    centre = share + square / 2
    half = Z * math.sqrt((share * (1 - share) + square / 4) / trials)

    # Rounding may leave a bound a hair beyond the share that it bounds.
    lower, upper = (centre - half) / (1 + square), (centre + half) / (1 + square)
    return max(0.0, min(lower, share)), min(1.0, max(upper, share))


def normal(value: float, variance: float, *, rows: float) -> Statistic:
    """Return *value* with the interval of a mean over *rows*, with Student's quantile."""
    if rows <= 1 or not math.isfinite(variance):
        return Statistic(value)

    half = student(rows - 1) * math.sqrt(max(variance, 0.0))
    return Statistic(value, value - half, value + half)


def widened(statistic: Statistic, variance: float, *, skewness: float, rows: float) -> Statistic:
    """
    Return *statistic*, a mean over *rows* of that *skewness*, with Hall's bounds where farther.

    Hall's interval takes the skewness of the rows from Student's ratio by a cubic transformation.
    With few rows of heavy tails a symmetric interval, on whatever scale, ends too early at one end.
    Source: Hall, "On the removal of skewness by transformation" (1992).
    """
    if statistic.value is None or statistic.lower is None or statistic.upper is None:
        return statistic
    lean = skewness / math.sqrt(rows)
    if not math.isfinite(lean) or abs(lean) < _SMALLEST_LEAN:
        return statistic

    def end(deviate: float) -> float:
        """Return the value at which Hall's transformed ratio is *deviate*."""
        ratio = 3 / lean * (math.cbrt(1 + lean * (deviate - lean / 6)) - 1)
        return value - ratio * math.sqrt(max(variance, 0.0))

    value, deviate = statistic.value, student(rows - 1)
    return Statistic(value, min(statistic.lower, end(deviate)), max(statistic.upper, end(-deviate)))


def farther(statistic: Statistic, *, below: float, above: float) -> Statistic:
    """Return *statistic*, a share, with an interval that reaches so much farther."""
    if statistic.lower is None or statistic.upper is None:
        return statistic
    lower, upper = statistic.lower - below, statistic.upper + above

    return Statistic(statistic.value, max(0.0, lower), min(1.0, upper))


def within(statistic: Statistic, *, lowest: float = 0.0, highest: float = math.inf) -> Statistic:
    """Return *statistic* with its bounds held between *lowest* and *highest*."""
    if statistic.lower is None or statistic.upper is None:
        return statistic

    return Statistic(statistic.value, max(lowest, statistic.lower), min(highest, statistic.upper))


def positive(value: float, variance: float, *, rows: float) -> Statistic:
    """
    Return *value*, which is never negative, with an interval that is symmetric on a log scale.

    Losses are skewed to the right: on this scale the interval leaves out as much above as below.
    """
    if rows <= 1 or value <= 0 or not math.isfinite(variance):
        return Statistic(value)

    exponent = student(rows - 1) * math.sqrt(max(variance, 0.0)) / value
    if exponent > _LARGEST_EXPONENT:
        return Statistic(value)
    factor = math.exp(exponent)
    return Statistic(value, value / factor, value * factor)


def share(value: float, variance: float, *, rows: float) -> Statistic:
    """
    Return *value*, which lies between 0 and 1, with an interval that is symmetric in log-odds.

    On 0 and 1 the spread cannot be estimated: there it is Wilson's interval of *rows* trials.
    """
    if rows <= 1 or not math.isfinite(variance):
        return Statistic(value)
    if not 0 < value < 1:
        return Statistic(value, *wilson(value, rows))

    half = student(rows - 1) * math.sqrt(max(variance, 0.0)) / (value * (1 - value))
    centre = special.logit(value)
    return Statistic(
        value, float(special.expit(centre - half)), float(special.expit(centre + half))
    )


def student(degrees: float) -> float:
    """Return the deviate of a two-sided 95 % interval with estimated spread."""
    return float(special.stdtrit(degrees, _UPPER_TAIL))
