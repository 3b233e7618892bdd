"""
The chance of a positive at each score, learnt from labelled outcomes.

A rising step function over the score bins (isotonic regression) takes the place of the scores
where held-out rows say that it is nearer to the labels.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from monitoring.profile.outcomes.binary import MISSING, POSITIVE, BinaryOutcomes

FOLDS = 5

# Groups of as many rows each, in which held-out labels are compared with what was expected.
_GROUPS = 4

# Which row falls into which fold is drawn: from a fixed seed, so that a rerun agrees.
_SEED = 20_180_101


def positive_chances(reference: BinaryOutcomes, current: BinaryOutcomes) -> NDArray[np.float64]:
    """
    Return the chance of a positive in each score bin of *current*, learnt on *reference*.

    Without labels in the reference, and where recalibration does not help, it is the mean score
    of the bin; with labels of one class only it is 0 or 1. Source: Zadrozny and Elkan (2002).
    """
    learnt = _learnt(reference)

    return current.mean_scores if learnt is None else np.interp(current.mean_scores, *learnt)


@lru_cache(maxsize=64)
def _learnt(reference: BinaryOutcomes) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return mean scores and what they are worth, or None; learnt once for each reference."""
    counts = reference.scored_cells[:, :MISSING].sum(axis=2)
    labels = counts.sum(axis=0)
    if not labels.any():
        return None
    if labels.all() and not recalibration_helps(counts, reference.mean_scores):
        return None

    used = counts.sum(axis=1) > 0
    return reference.mean_scores[used], isotonic_rates(counts[used])


def isotonic_rates(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """
    Return the never falling rates of positives that fit *counts* best.

    The columns are negatives and positives, the rows bins of rising score; none is empty.
    """
    from scipy import optimize

    rows = counts.sum(axis=1)
    fit = optimize.isotonic_regression(counts[:, POSITIVE] / rows, weights=rows)
    return np.asarray(fit.x, dtype=np.float64)


def recalibration_helps(counts: NDArray[np.int64], scores: NDArray[np.float64]) -> bool:
    """
    Whether isotonic rates are nearer to the labels of a held-out fold than the *scores* are.

    One fold of the five is enough. A bias that is overlooked is in every estimate, and no
    interval tells of it; what a needless recalibration adds is sampling error of the reference,
    which the intervals hold (``benchmarks/coverage.py``).
    """
    for held_out in _folds(counts):
        training = counts - held_out
        used = training.sum(axis=1) > 0
        if not used.any():
            return False
        rates = np.interp(scores, scores[used], isotonic_rates(training[used]))
        if _calibration_gap(held_out, rates) < _calibration_gap(held_out, scores):
            return True

    return False


def _folds(counts: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    # Deal the rows of each bin and label to the folds, each as likely as any other.
    generator = np.random.default_rng(_SEED)
    dealt = generator.multinomial(counts, np.full(FOLDS, 1 / FOLDS))
    return list(np.moveaxis(dealt, -1, 0))


def _calibration_gap(counts: NDArray[np.int64], chances: NDArray[np.float64]) -> float:
    """
    Return the sum over groups of rows of like score of (positives - expected)^2 / rows.

    Estimates are sums over many rows: what biases them are gaps of groups, not of single rows.
    """
    rows = counts.sum(axis=1)
    middles = rows.cumsum() - rows / 2
    group = np.minimum(middles * _GROUPS // max(rows.sum(), 1), _GROUPS - 1).astype(np.int64)
    sizes = np.bincount(group, rows, minlength=_GROUPS)
    gaps = np.bincount(group, counts[:, POSITIVE] - rows * chances, minlength=_GROUPS)

    return float((gaps[sizes > 0] ** 2 / sizes[sizes > 0]).sum())
