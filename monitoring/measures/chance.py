"""What chance alone adds to a divergence: bins with few rows add more or less than full ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import special

from monitoring.measures.divergences import FLOOR

Floats = NDArray[np.float64]

#: What each bin adds to a divergence, of its two shares.
Terms = Callable[[Floats, Floats], Floats]

# A bin with so many rows on either side follows the theory of many rows.
_FULL = 6

# A Poisson count with a mean below that is less than so many, but for once in 2,000 times.
_COUNTS = np.arange(16.0)
_LOG_FACTORIALS = special.gammaln(_COUNTS + 1)

# Quadrature over a normal count; by their number as many as the small ones.
_DEVIATES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(len(_COUNTS))

# Fewer bins are not worth looking for pairs of counts that are alike.
_WORTH_SORTING = 24

# The rates of a bin are what is seen in it, and one more row at the rate of both samples together.
_PRIOR_ROWS = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Chance:
    """
    What chance alone makes of two samples of counts over the same bins.

    *full* bins have many rows on either side and follow the theory of many rows. For the others,
    one row for each pair of counts, of which *copies* bins have this one: the *rates* of both
    samples, and the *shares* that may come of them, with their *weights*.
    """

    full: int
    copies: Floats
    rates: tuple[Floats, Floats]
    shares: tuple[Floats, Floats]
    weights: tuple[Floats, Floats]

    @classmethod
    def of(cls, ours: Floats, theirs: Floats) -> Self:
        """Return what chance makes of the counts *ours* and *theirs*, neither of them empty."""
        m, n = ours.sum(), theirs.sum()
        full = np.minimum(ours, theirs) >= _FULL
        # A bin below the floor of a divergence has no term, however many its rows are.
        full &= np.minimum(ours / m, theirs / n) >= FLOOR
        few = ~full & (ours + theirs > 0)

        a, b, copies = _alike(ours[few], theirs[few])
        pooled = (a + b) / (m + n)
        p = (a + _PRIOR_ROWS) / (m + _PRIOR_ROWS / pooled)
        q = (b + _PRIOR_ROWS) / (n + _PRIOR_ROWS / pooled)
        (x, of_x), (y, of_y) = _poisson(m * p), _poisson(n * q)
        return cls(int(np.count_nonzero(full)), copies, (p, q), (x / m, y / n), (of_x, of_y))

    def added(self, terms: Terms, *, unit: float) -> float:
        """
        Return what chance adds to a divergence with *terms*, in multiples of *unit*.

        With many rows in each of k bins the result is k - 1, the degrees of freedom, and *unit*
        what a degree adds. The term of a bin with few is averaged over Poisson counts, less the
        term of the rates themselves.
        """
        if not len(self.copies):
            return float(self.full - 1)

        ours, theirs = self.shares
        each = terms(ours[:, :, None], theirs[:, None, :])
        added = np.einsum("bi,bj,bij->b", *self.weights, each) - terms(*self.rates)
        return float(self.full - 1 + np.dot(self.copies, added) / unit)


def _alike(ours: Floats, theirs: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the pairs of counts, and how many bins have them: many rare values share a few."""
    if len(ours) <= _WORTH_SORTING:
        return ours, theirs, np.ones(len(ours))

    # Complex numbers are sorted as pairs.
    pairs, copies = np.unique(ours + 1j * theirs, return_counts=True)
    return pairs.real, pairs.imag, copies.astype(np.float64)


def _poisson(rates: Floats) -> tuple[Floats, Floats]:
    """Return counts and their weights, for each of the *rates* a row."""
    means = rates[:, None]
    counts = np.broadcast_to(_COUNTS, (len(rates), len(_COUNTS)))
    weights = np.exp(_COUNTS * np.log(means) - means - _LOG_FACTORIALS)
    many = rates >= _FULL
    if many.any():
        normal = np.maximum(means[many] + np.sqrt(means[many]) * _DEVIATES, 0.0)
        counts, weights[many] = counts.copy(), _WEIGHTS
        counts[many] = normal
    return counts, weights / weights.sum(axis=1, keepdims=True)
