"""How much better one model ranks than another: the difference of two AUCs on the same rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitoring.retraining.differences import Difference, Floats, Groups, interval


def auc_difference(
    champion: Floats,
    challenger: Floats,
    positive: NDArray[np.bool_],
    *,
    groups: Groups | None = None,
) -> tuple[tuple[float, float], Difference]:
    """
    Return both AUCs, and their difference with its interval.

    DeLong, DeLong and Clarke-Pearson (1988), with the midranks of Sun and Xu (2014). With *groups*
    the placements of a group's rows go together (Obuchowski, 1997). Both classes need two rows.
    """
    first, second = (_placements(scores, positive) for scores in (champion, challenger))
    aucs = (float(first[positive].mean()), float(second[positive].mean()))
    contrast = second - first
    value = aucs[1] - aucs[0]
    influence = np.empty(len(positive))
    variance = 0.0
    for label in (True, False):
        rows = positive == label
        influence[rows] = (contrast[rows] - value) / rows.sum()
        variance += float(contrast[rows].var(ddof=1)) / int(rows.sum())

    return aucs, interval(value, influence, variance, groups=groups)


def _placements(scores: Floats, positive: NDArray[np.bool_]) -> Floats:
    """Return the share of negatives below each positive, and of positives above each negative."""
    from scipy import stats

    up, down = scores[positive], scores[~positive]
    ranks = stats.rankdata(scores)
    placements = np.empty(len(scores))
    placements[positive] = (ranks[positive] - stats.rankdata(up)) / len(down)
    placements[~positive] = 1 - (ranks[~positive] - stats.rankdata(down)) / len(up)

    return placements
