"""The statistics of bounds: how far a normal day may be from the reference."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import special

#: How often a bound may be crossed by chance alone: once in ten thousand days of one column.
FALSE_ALARM = 1e-4

#: How many robust standard deviations the rows of a day may be from those of its weekday.
VOLUME_DEVIATIONS = 4.0

#: A weekday needs this many earlier days before its rows are compared with them.
MINIMUM_HISTORY = 4

#: The spread of a quiet weekday is taken to be at least this share of its median.
_MINIMUM_SPREAD = 0.05

#: A range that comes this close to zero, in shares of its width, does not cross it.
_NEAR_ZERO = 0.05

#: Turns a median absolute deviation into the standard deviation of a normal distribution.
_MAD_TO_SD = 1.4826


def upper_count(
    rows: int, *, events: float, trials: float, false_alarm: float = FALSE_ALARM
) -> int:
    """
    Return how many of *rows* may show an event that *events* of *trials* showed before.

    The rate is at most the upper quantile of its Jeffreys posterior Beta(events + ½,
    trials - events + ½), and the count at most the upper quantile of the binomial at that rate;
    each takes half of *false_alarm*. So the bound is wide for few rows, and narrows to the rate
    itself for many. Range 0 … *rows*; no trials mean no bound, hence *rows*.

    Source: Brown, Cai, DasGupta, Interval estimation for a binomial proportion, 2001.

    >>> upper_count(950, events=0, trials=25_000), upper_count(950, events=250, trials=25_000)
    (4, 28)
    """
    if rows <= 0 or trials <= 0:
        return max(rows, 0)

    tail = false_alarm / 2
    rate = float(special.betaincinv(events + 0.5, max(trials - events, 0.0) + 0.5, 1 - tail))
    # The smallest count whose upper tail, the incomplete beta function, is within *tail*.
    low, high = -1, rows
    while high - low > 1:
        count = (low + high) // 2
        if special.betainc(count + 1, rows - count, rate) <= tail:
            high = count
        else:
            low = count

    return high


def effective_trials(daily: Sequence[tuple[int, int]]) -> float | None:
    """
    Return of how many independent rows the reference is worth, given *daily* (events, rows).

    Rows of one day share their causes (a weather station that is down takes all its rows along),
    so a day's share of events varies more than independent rows would. The intraclass correlation
    r is estimated by moments, and a day's share is as uncertain as 1/r - 1 rows make it. ``None``
    when r cannot be estimated (under two days, or no events) or is not above zero.

    Source: Ridout, Demétrio, Firth, Estimating intraclass correlation for binary data, 1999.
    """
    events, rows = np.array(daily, dtype=float).reshape(-1, 2).T
    total = rows.sum()
    if len(rows) < 2 or not 0 < events.sum() < total:  # noqa: PLR2004 - a spread needs two days
        return None

    share = events.sum() / total
    within = (events * (1 - events / rows)).sum() / (total - len(rows))
    between = (rows * (events / rows - share) ** 2).sum() / (len(rows) - 1)
    typical = (total - (rows**2).sum() / total) / (len(rows) - 1)
    correlation = (between - within) / (between + (typical - 1) * within)

    return None if correlation <= 0 else max(1 / correlation - 1, 1.0)


def numeric_fence(low: float, high: float) -> tuple[float, float]:
    """
    Return the range beyond which a value is broken rather than unusual.

    The reference's own range from *low* to *high* may be left by its whole width on either side:
    a new season stays inside, a sentinel (-999, 9999) or a change of unit does not. A range that
    begins (ends) within 5 % of its width at zero has its natural bound there: no negative
    distances. A constant may move by its own size, or by one.

    >>> numeric_fence(11.0, 64.0), numeric_fence(80.0, 4983.0)
    ((-42.0, 117.0), (0.0, 9886.0))
    """
    width = (high - low) or abs(high) or 1.0
    bottom = 0.0 if 0 <= low <= _NEAR_ZERO * width else low - width
    top = 0.0 if 0 >= high >= -_NEAR_ZERO * width else high + width

    return bottom, top


def volume_band(history: Sequence[int]) -> tuple[int, int] | None:
    """
    Return the least and the most rows of a normal day, from earlier days of the same weekday.

    Median ± `VOLUME_DEVIATIONS` robust standard deviations (1.4826 times the median absolute
    deviation), where the deviation is at least that of a Poisson count and 5 % of the median. At
    least one row, whatever the history; ``None`` with fewer than `MINIMUM_HISTORY` days.
    """
    if len(history) < MINIMUM_HISTORY:
        return None

    counts = np.asarray(history, dtype=float)
    median = float(np.median(counts))
    deviation = _MAD_TO_SD * float(np.median(np.abs(counts - median)))
    reach = VOLUME_DEVIATIONS * max(deviation, math.sqrt(median), _MINIMUM_SPREAD * median)

    return max(1, math.floor(median - reach)), max(1, math.ceil(median + reach))
