"""
Bounds from a number's own past: for those who ask what changed lately, whatever the reference says.

All take the values of windows that do not overlap, oldest first, and so are independent enough.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy import special

from monitoring.metrics import METRICS, Direction, Metric
from monitoring.thresholds.threshold import Threshold

#: How many windows a band is drawn from, and how long before the judged one the last of them ends.
WINDOWS = 14
GAP = timedelta(days=3)

#: Fewer windows than this are no past to speak of.
MINIMUM_WINDOWS = 7

#: The windows at the beginning on which a control chart is set up.
BASELINE = 28

#: The weight of the newest value in a control chart: low, since it looks for slow changes.
WEIGHT = 0.2

# Of the normal law: scale and efficiency of the median absolute deviation, and the variance of the
# median of n values, times n.
_CONSISTENT, _EFFICIENCY, _OF_MEDIAN = 1.4826, 0.37, np.pi / 2
_SIGNIFICANT = 0.01
_PER_WEEKDAY = 2
_WEEK = 7


def historical(
    metric: str, past: Mapping[date, float], *, day: date, length: timedelta, false_alarm: float
) -> Threshold | None:
    """
    Return the band of the 14 windows that ended up to three days before *day*, None of too few.

    Median and median absolute deviation, scaled to the normal law, with Student's quantile; where
    a test says that weekdays differ (1 %), mean of the weekday and standard deviation around it.
    *past* holds values by the last day of their windows, of which every *length* one is taken.
    """
    ends = [day - GAP - place * length for place in range(WINDOWS)]
    known = [end for end in ends if end in past]
    if len(known) < MINIMUM_WINDOWS:
        return None
    values = _evened(metric, [past[end] for end in known])
    source = f"band of {len(known)} windows to {ends[0]}"
    weekdays = _by_weekday(known, values)
    if weekdays is None:
        room = _quantile(len(values), false_alarm) * _deviation(values)
        room *= (1 + _OF_MEDIAN / len(values)) ** 0.5
        centre = float(np.median(values))
    else:
        freedom, own = len(values) - _WEEK, weekdays[day.weekday()]
        within = sum(float(((group - group.mean()) ** 2).sum()) for group in weekdays.values())
        room = -float(special.stdtrit(freedom, false_alarm / 2)) * (within / freedom) ** 0.5
        room *= (1 + 1 / len(own)) ** 0.5
        centre, source = float(own.mean()), f"{source}, of the same weekday"

    return _threshold(metric, centre - room, centre + room, source)


def control_chart(
    metric: str, past: Mapping[date, float], *, day: date, length: timedelta, false_alarm: float
) -> Threshold | None:
    """
    Return what a value must cross to bring its moving average out of control, None of a short past.

    An exponentially weighted moving average (Roberts 1959) with the weight 0.2, around the median
    of the first 28 windows; its limits are Student's quantile times its standard deviation. The
    bound of the value follows from the average so far: the further that went, the nearer the bound.
    """
    ends = sorted(end for end in past if end < day and (day - end) % length == timedelta(0))
    values = _evened(metric, [past[end] for end in ends])
    if len(values) < BASELINE:
        return None
    baseline, later = values[:BASELINE], values[BASELINE:]
    centre, average = float(np.median(baseline)), float(np.median(baseline))
    for value in later:
        average = WEIGHT * float(value) + (1 - WEIGHT) * average
    # The wider of two: a baseline that looks calm by chance would be out of control for ever.
    limit = _quantile(BASELINE, false_alarm) * max(_deviation(baseline), float(baseline.std()))
    limit *= (WEIGHT / (2 - WEIGHT) + _OF_MEDIAN / BASELINE) ** 0.5
    low, high = ((centre + side * limit - (1 - WEIGHT) * average) / WEIGHT for side in (-1, 1))

    return _threshold(
        metric, low, high, f"control chart around {BASELINE} windows to {ends[BASELINE - 1]}"
    )


def _quantile(count: int, false_alarm: float) -> float:
    """Return Student's quantile for *count* values of which the deviation is the robust one."""
    return -float(special.stdtrit(_EFFICIENCY * (count - 1), false_alarm / 2))


def _deviation(values: NDArray[np.float64]) -> float:
    """Return a standard deviation that outliers do not move; of a plateau the ordinary one."""
    robust = _CONSISTENT * float(np.median(np.abs(values - np.median(values))))

    return robust or float(values.std())


def _by_weekday(
    ends: Sequence[date], values: NDArray[np.float64]
) -> dict[int, NDArray[np.float64]] | None:
    """Return the values of each weekday, where each has two and weekdays differ; else None."""
    from scipy import stats

    groups: dict[int, list[float]] = {}
    for end, value in zip(ends, values.tolist(), strict=True):
        groups.setdefault(end.weekday(), []).append(value)
    if len(groups) < _WEEK or any(len(group) < _PER_WEEKDAY for group in groups.values()):
        return None
    arrays = {place: np.array(group) for place, group in groups.items()}
    within = sum(float(group.var()) for group in arrays.values())
    if within == 0 or stats.f_oneway(*arrays.values()).pvalue > _SIGNIFICANT:
        return None

    return arrays


def _evened(metric: str, values: Sequence[float]) -> NDArray[np.float64]:
    """
    Return *values* on a scale on which they scatter evenly, as the normal law does.

    What has a lower end only scatters like a gamma variable, whose cube root is close to normal
    (Wilson and Hilferty 1931): bounds that took no notice were crossed ten times too often.
    """
    entry, numbers = METRICS[metric], np.array(values, dtype=float)

    return np.cbrt(numbers - entry.lowest) if _has_lower_end(entry) else numbers


def _has_lower_end(entry: Metric) -> bool:
    return math.isfinite(entry.lowest) and not math.isfinite(entry.highest)


def _threshold(metric: str, low: float, high: float, source: str) -> Threshold:
    """Return the bounds on the sides on which *metric* gets worse, within what it can be."""
    entry = METRICS[metric]
    if _has_lower_end(entry):
        low, high = (entry.lowest + max(bound, 0.0) ** 3 for bound in (low, high))
    worse_below = entry.direction is not Direction.LOWER_IS_BETTER
    worse_above = entry.direction is not Direction.HIGHER_IS_BETTER

    return Threshold(
        low=max(low, entry.lowest) if worse_below else None,
        high=min(high, entry.highest) if worse_above else None,
        source=source,
    )


#: The methods by the names that monitor files give them.
METHODS = {"historical": historical, "control_chart": control_chart}
