"""
The chance of a positive at each score, learnt from labelled outcomes.

A rising step function over the score bins (isotonic regression) takes the place of the scores
only if it predicts held-out rows better: a calibrated model is left as it is.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from monitoring.profile.outcomes.binary import MISSING, NEGATIVE, POSITIVE, BinaryOutcomes

FOLDS = 5

# Which row falls into which fold is drawn: from a fixed seed, so that a rerun agrees.
_SEED = 20_180_101


def positive_chances(reference: BinaryOutcomes, current: BinaryOutcomes) -> NDArray[np.float64]:
    """
    Return the chance of a positive in each score bin of *current*, learnt on *reference*.

    Without labels of both classes in the reference, and where recalibration does not help, it is
    the mean score of the bin. Source: Zadrozny and Elkan (2002).
    """
    learnt = _learnt(reference)

    return current.mean_scores if learnt is None else np.interp(current.mean_scores, *learnt)


@lru_cache(maxsize=64)
def _learnt(reference: BinaryOutcomes) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return mean scores and what they are worth, or None; learnt once for each reference."""
    counts = reference.scored_cells[:, :MISSING].sum(axis=2)
    if not counts.sum(axis=0).all() or not recalibration_helps(counts, reference.mean_scores):
        return None

    used = counts.sum(axis=1) > 0
    return reference.mean_scores[used], isotonic_rates(counts[used])


def isotonic_rates(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """
    Return the never falling rates of positives that fit *counts* best.

    The columns are negatives and positives, the rows bins of rising score; none is empty.
    """
    rows = counts.sum(axis=1)
    fit = optimize.isotonic_regression(counts[:, POSITIVE] / rows, weights=rows)
    return np.asarray(fit.x, dtype=np.float64)


def recalibration_helps(counts: NDArray[np.int64], scores: NDArray[np.float64]) -> bool:
    """Whether isotonic rates have a lower Brier score than the *scores* on every held-out fold."""
    for held_out in _folds(counts):
        training = counts - held_out
        used = training.sum(axis=1) > 0
        if not used.any():
            return False
        rates = np.interp(scores, scores[used], isotonic_rates(training[used]))
        if _brier(held_out, rates) >= _brier(held_out, scores):
            return False

    return True


def _folds(counts: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    # Deal the rows of each bin and label to the folds, each as likely as any other.
    generator = np.random.default_rng(_SEED)
    dealt = generator.multinomial(counts, np.full(FOLDS, 1 / FOLDS))
    return list(np.moveaxis(dealt, -1, 0))


def _brier(counts: NDArray[np.int64], scores: NDArray[np.float64]) -> float:
    return float(counts[:, NEGATIVE] @ scores**2 + counts[:, POSITIVE] @ (1 - scores) ** 2)
