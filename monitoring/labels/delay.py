"""
How long labels take, when some are still to come.

Rows that wait for their label are censored: all that is known is that it takes longer than their
age. Source: Kaplan and Meier, "Nonparametric estimation from incomplete observations" (1958);
the interval is Greenwood's variance on the log-minus-log scale.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitoring.labels.times import CENSORED, DELAYS, LabelTimes
from monitoring.measures.intervals import Statistic, Z, undefined
from monitoring.measures.performance import as_measure
from monitoring.results import Measure

PERCENTILES = {"label_delay_p50": 0.50, "label_delay_p95": 0.95}

_HOUR = 3_600.0


def delay_measures(times: LabelTimes) -> list[Measure]:
    """
    Return the median and the 95th percentile of the label delay, in hours.

    Undefined where too few labels have come to say, and where labels or predictions have no times.
    """
    return [
        as_measure(metric, delay_percentile(times, share), rows=times.rows)
        for metric, share in PERCENTILES.items()
    ]


def delay_percentile(times: LabelTimes, share: float) -> Statistic:
    """
    Return after how many hours a *share* of all rows has its label (Kaplan-Meier).

    Rows that never get one count as waiting, so the share may never be reached. Range 0 to
    infinity; exact to the width of a bin of time, 2 %.
    """
    delays = times.cells(DELAYS).sum(axis=(1, 2))
    if not delays.sum():
        return undefined("no labels with a time")
    arrived, deviation = _arrived(delays, times.cells(CENSORED).sum(axis=(1, 2)))
    hours = times.means(DELAYS) / _HOUR
    value = _first(arrived, share, hours)
    if value is None:
        return undefined(f"less than {share:.0%} of the labels have come")

    with np.errstate(divide="ignore"):
        scale = np.log(-np.log(np.clip(1 - arrived, 1e-12, 1 - 1e-12)))
    low, high = (1 - np.exp(-np.exp(scale + side * Z * deviation)) for side in (-1, 1))
    lower = _first(high, share, hours)

    return Statistic(
        value, value if lower is None else min(lower, value), _first(low, share, hours)
    )


def _arrived(
    delays: NDArray[np.float64], waiting: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # The share whose label came by the end of each bin, and its deviation on the log-log scale.
    at_risk = np.cumsum((delays + waiting)[::-1])[::-1]
    hazard = np.divide(delays, at_risk, out=np.zeros_like(delays), where=at_risk > 0)
    missing = np.cumprod(1 - hazard)
    left = at_risk - delays
    terms = np.divide(delays, at_risk * left, out=np.zeros_like(delays), where=left > 0)
    logs = np.log(np.clip(missing, 1e-12, 1 - 1e-12))

    return 1 - missing, np.sqrt(np.cumsum(terms)) / -logs


def _first(arrived: NDArray[np.float64], share: float, hours: NDArray[np.float64]) -> float | None:
    # The share moves only in bins in which labels came, so the bin found has a delay.
    reached = np.flatnonzero(arrived >= share - 1e-12)

    return float(hours[reached[0]]) if len(reached) else None
