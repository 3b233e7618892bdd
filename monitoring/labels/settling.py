"""How long it takes until a day's labels are as good as complete, learnt from the month before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from monitoring.labels.curve import ENOUGH, day_arrivals
from monitoring.labels.times import LabelTimes
from monitoring.measures.judging import Stamp
from monitoring.measures.judging import recorded as measurement
from monitoring.quality.verdict import window_of
from monitoring.results import ALL, Measure, Measurement
from monitoring.windows import DAY, midnight

SETTLING = "label_settling"

#: When so large a share of the labels that ever come has come, a day is mature.
SETTLED = 0.95

#: Labels that take longer are not waited for, and so far back is learnt.
LONGEST = timedelta(days=30)

#: When labels of more days than this are recorded in one day, somebody has loaded a table.
_MOST_AT_ONCE = 31

_HOUR = 3_600.0

Array = NDArray[np.float64]


def settling(days: Mapping[str, LabelTimes], *, day: str, as_of: datetime) -> Measure:
    """
    Return how many hours after a day's end 95 % of the labels that ever come have come.

    By Kaplan and Meier over the month of *days* up to *day*, as known at *as_of*, counted from the
    beginning of each: rows of a young day that wait are censored, and those that never get a label
    do not count, as the share is one of what the curve reaches. Of a day without waiting rows it is
    when its last label came. Range 0 to 696; the rows are the labels. Undefined below 200 labels.
    """
    if (came := day_arrivals(days[day]).moments).size and not _waiting(days[day]):
        return _measure(float(came[-1]), rows=days[day].labelled)
    month = _between(days, after=LONGEST, day=day)
    for key in _loaded(_between(days, after=2 * LONGEST, day=day)):
        month.pop(key, None)
    moments, counts, waiting = _followed(month, as_of=as_of)
    labels = int(counts.sum())
    if labels < ENOUGH:
        return Measure(ALL, SETTLING, None, labels, reason="too few labels to learn from")
    share = _arrived(counts, waiting)

    return _measure(float(moments[np.searchsorted(share, SETTLED * share[-1])]), rows=labels)


def _between(
    days: Mapping[str, LabelTimes], *, after: timedelta, day: str
) -> dict[str, LabelTimes]:
    """Return the days up to *day*, and no longer ago than *after*."""
    first = (date.fromisoformat(day) - after).isoformat()

    return {key: days[key] for key in sorted(days) if first < key <= day}


def _waiting(times: LabelTimes) -> int:
    return times.rows - times.labelled


def _measure(reached: float, *, rows: int) -> Measure:
    after = max(min(reached, LONGEST.total_seconds()) - DAY.total_seconds(), 0.0)

    return Measure(ALL, SETTLING, after / _HOUR, rows)


def settling_measurements(
    days: Iterable[str], times: Mapping[str, LabelTimes], *, stamp: Stamp
) -> list[Measurement]:
    """Return how long the labels of each of *days* take, as rows of the results table."""
    return [
        measurement(
            settling(times, day=day, as_of=stamp.as_of),
            window_of(day, by_batch=False),
            stamp,
            threshold=None,
            verdict=None,
        )
        for day in sorted(days)
    ]


def _followed(days: Mapping[str, LabelTimes], *, as_of: datetime) -> tuple[Array, Array, Array]:
    """Return when labels came, in seconds since their day began, how many, and who still waits."""
    arrivals = [day_arrivals(times) for times in days.values()]
    moments = np.concatenate([np.empty(0), *(each.moments for each in arrivals)])
    counts = np.concatenate([np.empty(0), *(each.arrived for each in arrivals)])
    order = np.argsort(moments, kind="stable")
    moments, counts = moments[order], counts[order]
    came = moments <= LONGEST.total_seconds()
    # That no label came is known up to now: a day that one touches is read again.
    ages = [(as_of - midnight(date.fromisoformat(key))).total_seconds() for key in days]
    rows = [float(_waiting(times)) for times in days.values()]
    ends = np.append(ages, moments[~came])
    youngest = np.argsort(ends)
    left = np.append(0.0, np.cumsum(np.append(rows, counts[~came])[youngest]))
    waiting = left[-1] - left[np.searchsorted(ends[youngest], moments[came])]

    return moments[came], counts[came], waiting


def _arrived(counts: Array, waiting: Array) -> Array:
    """Return the share of all rows whose label had come by each moment (Kaplan-Meier)."""
    at_risk = np.cumsum(counts[::-1])[::-1] + waiting

    return np.asarray(1 - np.cumprod(1 - counts / at_risk))


def _loaded(days: Mapping[str, LabelTimes]) -> frozenset[str]:
    """Return the days most of whose labels were recorded in one day, with those of many others."""
    at_once: dict[str, int] = {}
    for key, times in days.items():
        recorded = times.recorded
        most = max(recorded, key=recorded.__getitem__, default=None)
        if most is not None and 2 * recorded[most] > sum(recorded.values()):
            at_once[key] = most
    together = Counter(at_once.values())

    return frozenset(key for key, most in at_once.items() if together[most] > _MOST_AT_ONCE)
