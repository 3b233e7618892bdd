"""
Performance as it will be when all labels have come, from those that came early.

Early labels are not a random sample: a purchase is known at once, that none comes only later. A
label of an outcome and score that had come with probability p by the age of its row stands for
1 / p rows (inverse probability weighting; Horvitz and Thompson, "A generalization of sampling
without replacement from a finite universe", 1952).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitoring.labels.curve import ArrivalCurve, ages_of
from monitoring.labels.times import GROUPS, LabelTimes
from monitoring.measures.binary import (
    LabelledCounts,
    decision_statistics,
    label_statistics,
    labelled_counts,
    score_statistics,
)
from monitoring.measures.intervals import Statistic, undefined
from monitoring.measures.performance import as_measure
from monitoring.profile.outcomes.binary import MISSING, BinaryOutcomes
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
    How many rows a label of each score group and outcome stands for.

    *rows* is the number of labels that vary as much as the weighted ones do.
    """

    each: NDArray[np.float64]
    rows: float


def weights_of(times: LabelTimes, curve: ArrivalCurve) -> Weights | str:
    """Return the weights of the labels of *times*, or the reason why there are none."""
    ages = ages_of(times)
    chances = curve.at(ages.seconds)
    # Days at whose age either outcome is still invisible are left to the older ones.
    old = (chances >= _LEAST).all(axis=(1, 2))
    chances, labels, rows = chances[old], ages.labels[old], ages.rows[old].sum(axis=0)
    stands_for = labels / chances
    total = stands_for.sum(axis=0)
    if not total.any():
        return "no labels old enough to weigh"
    if rows[total.sum(axis=1) == 0].sum() > _UNSEEN * rows.sum():
        return "scores without any label yet"

    counts = labels.sum(axis=0)
    # The labels are a sample, and so are those from which the chances were learnt.
    chance = np.divide(counts, total, out=np.ones_like(total), where=total > 0)
    learnt = (1 - chance) / (chance * np.maximum(curve.known, 1.0))
    sampling = total**2 * (1 / np.maximum(counts, 1.0) + learnt)
    between = stands_for**2 * curve.spread_at(ages.seconds[old])[:, None, :] / chances**2
    variance = float(sampling.sum() + between.sum())
    each = np.divide(total, counts, out=np.zeros_like(total), where=counts > 0)

    return Weights(each, float(total.sum()) ** 2 / variance)


def weighted_counts(outcomes: BinaryOutcomes, weights: Weights) -> LabelledCounts:
    """Return the labelled rows of *outcomes*, each standing for as many as *weights* say."""
    plain = labelled_counts(outcomes)
    bins = outcomes.layout.bins
    groups = np.concatenate([bins.tenths, [GROUPS - 1, GROUPS - 1]])
    labelled = outcomes.cells[:, :MISSING] * weights.each[groups][:, :, None]
    filled = np.flatnonzero(outcomes.by_label[:-2].sum(axis=1))
    scale = weights.rows / max(float(labelled.sum()), 1e-300)

    return replace(
        plain,
        labels=labelled.sum(axis=(0, 2)) * scale,
        decisions=labelled[:, :, :MISSING].sum(axis=0) * scale,
        scored=labelled[filled].sum(axis=2) * scale,
        ranked=None,
        unit=0.0,
    )


def weighted_measures(
    outcomes: BinaryOutcomes, times: LabelTimes, curve: ArrivalCurve
) -> list[Measure]:
    """
    Return the performance on *outcomes* once all labels have come, as ``weighted_<metric>``.

    The interval holds the sampling error of the labels, by their effective number, and of the
    chances.
    """
    weights = weights_of(times, curve)
    counts = labelled_counts(outcomes) if isinstance(weights, str) else None
    counts = counts or weighted_counts(outcomes, weights)  # type: ignore[arg-type]
    statistics: Mapping[str, Statistic] = (
        decision_statistics(counts) | score_statistics(counts) | label_statistics(counts)
    )
    rows = outcomes.labelled

    return [
        as_measure(
            f"{WEIGHTED}{name}",
            undefined(weights) if isinstance(weights, str) else each,
            rows=rows,
        )
        for name, each in statistics.items()
    ]


def selection_biases(naive: Sequence[Measure], weighted: Sequence[Measure]) -> list[Measure]:
    """
    Return by how much the labels so far flatter the model, as ``selection_bias_<metric>``.

    The naive number minus the weighted one, with the weighted one's interval around it.
    """
    plain = {measure.metric: measure for measure in naive}

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
        if (known := plain.get(metric := each.metric.removeprefix(WEIGHTED))) is not None
        and known.value is not None
        and each.value is not None
    ]


def judge_bias(row: Measurement) -> Measurement:
    """Return *row* with a warning where the naive number is outside the weighted one's interval."""
    if not row.metric.startswith(BIAS) or row.lower is None or row.upper is None:
        return row
    verdict = Verdict.OK if row.lower <= 0 <= row.upper else Verdict.WARNING

    return replace(row, verdict=verdict)
