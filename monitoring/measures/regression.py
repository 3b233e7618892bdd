"""
Measures of a regression's errors (prediction minus label), from sums of their powers.

Errors bear the unit of the label. Sources: scikit-learn's functions of the same meaning;
intervals by the delta method, those of positive measures on a log scale. Those of mean losses are
at least as wide as Hall's, which takes their skewness from the cells.
"""

from __future__ import annotations

import math

import numpy as np

from monitoring.measures.intervals import (
    Statistic,
    normal,
    positive,
    undefined,
    widened,
    within,
)
from monitoring.profile.outcomes.moments import Moment
from monitoring.profile.outcomes.regression import RegressionOutcomes

# A spread of the labels that is smaller than this share of their squares is rounding.
_ROUNDING = 1e-12


def mae(outcomes: RegressionOutcomes) -> Statistic:
    """Return the mean absolute error: range 0 and up, undefined without rows."""
    return _positive_mean(outcomes, Moment.ABSOLUTE_ERROR, Moment.SQUARED_ERROR)


def mse(outcomes: RegressionOutcomes) -> Statistic:
    """Return the mean squared error: range 0 and up, unit squared, undefined without rows."""
    return _positive_mean(outcomes, Moment.SQUARED_ERROR, Moment.FOURTH_POWER_ERROR)


def rmse(outcomes: RegressionOutcomes) -> Statistic:
    """Return the root of the mean squared error; its bounds are the roots of those of the mean."""
    return _root(mse(outcomes))


def bias(outcomes: RegressionOutcomes) -> Statistic:
    """Return the mean error: positive when predictions are too high, undefined without rows."""
    rows = outcomes.used
    value = outcomes.total(Moment.ERROR) / rows
    squares = outcomes.total(Moment.SQUARED_ERROR) / rows
    return normal(value, _mean_variance(value, squares, rows), rows=rows)


def mape(outcomes: RegressionOutcomes) -> Statistic:
    """
    Return the mean of |error| / |label|, as a fraction: range 0 and up.

    Undefined without rows, and as soon as one label is zero.
    """
    if outcomes.total(Moment.ZERO_LABELS):
        return undefined("a label is zero")
    return _positive_mean(outcomes, Moment.RELATIVE_ERROR, Moment.SQUARED_RELATIVE_ERROR)


def rmsle(outcomes: RegressionOutcomes) -> Statistic:
    """
    Return the root mean square of log(1 + prediction) - log(1 + label): range 0 and up.

    Undefined without rows, and as soon as a label or prediction is -1 or less.
    """
    if outcomes.total(Moment.BELOW_LOG):
        return undefined("a label or prediction is -1 or less")
    return _root(_positive_mean(outcomes, Moment.LOG_ERROR, Moment.SQUARED_LOG_ERROR))


def r2(outcomes: RegressionOutcomes) -> Statistic:
    """
    Return the share of the labels' variance that is explained: 1 - SSE / SST.

    Range up to 1; 0 for predicting the mean label. Undefined when all labels are equal. The
    interval is that of SSE / SST on a log scale.
    """
    rows = outcomes.used
    squares = outcomes.total(Moment.SQUARED_LABEL)
    mean = outcomes.total(Moment.LABEL) / rows
    spread = squares / rows - mean * mean
    if rows <= 1 or spread * rows <= _ROUNDING * squares:
        return undefined("all labels are equal")

    error = outcomes.total(Moment.SQUARED_ERROR) / rows
    ratio = error / spread
    unexplained = positive(ratio, _ratio_variance(outcomes, mean, ratio, spread), rows=rows)
    if unexplained.lower is None or unexplained.upper is None:
        return Statistic(1 - ratio)
    return Statistic(1 - ratio, 1 - unexplained.upper, 1 - unexplained.lower)


def regression_statistics(outcomes: RegressionOutcomes) -> dict[str, Statistic]:
    """Return all measures under their metric names."""
    measures = {
        "mae": mae,
        "mse": mse,
        "rmse": rmse,
        "mape": mape,
        "rmsle": rmsle,
        "r2": r2,
        "bias": bias,
    }
    if not outcomes.used:
        return dict.fromkeys(measures, undefined("no labelled predictions"))
    return {name: measure(outcomes) for name, measure in measures.items()}


def _positive_mean(outcomes: RegressionOutcomes, moment: Moment, square: Moment) -> Statistic:
    rows = outcomes.used
    value = outcomes.total(moment) / rows
    squares = outcomes.total(square) / rows
    variance = _mean_variance(value, squares, rows)
    statistic = positive(value, variance, rows=rows)
    if statistic.lower is None or not variance:
        return statistic

    # The losses of a cell are alike: their cubes add up to what their squares and they say.
    losses, powers = outcomes.sums[:, moment], outcomes.sums[:, square]
    some = losses > 0
    with np.errstate(over="ignore", invalid="ignore"):
        cubes = float((powers[some] ** 2 / losses[some]).sum()) / rows
        third = cubes - 3 * value * squares + 2 * value * value * value
        # Of Python's numbers, powers raise where products overflow.
        skewness = third / (variance * rows) / math.sqrt(variance * rows)
    return within(widened(statistic, variance, skewness=skewness, rows=rows))


def _mean_variance(mean: float, squares: float, rows: int) -> float:
    return max(squares - mean * mean, 0.0) / (rows - 1) if rows > 1 else math.inf


def _ratio_variance(
    outcomes: RegressionOutcomes, mean: float, ratio: float, spread: float
) -> float:
    # The influence of a row on SSE / SST is (error**2 - ratio * (label - mean)**2) / spread.
    rows, total, square = outcomes.used, outcomes.total, mean * mean
    mixed = (
        total(Moment.SQUARED_ERROR_SQUARED_LABEL)
        - 2 * mean * total(Moment.SQUARED_ERROR_LABEL)
        + square * total(Moment.SQUARED_ERROR)
    )
    fourth = (
        total(Moment.FOURTH_POWER_LABEL)
        - 4 * mean * total(Moment.CUBED_LABEL)
        + 6 * square * total(Moment.SQUARED_LABEL)
        - 3 * rows * square * square
    )
    squares = total(Moment.FOURTH_POWER_ERROR) - 2 * ratio * mixed + ratio * ratio * fourth
    return max(squares, 0.0) / (spread * rows) / (spread * rows)


def _root(mean: Statistic) -> Statistic:
    value, lower, upper = (
        None if each is None else math.sqrt(each) for each in (mean.value, mean.lower, mean.upper)
    )
    return Statistic(value, lower, upper, mean.reason)
