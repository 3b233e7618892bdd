"""
Measures of order: whether positives have higher scores than negatives.

All take the counts of *positives* and *negatives* by score bin, lowest scores first. *atoms* says
which bins hold a single value: there rows are true ties, elsewhere their order is not known.
Counts may be fractional.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitoring.measures.intervals import Statistic, farther, share, undefined

Counts = NDArray[np.float64] | NDArray[np.int64]


def roc_auc(positives: Counts, negatives: Counts) -> Statistic:
    """
    Return the chance that a positive has a higher score than a negative; ties count half.

    Range 0 to 1, 0.5 for guessing. Undefined unless both classes occur. Rows in one bin count as
    ties: `roc_auc_bound` says by how much that can be off. The interval is DeLong's, from bins,
    in log-odds. Sources: Hanley and McNeil (1982); DeLong, DeLong and Clarke-Pearson (1988).
    """
    positive, negative = float(positives.sum()), float(negatives.sum())
    if positive <= 0 or negative <= 0:
        return undefined("one class only")

    value, influence = roc_auc_influence(positives, negatives)
    rarer = min(positive, negative)
    if rarer <= 1:
        return Statistic(value)

    # DeLong's variance: the squared influences, each class freed of its estimated mean.
    spread = positives * influence[:, 1] ** 2 * (positive / (positive - 1))
    spread += negatives * influence[:, 0] ** 2 * (negative / (negative - 1))
    return share(value, float(spread.sum()), rows=rarer)


def roc_auc_influence(positives: Counts, negatives: Counts) -> tuple[float, NDArray[np.float64]]:
    """
    Return the AUC, and by how much one more negative or positive of each bin changes it.

    Both classes must occur. The columns are negatives, positives.
    """
    positive, negative = float(positives.sum()), float(negatives.sum())
    below = (np.cumsum(negatives) - negatives / 2) / negative
    above = 1 - (np.cumsum(positives) - positives / 2) / positive
    value = min(float((positives * below).sum()) / positive, 1.0)

    return value, np.stack([(above - value) / negative, (below - value) / positive], axis=1)


def roc_auc_bound(positives: Counts, negatives: Counts, atoms: NDArray[np.bool_]) -> float:
    """
    Return how far the binned AUC can be from that of the single scores, at most.

    The sum over bins of positives times negatives, over 2 P N: half of the pairs whose order is
    not known. Zero for one class only, where there is no AUC.
    """
    pairs = float(positives.sum()) * float(negatives.sum())
    return float((positives * negatives)[~atoms].sum()) / (2 * pairs) if pairs else 0.0


def average_precision(
    positives: Counts, negatives: Counts, atoms: NDArray[np.bool_], *, unit: float = 1.0
) -> Statistic:
    """
    Return the mean over the positives of the precision at their score.

    Range 0 to 1; the rate of positives for guessing. Undefined without a positive. In a bin that
    is not an atom the rows count as evenly mixed; *unit* is the weight of one row, 0 for expected
    counts. The interval is the delta method over the bins, in log-odds, and reaches as much farther
    as the order of the rows within their bins may change the value. Sources: Su, Yuan and Zhu
    (2015); Boyd, Eng and Page (2013) for the interval.
    """
    total = float(positives.sum())
    if total <= 0:
        return undefined("no positive label")

    # From the highest score down: the bins at which precision is asked for one after the other.
    hits, misses = positives[::-1].astype(np.float64), negatives[::-1].astype(np.float64)
    ties = atoms[::-1]
    found = np.cumsum(hits) - np.where(ties, 0.0, np.maximum(hits - unit, 0.0) / 2)
    # Of the misses of a bin, none, half or all may come before its hits.
    worst, value, best = (
        min(float((hits * _precision(found, wrong)).sum()) / total, 1.0)
        for wrong in (
            np.cumsum(misses) - np.where(ties, 0.0, misses * share_after)
            for share_after in (0.0, 0.5, 1.0)
        )
    )

    influence = average_precision_influence(positives, negatives)
    rarer = min(total, float(negatives.sum()))
    if rarer <= 1:
        return Statistic(value)

    variance = negatives @ influence[:, 0] ** 2 + positives @ influence[:, 1] ** 2
    statistic = share(value, float(variance) * rarer / (rarer - 1), rows=rarer)
    return farther(statistic, below=value - worst, above=best - value)


def _precision(found: Counts, wrong: Counts) -> Counts:
    reached = found + wrong
    return np.divide(found, reached, out=np.zeros_like(found), where=reached > 0)


def average_precision_influence(positives: Counts, negatives: Counts) -> NDArray[np.float64]:
    """
    Return by how much one more negative or positive of each bin changes the average precision.

    A positive must occur. The columns are negatives, positives.
    """
    hits, misses = positives[::-1].astype(np.float64), negatives[::-1].astype(np.float64)
    total, found, wrong = hits.sum(), np.cumsum(hits), np.cumsum(misses)
    reached = found + wrong
    inverse = np.divide(1.0, reached, out=np.zeros_like(reached), where=reached > 0)
    value = (hits * found * inverse).sum() / total

    # One more hit raises, one more miss lowers, the precision at its own and all lower scores.
    weight = hits / total * inverse**2
    gain = np.cumsum((weight * wrong)[::-1])[::-1]
    loss = np.cumsum((weight * found)[::-1])[::-1]
    per_hit = (found * inverse - value) / total + gain

    return np.stack([-loss[::-1], per_hit[::-1]], axis=1)
