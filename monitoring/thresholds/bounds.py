"""The bounds of a metric, from the values that it had while nothing changed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from monitoring.metrics import METRICS, Direction, Family, Metric
from monitoring.quality.bounds import upper_count
from monitoring.thresholds.threshold import Threshold

#: The share of windows that may cross a bound although nothing changed, at most.
FALSE_ALARM_RATE = 0.001

#: Differences below these are trifles, however certain they are at a large sample size.
EFFECT_FLOORS = {"psi": 0.02, "kl_divergence": 0.01}

#: A p-value says by itself how rare it is under sampling alone, and nothing of ordinary days.
_SELF_JUDGING = frozenset({"chi_squared_p_value"})

#: Distances that grow with the variance of a sample; others grow with its root.
_SQUARED = frozenset({"psi", "kl_divergence"})

#: A measure of drift that is not zero for equal samples.
_LEVELS = frozenset({"pca_reconstruction_error"})

#: Shares of all rows of a window.
_SHARES = frozenset({"accuracy", "label_coverage"})

#: Values that differ by less, relative to their size, are the same: sums depend on their order.
_ROUNDING = 1e-9

#: New rows lie beyond either end of the reference as if one of its rows had.
_BEYOND = 2


@dataclass(frozen=True, slots=True)
class Basis:
    """
    What pseudo-windows were drawn from.

    A fresh window differs from the reference by its own error and by the reference's; a drawn one
    has the first only. *growth* is the ratio of the two variances. *freedom* is the degrees of
    freedom with which the variance is known, and *rows* the size of the reference. *false_alarm* is
    the probability with which a fresh window may cross its bounds. *unevenness* is how many times
    more the distances of fresh windows differ among each other, relative to their mean. *weeks* is
    the number of windows that fit into the reference, *novel* the rows of it with a category that
    was new on its day.
    """

    source: str
    rows: int
    growth: float = 1.0
    freedom: float = math.inf
    false_alarm: float = FALSE_ALARM_RATE
    unevenness: float = 1.0
    weeks: float = math.inf
    novel: float = 0.0


@dataclass(frozen=True, slots=True)
class Sample:
    """The *values* of a metric in pseudo-windows, each made of *rows* of *window_rows* rows."""

    values: NDArray[np.float64]
    rows: float
    window_rows: float


def bounds_of(metric: str, sample: Sample, basis: Basis) -> Threshold | None:
    """
    Return the bounds that a fresh window crosses with the probability that *basis* allows.

    The law of a metric follows from its range: beta between two ends, gamma from one, else normal,
    fitted by moments. The gamma law is close to that of a sum of scaled chi-squared variables,
    which a divergence is (Satterthwaite 1946). Metrics without a direction have no bounds, nor do
    values that overflow.
    """
    entry = METRICS.get(metric)
    if entry is None or entry.direction is Direction.NONE or metric in _SELF_JUDGING:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        values = _fresh(entry, sample.values, basis.growth)
        if not np.isfinite([values.mean(), values.std()]).all():
            return None

    low = high = None
    if entry.direction is Direction.TWO_SIDED:
        tail = basis.false_alarm / 2
        low, high = (_bound(entry, values, basis, tail=tail, upper=side) for side in (False, True))
    elif entry.direction is Direction.HIGHER_IS_BETTER:
        low = _bound(entry, values, basis, tail=basis.false_alarm, upper=False)
    else:
        high = _bound(entry, values, basis, tail=basis.false_alarm, upper=True)
        high = max(high, EFFECT_FLOORS.get(metric, 0.0))
    room = _room(entry, values, sample, basis)
    low = None if low is None else max(entry.lowest, min(low, float(values.mean()) - room))
    high = None if high is None else min(entry.highest, max(high, float(values.mean()) + room))
    if not all(math.isfinite(bound) for bound in (low, high) if bound is not None):
        return None

    return Threshold(low=low, high=high, source=basis.source, rows=round(sample.rows))


def variances(metric: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return the variances that *values* of *metric* are estimates of.

    A squared distance is one, a distance has it as its square, and other metrics have that from
    their mean. Range 0 to infinity, not finite where a value overflowed.
    """
    entry = METRICS.get(metric)
    if metric in _SQUARED:
        return values
    if entry is not None and _is_distance(entry):
        return np.asarray(values**2)

    return np.asarray((values - values.mean()) ** 2)


