"""
Measures of probabilities: whether a score of 0.3 comes true three times in ten.

Losses come as counts of rows and the loss that each of them adds, in cells of any kind.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitoring.measures.intervals import Statistic, positive, student, undefined, widened, within
from monitoring.profile.outcomes.losses import HIGHEST_LOG_LOSS

#: How far the interval of the calibration error shifts the observed gaps, the next of these only
#: where one is not enough. Bounds are known to a ten-thousandth of the gaps' noise.
_WIDTHS = (1, 2, 8, 100)
_STEPS_PER_WIDTH = 10_000

# Scores of exactly 0 or 1 that are never wrong would have no noise to compare gaps with.
_LEAST_SPREAD = 1e-12


def mean_loss(
    counts: NDArray[np.float64], losses: NDArray[np.float64], *, highest: float = HIGHEST_LOG_LOSS
) -> Statistic:
    """
    Return the mean of *losses*, of which each occurs in *counts* rows.

    The log loss, -log of the probability that was given to what came true (natural logarithm,
    range 0 to 34.5), and the Brier score, the squared difference of score and label (range 0 to
    1), are such means; no row loses more than *highest*. Undefined without rows. The interval is
    the delta method on a log scale, with Hall's bounds where these are farther: good models lose
    much in few rows. Sources: Good (1952); Brier (1950).
    """
    rows = float(counts.sum())
    if rows <= 0:
        return undefined("no labelled scores")

    value = float((counts * losses).sum()) / rows
    deviations = losses - value
    squares = float((counts * deviations**2).sum())
    variance = squares / (rows - 1) / rows if rows > 1 else math.inf
    statistic = positive(value, variance, rows=rows)
    if squares > 0:
        skewness = float((counts * deviations**3).sum()) / rows / (squares / rows) ** 1.5
        statistic = widened(statistic, variance, skewness=skewness, rows=rows)

    return within(statistic, highest=highest)


def expected_calibration_error(table: NDArray[np.float64], *, inflation: float = 1.0) -> Statistic:
    """
    Return the mean distance of the rate of positives from the mean score, over ten bins.

    *table* holds for each bin: rows, sum of scores, positives. The sum over the bins of
    |sum of scores - positives|, over all rows. Range 0 to 1; a calibrated model
    has 0 in the limit, and about the noise of its bins in a sample. Undefined without rows.
    Bins of several classes, one table below the other, give the mean over the classes, whose
    standard deviation is *inflation* times that of independent classes.

    The value is biased upwards; the interval is not: it holds the gaps under which the value is not
    unusual (|noise + gap| is a folded normal, with the noise of the rate that the gap implies).
    Smaller gaps are fractions of the observed ones; larger ones exceed them by equal multiples of
    their noise, which for a given value are the largest. Sources: Naeini, Cooper and Hauskrecht
    (2015); Leone, Nelson and Nottingham (1961).
    """
    counts, scores, positives = table[table[:, 0] > 0].T
    rows = float(counts.sum())
    if rows <= 0:
        return undefined("no labelled scores")

    gaps = (scores - positives) / counts
    value = float((counts * np.abs(gaps)).sum()) / rows
    if rows <= 1:
        return Statistic(value)

    # Plain floats: of a few bins, numpy takes several times as long.
    columns = (counts / rows, counts, scores / counts, gaps)
    bins = [_Bin(*bin_) for bin_ in np.stack(columns, axis=1).tolist()]
    deviate = student(rows - 1) * inflation
    lower, upper = (_bound(bins, value, rows=rows, deviate=sign * deviate) for sign in (1, -1))
    return Statistic(value, min(lower, value), min(max(upper, value), 1.0))


class _Bin(NamedTuple):
    """A bin of scores: its share of the rows, its rows, mean score, and score minus rate."""

    weight: float
    rows: float
    score: float
    gap: float

    def moved(self, shift: float, noise: float) -> float:
        """Return the gap: *shift* times what was observed, or beyond that wider by *noise*."""
        gap = abs(self.gap)
        return gap * shift if shift <= 1 else gap + (shift - 1) * noise

    def noise(self, gap: float) -> float:
        """Return the standard error of the rate, were the gap *gap* in truth."""
        rate = min(max(self.score - math.copysign(gap, self.gap), 0.0), 1.0)
        # A bin with all its few labels alike seems to have no spread: two made-up rows, of which
        # as many are positive as the scores say, keep its rate from 0 and 1.
        rate = (rate * self.rows + 2 * self.score) / (self.rows + 2)
        return math.sqrt(max(rate * (1 - rate), _LEAST_SPREAD) / self.rows)


def _bound(bins: Sequence[_Bin], value: float, *, rows: float, deviate: float) -> float:
    """Return the calibration error at which *value* is *deviate* standard errors off."""
    observed = [(each, each.noise(abs(each.gap))) for each in bins]

    def surprise(shift: float) -> float:
        """Return how far *value* is beyond that, were the gaps moved by *shift*."""
        centre = second = within = 0.0
        for each, spread in observed:
            gap = each.moved(shift, spread)
            noise = each.noise(gap)
            mean = _folded_mean(gap, noise)
            centre += each.weight * mean
            second += each.weight * mean * mean
            within += each.weight * each.weight * (gap * gap + noise * noise - mean * mean)
        between = (second - centre * centre) / rows
        return centre + deviate * math.sqrt(max(within + between, 0.0)) - value

    shift = _root(surprise)
    return sum(each.weight * each.moved(shift, spread) for each, spread in observed)


def _folded_mean(gap: float, noise: float) -> float:
    ratio = gap / noise
    density = math.exp(-ratio * ratio / 2) * math.sqrt(2 / math.pi)
    return noise * density + gap * math.erf(ratio / math.sqrt(2))


def _root(function: Callable[[float], float]) -> float:
    # Both surprises rise with the shift; where even no gap at all surprises, that is the bound.
    if function(0.0) >= 0:
        return 0.0
    width = next((width for width in _WIDTHS if function(width) >= 0), _WIDTHS[-1])
    steps = range(width * _STEPS_PER_WIDTH)
    step = bisect_left(steps, 0.0, key=lambda step: function(step / _STEPS_PER_WIDTH))
    return step / _STEPS_PER_WIDTH
