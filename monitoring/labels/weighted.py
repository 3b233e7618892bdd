"""Performance as it will be when all labels have come, from those that came early."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from monitoring.labels.cells import SCORE_GROUPS, cells_of
from monitoring.labels.weighting import WEIGHTED, Weights
from monitoring.measures.binary import (
    LabelledCounts,
    decision_statistics,
    label_statistics,
    labelled_counts,
    score_statistics,
)
from monitoring.measures.calibration import mean_loss
from monitoring.measures.intervals import Statistic, undefined
from monitoring.measures.multiclass import multiclass_decision_statistics
from monitoring.measures.performance import as_measure
from monitoring.measures.regression import regression_statistics
from monitoring.profile.outcomes.binary import MISSING, POSITIVE, BinaryOutcomes
from monitoring.profile.outcomes.losses import LOG_LOSS
from monitoring.profile.outcomes.multiclass import MulticlassOutcomes
from monitoring.profile.outcomes.outcomes import Outcomes
from monitoring.profile.outcomes.regression import RegressionOutcomes
from monitoring.results import Measure

Array = NDArray[np.float64]


def weighted_measures(outcomes: Outcomes, weights: Weights | str) -> list[Measure]:
    """
    Return the performance on *outcomes* once all labels have come, as ``weighted_<metric>``.

    The interval holds the sampling error of the labels, by their effective number, and of the
    chances. Where there are no *weights* but a reason, that is said of each metric.
    """
    match outcomes:
        case BinaryOutcomes():
            statistics = partial(_binary, outcomes)
        case MulticlassOutcomes():
            statistics = partial(_multiclass, outcomes)
        case RegressionOutcomes():
            statistics = partial(_regression, outcomes)
    if isinstance(weights, Weights):
        found = statistics(weights)
    else:
        shape = cells_of(outcomes.layout)
        names = statistics(Weights(np.ones(shape), np.zeros(shape)))
        found = dict.fromkeys(names, undefined(weights))

    return [
        as_measure(f"{WEIGHTED}{name}", each, rows=outcomes.labelled)
        for name, each in found.items()
    ]


def _binary(outcomes: BinaryOutcomes, weights: Weights) -> Mapping[str, Statistic]:
    counts = weighted_counts(outcomes, weights)

    return decision_statistics(counts) | score_statistics(counts) | label_statistics(counts)


def weighted_counts(outcomes: BinaryOutcomes, weights: Weights) -> LabelledCounts:
    """Return the labelled rows of *outcomes*, each standing for as many as *weights* say."""
    groups = np.append(outcomes.layout.bins.tenths, [SCORE_GROUPS - 1] * 2)
    known = outcomes.cells[:, :MISSING].astype(np.float64)
    labels = np.zeros((SCORE_GROUPS, MISSING))
    np.add.at(labels, groups, known.sum(axis=2))
    labelled = _scaled(known * weights.each[groups][:, :, None], weights.rows(labels))
    filled = np.flatnonzero(outcomes.by_label[:-2].sum(axis=1))

    return replace(
        labelled_counts(outcomes),
        labels=labelled.sum(axis=(0, 2)),
        decisions=labelled[:, :, :MISSING].sum(axis=0),
        scored=labelled[filled].sum(axis=2),
        ranked=None,
        unit=0.0,
    )


def _multiclass(outcomes: MulticlassOutcomes, weights: Weights) -> Mapping[str, Statistic]:
    # The scores of a class are kept against the rest, and which of the rest a row is makes a
    # difference to its weight: what needs more than the score of the true class is left out.
    known = outcomes.confusion[:-1].astype(np.float64)
    groups, results = weights.each.shape
    group = np.minimum(np.arange(known.shape[1]), groups - 1)
    outcome = np.minimum(np.arange(len(known)), results - 1)
    labels = np.zeros(weights.each.shape)
    np.add.at(labels, (group[None, :], outcome[:, None]), known)
    weighted = known * weights.each[group[None, :], outcome[:, None]]
    rows = weights.rows(labels)
    classes = len(outcomes.parts)
    each = np.divide(_scaled(weighted, rows), known, out=np.zeros_like(known), where=known > 0)

    return {
        **multiclass_decision_statistics(_scaled(weighted, rows)[:, :-1], classes=classes),
        "log_loss": _log_loss(outcomes, known, each),
    }


def _log_loss(outcomes: MulticlassOutcomes, known: Array, each: Array) -> Statistic:
    """Return the log-loss of the score of the true class, by the weights of right and wrong."""
    hits, losses = [], []
    for at, part in enumerate(outcomes.parts):
        counts = labelled_counts(part)
        filled = np.flatnonzero(part.by_label[:-2].sum(axis=1))
        right = part.cells[filled, POSITIVE, POSITIVE]
        wrong = part.cells[filled, POSITIVE].sum(axis=1) - right
        others = np.delete(known[at], at)
        mean = (others * np.delete(each[at], at)).sum() / max(others.sum(), 1.0)
        hits.append(right * each[at, at] + wrong * mean)
        losses.append(counts.losses[:, POSITIVE, LOG_LOSS])

    return mean_loss(np.concatenate(hits), np.concatenate(losses))


def _regression(outcomes: RegressionOutcomes, weights: Weights) -> Mapping[str, Statistic]:
    results = weights.each.shape[1]
    known = outcomes.counts[:-2].reshape(-1, results).astype(np.float64)
    rows = round(weights.rows(known.sum(axis=0)[None, :]))
    if rows < 1:
        return regression_statistics(replace(outcomes, counts=outcomes.counts * 0))
    each = np.tile(weights.each[0], len(known))
    share = rows / max(float((outcomes.counts[:-2] * each).sum()), 1e-300)
    # Only how many rows there are matters beside the sums.
    counts = np.zeros_like(outcomes.counts)
    counts[0] = rows

    return regression_statistics(
        replace(outcomes, counts=counts, sums=outcomes.sums * (each * share)[:, None])
    )


def _scaled(counts: Array, rows: float) -> Array:
    """Return *counts* in their proportions, so many *rows* together."""
    return counts * (rows / max(float(counts.sum()), 1e-300))
