"""
Measures of probabilities: whether a score of 0.3 comes true three times in ten.

Losses come as counts of rows and the loss that each of them adds, in cells of any kind.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from monitoring.measures.intervals import Statistic, positive, student, undefined

#: The widest multiple of the observed gaps that the interval of the calibration error tries.
_WIDEST = 1e3

# Bounds are not known to more digits than that, and finding them takes most of the time.
_PRECISION = 1e-6

# Scores of exactly 0 or 1 that are never wrong would have no noise to compare gaps with.
_LEAST_SPREAD = 1e-12


def mean_loss(counts: NDArray[np.float64], losses: NDArray[np.float64]) -> Statistic:
    """
    Return the mean of *losses*, of which each occurs in *counts* rows.

    The log loss, -log of the probability that was given to what came true (natural logarithm,
    range 0 to 34.5), and the Brier score, the squared difference of score and label (range 0 to
    1), are such means. Undefined without rows. The interval is the delta method on a log scale.
    Sources: Good (1952); Brier (1950).
    """
    rows = float(counts.sum())
    if rows <= 0:
        return undefined("no labelled scores")

    value = float((counts * losses).sum()) / rows
    squares = float((counts * (losses - value) ** 2).sum())
    variance = squares / (rows - 1) / rows if rows > 1 else math.inf
    return positive(value, variance, rows=rows)


def expected_calibration_error(table: NDArray[np.float64], *, inflation: float = 1.0) -> Statistic:
    """
    Return the mean distance of the rate of positives from the mean score, over ten bins.

    *table* holds for each bin: rows, sum of scores, positives. The sum over the bins of
    |sum of scores - positives|, over all rows. Range 0 to 1; a calibrated model
    has 0 in the limit, and about the noise of its bins in a sample. Undefined without rows.
    Bins of several classes, one table below the other, give the mean over the classes, whose
    standard deviation is *inflation* times that of independent classes.

    The value is biased upwards; the interval is not: it holds the multiples of the observed gaps
    under which the value is not unusual (|noise + gap| is a folded normal). Sources: Naeini,
    Cooper and Hauskrecht (2015); Leone, Nelson and Nottingham (1961).
    """
    counts, scores, positives = table[table[:, 0] > 0].T
    rows = float(counts.sum())
    if rows <= 0:
        return undefined("no labelled scores")

    gaps = np.abs(scores - positives) / counts
    value = float((counts * gaps).sum()) / rows
    if rows <= 1:
        return Statistic(value)

    noise = _noise(counts, scores, positives)
    deviate = student(rows - 1) * inflation
    lower, upper = _multiples(counts / rows, gaps, noise, rows=rows, deviate=deviate)
    return Statistic(value, min(value * lower, value), max(value * upper, value))


def _noise(
    counts: NDArray[np.float64], scores: NDArray[np.float64], positives: NDArray[np.float64]
) -> NDArray[np.float64]:
    # A bin with all its few labels alike seems to have no spread: two made-up rows, of which as
    # many are positive as the scores say, keep its rate from 0 and 1.
    rates = (positives + 2 * scores / counts) / (counts + 2)
    return np.sqrt(np.maximum(rates * (1 - rates), _LEAST_SPREAD) / counts)


def _multiples(
    weights: NDArray[np.float64],
    gaps: NDArray[np.float64],
    noise: NDArray[np.float64],
    *,
    rows: float,
    deviate: float,
) -> tuple[float, float]:
    value = float(weights @ gaps)
    # Plain floats: of a few bins, numpy takes several times as long.
    bins = list(zip(weights.tolist(), gaps.tolist(), noise.tolist(), strict=True))

    def surprise(multiple: float, sign: float) -> float:
        centre = second = within = 0.0
        for weight, gap, spread in bins:
            wide = multiple * gap
            mean = _folded_mean(wide, spread)
            centre += weight * mean
            second += weight * mean * mean
            within += weight * weight * (wide * wide + spread * spread - mean * mean)
        between = (second - centre * centre) / rows
        return centre + sign * deviate * math.sqrt(max(within + between, 0.0)) - value

    return (
        _root(lambda multiple: surprise(multiple, 1.0)),
        _root(lambda multiple: surprise(multiple, -1.0)),
    )


def _folded_mean(gap: float, noise: float) -> float:
    ratio = gap / noise
    density = math.exp(-ratio * ratio / 2) * math.sqrt(2 / math.pi)
    return noise * density + gap * math.erf(ratio / math.sqrt(2))


def _root(function: Callable[[float], float]) -> float:
    from scipy import optimize

    # Both surprises rise with the multiple; where even no gap at all surprises, that is the bound.
    if function(0.0) >= 0:
        return 0.0
    upper = 2.0
    while function(upper) < 0 and upper < _WIDEST:
        upper *= 2

    if function(upper) <= 0:
        return upper

    return float(optimize.brentq(function, 0.0, upper, xtol=_PRECISION, rtol=_PRECISION))
