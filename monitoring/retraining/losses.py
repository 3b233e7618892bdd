"""What each answer of a model costs, who is right more often, and how well scores are meant."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitoring.retraining.differences import Floats

_CLIP = 1e-15
_BINS = 10


def log_losses(probabilities: Floats) -> Floats:
    """Return -ln p of each probability of what turned out to be true, p clipped at 1e-15."""
    return -np.log(np.clip(probabilities, _CLIP, 1.0))


def expected_calibration_error(confidence: Floats, right: NDArray[np.bool_]) -> float:
    """
    Return Σ over ten equal-width bins of rows/n · |mean confidence - share of right answers|.

    From 0 to 1 (Naeini, Cooper and Hauskrecht, 2015). *confidence* is P(positive) and *right* the
    label, or of several classes the largest probability and whether it was of the true class.
    """
    bins = np.minimum((confidence * _BINS).astype(np.int64), _BINS - 1)
    gaps = np.bincount(bins, weights=confidence - right, minlength=_BINS)

    return float(np.abs(gaps).sum() / len(confidence))


def mcnemar_p_value(
    champion_right: NDArray[np.bool_], challenger_right: NDArray[np.bool_]
) -> float:
    """
    Return the exact two-sided p-value that both models are right equally often (McNemar, 1947).

    Only rows on which one is right and the other wrong count; without any it is 1. Rows count as
    independent, so it is shown beside the decision and does not make it.
    """
    from scipy import stats

    only_champion = int((champion_right & ~challenger_right).sum())
    only_challenger = int((challenger_right & ~champion_right).sum())
    differing = only_champion + only_challenger
    if differing == 0:
        return 1.0

    return float(stats.binomtest(only_challenger, differing).pvalue)
