"""How much two models differ on the same rows, with intervals in which days go together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Groups = NDArray[np.int64]

#: Certainty of the two-sided intervals on which decisions rest: an equal model passes for a better
#: one in half of the rest, 2.5 % of all comparisons.
CONFIDENCE = 0.95

_RESAMPLES = 999
_COUNTS_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True)
class Difference:
    """Challenger minus champion, and the bounds of its interval."""

    value: float
    lower: float
    upper: float


def mean_difference(
    differences: Floats, *, groups: Groups | None = None, confidence: float = CONFIDENCE
) -> Difference:
    """
    Return the mean of paired *differences* with its t interval.

    The rows of a group (a day) go together: they share its weather. The variance of the mean is
    G/(G - 1) · Σ over groups of (Σ of (d - mean)/n)², with G - 1 degrees of freedom (the
    cluster-robust variance of Liang and Zeger, 1986), but never less than that of independent
    rows, s²/n with n - 1. Without *groups*, or with one, rows count as independent.
    """
    mean, rows = float(differences.mean()), len(differences)
    influence = (differences - mean) / rows
    of_rows = float(differences.var(ddof=1)) / rows

    return interval(mean, influence, of_rows, groups=groups, confidence=confidence)


def interval(
    value: float,
    influence: Floats,
    of_rows: float,
    *,
    groups: Groups | None = None,
    confidence: float = CONFIDENCE,
) -> Difference:
    """
    Return the interval around *value* from the *influence* of each row and its variance by rows.

    The wider of the two counts: that of rows by themselves, and that of their groups.
    """
    sums = group_sums(influence, groups)

    return grouped_interval(value, sums, of_rows, rows=len(influence), confidence=confidence)


def grouped_interval(
    value: float, sums: Floats, of_rows: float, *, rows: int, confidence: float = CONFIDENCE
) -> Difference:
    """Return what :func:`interval` does, from the *sums* of the influence of each group's rows."""
    upper = (1 + confidence) / 2
    reach = float(special.stdtrit(rows - 1, upper)) * max(of_rows, 0.0) ** 0.5
    count = len(sums)
    if 1 < count < rows:
        of_groups = count / (count - 1) * float((sums**2).sum())
        reach = max(reach, float(special.stdtrit(count - 1, upper)) * of_groups**0.5)

    return Difference(value, value - reach, value + reach)


def group_sums(values: Floats, groups: Groups | None) -> Floats:
    """Return the sum of *values* in each of the *groups*; without them, the values."""
    if groups is None:
        return values
    _, positions = np.unique(groups, return_inverse=True)

    return np.bincount(positions, weights=values).astype(np.float64)


def bootstrap_difference(
    first: Floats,
    second: Floats,
    statistic: Callable[[Floats], Floats],
    *,
    groups: Groups | None = None,
    seed: int = 0,
) -> Difference:
    """
    Return statistic(mean of *second*) - statistic(mean of *first*) with its bootstrap interval.

    Rows, or whole *groups* of them, are drawn again 999 times, in pairs; the bounds are
    percentiles (Efron, 1979). The same *seed* gives the same bounds.
    """
    ones = np.ones(len(first))
    table = np.stack([group_sums(column, groups) for column in (first, second, ones)], axis=1)
    generator, count = np.random.default_rng(seed), len(table)
    drawn = np.concatenate(
        [
            generator.multinomial(count, np.full(count, 1 / count), size=size) @ table
            for size in _sizes(count)
        ]
    )
    found = statistic(drawn[:, 1] / drawn[:, 2]) - statistic(drawn[:, 0] / drawn[:, 2])
    means = np.array([first.mean(), second.mean()])
    value = float(np.diff(statistic(means))[0])
    tail = (1 - CONFIDENCE) / 2

    return Difference(value, float(np.quantile(found, tail)), float(np.quantile(found, 1 - tail)))


def _sizes(count: int) -> Iterator[int]:
    """Yield how many resamples of *count* groups to draw at a time, so that few are in memory."""
    step = max(1, _COUNTS_AT_ONCE // count)
    for start in range(0, _RESAMPLES, step):
        yield min(step, _RESAMPLES - start)
