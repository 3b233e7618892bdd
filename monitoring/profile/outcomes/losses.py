"""What a score costs once its label is known: squared error and log loss, summed by tenth."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from monitoring.profile.outcomes.score_bins import TENTHS

#: What is summed, along the last axis.
SCORE, SQUARED_ERROR, LOG_LOSS = 0, 1, 2

#: The logarithm of a score is taken no nearer to 0 than this, as in scikit-learn.
EPSILON = 1e-15

#: The most that a row can cost.
HIGHEST_SQUARED_ERROR, HIGHEST_LOG_LOSS = 1.0, -math.log(EPSILON)


def losses_of(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return score, squared error and log loss of each row; *labels* are 0 or 1."""
    bounded = _bounded(scores)
    losses = np.empty((len(scores), 3))
    losses[:, SCORE] = scores
    losses[:, SQUARED_ERROR] = (scores - labels) ** 2
    losses[:, LOG_LOSS] = -np.log(np.where(labels == 1, bounded, 1 - bounded))

    return losses


def losses_if(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return score, squared error and log loss of each score (rows) for either label (columns)."""
    bounded = _bounded(scores)
    losses = np.empty((len(scores), 2, 3))
    losses[:, :, SCORE] = scores[:, None]
    losses[:, 0, SQUARED_ERROR] = scores**2
    losses[:, 1, SQUARED_ERROR] = (scores - 1) ** 2
    losses[:, 0, LOG_LOSS] = -np.log(1 - bounded)
    losses[:, 1, LOG_LOSS] = -np.log(bounded)

    return losses


def losses_by_tenth(
    scores: NDArray[np.float64], labels: NDArray[np.int64], tenths: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Add up the losses of rows by *tenths* and *labels*."""
    cells = tenths * 2 + labels
    size = len(TENTHS) * 2
    sums = [np.bincount(cells, each, size) for each in losses_of(scores, labels).T]

    return np.stack(sums, axis=1, dtype=np.float64).reshape(len(TENTHS), 2, len(sums))


def sums_by_tenth(
    tenths: NDArray[np.int64], values: NDArray[np.float64] | NDArray[np.int64]
) -> NDArray[np.float64]:
    """Add up *values* of score bins, which lie in *tenths*, lowest first; the rest is zero."""
    sums = np.zeros((len(TENTHS), *values.shape[1:]))
    if len(tenths):
        starts = np.flatnonzero(np.append(True, tenths[1:] != tenths[:-1]))
        sums[tenths[starts]] = np.add.reduceat(values, starts, axis=0)

    return sums


def weighted_by_tenth(
    tenths: NDArray[np.int64],
    counts: NDArray[np.int64] | NDArray[np.float64],
    row_losses: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Add up by tenth what *counts* rows of each bin and label lose, each *row_losses*."""
    return sums_by_tenth(tenths, counts[:, :, None] * row_losses)


def _bounded(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.minimum(np.maximum(scores, EPSILON), 1 - EPSILON)