def _is_distance(entry: Metric) -> bool:
    """Whether *entry* is zero for equal samples and grows with whatever makes them differ."""
    return entry.family is Family.DRIFT and entry.name not in _LEVELS


def _fresh(entry: Metric, values: NDArray[np.float64], growth: float) -> NDArray[np.float64]:
    """Return *values* as they would be in fresh windows, whose variance is *growth* times that."""
    # A distance of equal samples may come out a rounding error below zero.
    values = np.clip(values, entry.lowest, entry.highest)
    if _is_distance(entry):
        return values * (growth if entry.name in _SQUARED else growth**0.5)
    centre = values.mean()

    return np.asarray(centre + (values - centre) * growth**0.5)


def _bound(
    entry: Metric, values: NDArray[np.float64], basis: Basis, *, tail: float, upper: bool
) -> float:
    mean, deviation = float(values.mean()), float(values.std(ddof=1))
    deviation *= basis.unevenness if _is_distance(entry) else 1.0
    deviation *= float(special.stdtrit(basis.freedom, tail) / special.ndtri(tail))
    if deviation <= abs(mean) * _ROUNDING:
        return mean + (1 if upper else -1) * abs(mean) * _ROUNDING
    lowest, highest = entry.lowest, entry.highest
    if math.isfinite(lowest) and math.isfinite(highest):
        width = highest - lowest
        return lowest + width * _beta((mean - lowest) / width, deviation / width, tail, upper=upper)
    if math.isfinite(lowest):
        return lowest + _gamma(mean - lowest, deviation, tail, upper=upper)
    if math.isfinite(highest):
        return highest - _gamma(highest - mean, deviation, tail, upper=not upper)

    return mean + (-1 if upper else 1) * float(special.ndtri(tail)) * deviation


def _beta(mean: float, deviation: float, tail: float, *, upper: bool) -> float:
    size = mean * (1 - mean) / deviation**2 - 1
    if size <= 0:
        return float(upper)
    inverse = special.betainccinv if upper else special.betaincinv

    return float(inverse(mean * size, (1 - mean) * size, tail))


def _gamma(mean: float, deviation: float, tail: float, *, upper: bool) -> float:
    inverse = special.gammainccinv if upper else special.gammaincinv

    return float(inverse((mean / deviation) ** 2, tail)) * deviation / mean * deviation


def _room(entry: Metric, values: NDArray[np.float64], sample: Sample, basis: Basis) -> float:
    """
    Return how far from the mean a bound lies at least.

    What the reference never showed was not seen in so many rows, and may still come: a share of
    rows has the upper limit that its count allows. Other metrics that did not vary may change by
    the root of the share of rows that may be new, which bounds a distance.
    """
    rows = round(sample.rows)
    trials = basis.rows * sample.rows / max(sample.window_rows, 1.0)
    is_share = entry.name in _SHARES or (entry.family is Family.QUALITY and entry.highest == 1)
    mean = float(values.mean())
    if is_share:
        novel = basis.novel if entry.name == "new_category_fraction" else 0.0
        rare = 1 - mean if entry.direction is Direction.HIGHER_IS_BETTER else mean
        events = min(rare * trials + max(novel, _BEYOND), trials)
        most = upper_count(rows, events=events, trials=trials, false_alarm=basis.false_alarm)
        return most / max(rows, 1) - rare
    if values.std() > abs(mean) * _ROUNDING or not math.isfinite(entry.highest - entry.lowest):
        return 0.0
    most = upper_count(rows, events=0, trials=trials, false_alarm=basis.false_alarm)

    return (entry.highest - entry.lowest) * float((most / max(rows, 1)) ** 0.5)
