"""Bins of probabilities, fixed by the reference, in which scores are counted."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from monitoring.profile.binning import locate

#: The lower edges of the ten calibration bins, each closed on the left; the last one holds 1.
TENTHS = np.arange(10) / 10

#: Quantile bins of the reference: AUC is off by about 1e-5 with this many.
BINS = 2000

_HUNDREDTHS = np.arange(100) / 100
_END = np.nextafter(1.0, 2.0)

# One bin for the upper thousandth would hold all the positives of a rare event.
_TAIL = np.geomspace(1e-6, 1e-3, 31)


@dataclass(frozen=True, slots=True, eq=False)
class ScoreBins:
    """
    Adjoining bins that cover the scores from 0 to 1, each closed on the left.

    *edges* are the lower ends of all bins and the end of the last one.
    """

    edges: NDArray[np.float64]
    #: Which bins hold a single value, so that all scores in them are ties.
    atoms: NDArray[np.bool_] = field(init=False)
    #: In which tenth of the unit interval each bin lies.
    tenths: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        atoms = np.equal(np.nextafter(self.edges[:-1], np.inf), self.edges[1:])
        tenths = np.searchsorted(TENTHS, self.edges[:-1], side="right") - 1
        object.__setattr__(self, "atoms", atoms)
        object.__setattr__(self, "tenths", tenths)

    def __len__(self) -> int:
        return len(self.edges) - 1

    def locate(self, scores: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the bin of each of the *scores*, which must be valid."""
        return locate(scores, self.edges) - 1


def valid_scores(scores: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which *scores* are probabilities: finite and from 0 to 1."""
    return (scores >= 0) & (scores <= 1)


def score_bins(
    scores: NDArray[np.float64], *, thresholds: tuple[float, ...] = (), bins: int = BINS
) -> ScoreBins:
    """
    Return the bins for scores like the reference's *scores*.

    Edges are the quantiles of *scores*, with finer ones in both tails, the hundredths (where the
    scores may move to), and the decision *thresholds*. A value that fills a bin on its own is
    isolated; with few distinct values each has its own bin, and ranking is exact. Invalid scores
    are left out; without a valid one the hundredths remain.
    """
    values, counts = np.unique(scores[valid_scores(scores)], return_counts=True)
    heavy = counts * bins > counts.sum() if len(values) > bins else np.ones(len(values), bool)
    atoms = values[heavy]

    edges = [_HUNDREDTHS, atoms, np.nextafter(atoms, np.inf), np.asarray(thresholds, float)]
    if len(values) > bins:
        levels = np.concatenate([np.arange(1, bins) / bins, _TAIL, 1 - _TAIL])
        ranks = np.searchsorted(np.cumsum(counts), levels * counts.sum(), side="right")
        edges.append(values[np.minimum(ranks, len(values) - 1)])
    inner = np.unique(np.concatenate(edges))

    return ScoreBins(np.append(inner[(inner >= 0) & (inner <= 1)], _END))
