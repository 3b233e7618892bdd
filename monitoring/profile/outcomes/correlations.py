"""
How much the same rows sway the measures of several classes together, learnt from the reference.

Each class is counted against the rest on its own, so the outcomes cannot tell. A macro mean over
classes needs it for its interval.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from monitoring.measures.ranking import average_precision_influence, roc_auc_influence
from monitoring.profile.outcomes.binary import BinaryLayout
from monitoring.profile.outcomes.losses import SQUARED_ERROR, losses_of
from monitoring.profile.outcomes.score_bins import valid_scores

_METRICS = ("roc_auc", "average_precision", "brier_score", "expected_calibration_error")


def class_correlations(
    parts: Sequence[BinaryLayout], scores: NDArray[np.float64], labels: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    """
    Return for each metric the correlation of the rows' influence between classes.

    A class that cannot be measured on the reference counts as fully correlated with the others:
    intervals are then too wide rather than too narrow.
    """
    usable = (labels <= len(parts)) & valid_scores(scores).any(axis=1)
    influences = [
        _influences(part, scores[usable, at], (labels[usable] == at).astype(np.int64))
        for at, part in enumerate(parts)
    ]

    return {
        metric: _correlation(np.stack([each[:, at] for each in influences]))
        for at, metric in enumerate(_METRICS)
    }


def _influences(
    part: BinaryLayout, scores: NDArray[np.float64], labels: NDArray[np.int64]
) -> NDArray[np.float64]:
    # One column for each metric, zero where it does not exist.
    influences = np.zeros((len(scores), len(_METRICS)))
    valid = valid_scores(scores)
    found = part.bins.locate(scores[valid])
    side = labels[valid]
    counts = np.bincount(found * 2 + side, minlength=len(part.bins) * 2).reshape(-1, 2)
    if not counts.sum(axis=0).all():
        return influences

    negatives, positives = counts.T
    influences[valid, 0] = roc_auc_influence(positives, negatives)[1][found, side]
    influences[valid, 1] = average_precision_influence(positives, negatives)[found, side]
    influences[valid, 2] = losses_of(scores[valid], side)[:, SQUARED_ERROR]
    influences[valid, 3] = _signed_errors(scores[valid], side, part.bins.tenths[found])
    return influences


def _signed_errors(
    scores: NDArray[np.float64], labels: NDArray[np.int64], tenths: NDArray[np.int64]
) -> NDArray[np.float64]:
    # A row widens the gap of its tenth when it errs in the direction in which the tenth does.
    errors = scores - labels
    return errors * np.sign(np.bincount(tenths, errors))[tenths]


def _correlation(influences: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = influences - influences.mean(axis=1, keepdims=True) if influences.size else influences
    norms = np.sqrt((centred**2).sum(axis=1))
    scale = np.outer(norms, norms)
    correlation = np.divide(centred @ centred.T, scale, out=np.ones_like(scale), where=scale > 0)
    np.fill_diagonal(correlation, 1.0)
    return correlation
