"""
How many rows each early label stands for.

Early labels are not a random sample: a purchase is known at once, that none comes only later. A
label of a group and outcome that had come with probability p by the age of its row stands for
1 / p rows (inverse probability weighting; Horvitz and Thompson, "A generalization of sampling
without replacement from a finite universe", 1952).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitoring.labels.curve import ArrivalCurve, ages_of
from monitoring.labels.times import LabelTimes
from monitoring.results import Measure, Measurement, Verdict

WEIGHTED = "weighted_"
BIAS = "selection_bias_"

#: Days so young that a smaller share of their labels has come say nothing of the others.
_LEAST = 0.02

#: The share of rows without any label like theirs up to which the others may speak for them.
_UNSEEN = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """
    How many rows a label of each group and outcome stands for.

    *variance* is that of the logarithm of each weight: the chances were learnt, and days differ.
    """

    each: NDArray[np.float64]
    variance: NDArray[np.float64]

    def rows(self, labels: NDArray[np.float64]) -> float:
        """Return how many labels of equal weight vary as much as *labels*, by group and outcome."""
        total = labels * self.each
        variance = (total**2 * (1 / np.maximum(labels, 1.0) + self.variance)).sum()

        return float(total.sum()) ** 2 / float(variance) if variance > 0 else 0.0


def weights_of(times: LabelTimes, curve: ArrivalCurve) -> Weights | str:
    """Return the weights of the labels of *times*, or the reason why there are none."""
    ages = ages_of(times)
    chances = curve.at(ages.seconds)
    # Days at whose age an outcome is still invisible are left to the older ones.
    old = (chances >= _LEAST).all(axis=(1, 2))
    chances, labels, rows = chances[old], ages.labels[old], ages.rows[old].sum(axis=0)
    stands_for = labels / chances
    total = stands_for.sum(axis=0)
    if not total.any():
        return "no labels old enough to weigh"
    if rows[total.sum(axis=1) == 0].sum() > _UNSEEN * rows.sum():
        return "scores without any label yet"

    counts = labels.sum(axis=0)
    # The labels from which the chances were learnt are a sample too.
    chance = np.divide(counts, total, out=np.ones_like(total), where=total > 0)
    learnt = (1 - chance) / (chance * np.maximum(curve.known, 1.0))
    between = stands_for**2 * curve.spread_at(ages.seconds[old])[:, None, :] / chances**2
    differ = np.divide(between.sum(axis=0), total**2, out=np.zeros_like(total), where=total > 0)
    each = np.divide(total, counts, out=np.zeros_like(total), where=counts > 0)

    return Weights(each, learnt + differ)


def selection_biases(naive: Sequence[Measure], weighted: Sequence[Measure]) -> list[Measure]:
    """
    Return by how much the labels so far flatter the model, as ``selection_bias_<metric>``.

    The naive number minus the weighted one, with the weighted one's interval around it.
    """
    plain = {(measure.column, measure.metric): measure for measure in naive}

    return [
        Measure(
            each.column,
            f"{BIAS}{metric}",
            known.value - each.value,
            each.rows,
            lower=None if each.upper is None else known.value - each.upper,
            upper=None if each.lower is None else known.value - each.lower,
        )
        for each in weighted
        if (known := plain.get((each.column, metric := each.metric.removeprefix(WEIGHTED))))
        is not None
        and known.value is not None
        and each.value is not None
    ]


def judge_bias(row: Measurement) -> Measurement:
    """Return *row* with a warning where the naive number is outside the weighted one's interval."""
    if not row.metric.startswith(BIAS) or row.verdict is not None:
        return row
    if row.lower is None or row.upper is None:
        return row
    verdict = Verdict.OK if row.lower <= 0 <= row.upper else Verdict.WARNING

    return replace(row, verdict=verdict)
