"""Where the bins of a numeric column lie: fixed by the reference, the same for ever after."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

#: Quantile bins of the reference: the error of Kolmogorov-Smirnov stays below 1e-3.
FINE_BINS = 1024

#: Up to so many distinct values a column is discrete: one bin for each value.
DISCRETE_VALUES = 1024

#: So many neighbouring bins share a sum of values: a quarter of the bytes, the same Wasserstein.
BINS_PER_SUM = 4

_DECILES = np.linspace(0, 1, 11)


@dataclass(frozen=True, slots=True, eq=False)
class NumericLayout:
    """
    The bins of a numeric column.

    Bin 0 holds what is below the first edge, bin *i* holds [edges[i-1], edges[i]), the last bin
    holds the rest. A repeated value v is alone in [v, nextafter(v)), its *atom*. *deciles*,
    *equal_width* and *extent* are positions in *edges*: the reference's inner deciles, its Doane
    edges (the last one just above the maximum), its minimum and the number just above its maximum.
    *mean* and *deviation* (ddof 0) are the reference's; *temporal* columns (times and
    durations) are days, *discrete* ones repeat a few values.
    """

    edges: NDArray[np.float64]
    deciles: NDArray[np.int64]
    equal_width: NDArray[np.int64]
    extent: NDArray[np.int64]
    mean: float
    deviation: float
    temporal: bool = False
    discrete: bool = False
    #: Which bins hold one value only.
    atoms: NDArray[np.bool_] = field(init=False)
    #: The first bin of each group of bins that share a sum: atoms, underflow and overflow are
    #: groups of their own, others go by `BINS_PER_SUM`.
    groups: NDArray[np.int64] = field(init=False)
    #: Which groups hold more than one value: the sum of an atom is known.
    spread: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        atoms = _atoms(self.edges)
        groups = _groups(atoms)
        for name, derived in (("atoms", atoms), ("groups", groups), ("spread", ~atoms[groups])):
            object.__setattr__(self, name, derived)

    @classmethod
    def of(cls, values: NDArray[np.float64], *, temporal: bool = False) -> Self:
        """
        Return the layout of the reference's finite *values*, at least one.

        Deciles and Doane edges are what numpy makes of the values as float64, whatever the type
        of the column.
        """
        return cls.of_sorted(np.sort(values), temporal=temporal)

    @classmethod
    def of_sorted(cls, ordered: NDArray[np.float64], *, temporal: bool = False) -> Self:
        """Return the layout of the reference's finite values, at least one, in rising order."""
        distinct = 1 + int(np.count_nonzero(ordered[1:] != ordered[:-1]))
        mean, deviation = _mean_and_deviation(ordered)
        fine = _atoms_of(ordered) if distinct <= DISCRETE_VALUES else _quantiles_of(ordered)
        deciles = _inner_deciles(ordered)
        equal_width = _doane(ordered, mean=mean, deviation=deviation)
        extent = np.array([ordered[0], _above(ordered[-1])])
        # Adding zero turns -0.0, which may sort before or behind 0.0, into 0.0.
        edges = np.unique(np.concatenate([fine, deciles, equal_width, extent])) + 0.0

        return cls(
            edges,
            np.searchsorted(edges, deciles),
            np.searchsorted(edges, equal_width),
            np.searchsorted(edges, extent),
            mean,
            deviation,
            temporal,
            distinct <= min(DISCRETE_VALUES, max(1, len(ordered) // 2)),
        )

    @property
    def bins(self) -> int:
        """How many bins there are, underflow and overflow among them."""
        return len(self.edges) + 1

    def decile_counts(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return *counts* (…, bins) summed into the reference's decile bins; the outer are open."""
        return np.add.reduceat(counts, np.append(0, self.deciles + 1), axis=-1)

    def equal_width_counts(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return *counts* (…, bins) summed into Doane's bins; the last is the mass outside them."""
        starts, end = self.equal_width[:-1] + 1, self.equal_width[-1] + 1
        inside = np.add.reduceat(counts[..., :end], starts, axis=-1)
        outside = counts.sum(axis=-1, keepdims=True) - inside.sum(axis=-1, keepdims=True)
        return np.concatenate([inside, outside], axis=-1)

    def outside(self, counts: NDArray[np.int64]) -> int:
        """Return how many of *counts* lie below the reference's minimum or above its maximum."""
        first, last = self.extent + 1
        return int(counts.sum() - counts[first:last].sum())


def quantiles(ordered: NDArray[np.float64], levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return the quantiles of values in rising order, at least one.

    The same as ``numpy.quantile(ordered, levels)``, bit for bit, without its copy and its sorting.
    """
    ranks = levels * (len(ordered) - 1)
    below = np.floor(ranks).astype(np.int64)
    low, high = ordered[below], ordered[np.minimum(below + 1, len(ordered) - 1)]
    share = ranks - below
    with np.errstate(over="ignore", invalid="ignore"):
        step = high - low
        return np.where(share >= 0.5, high - step * (1 - share), low + step * share)  # noqa: PLR2004


def _above(value: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):
        above: NDArray[np.float64] = np.nextafter(value, np.inf)
        return above


def _atoms(edges: NDArray[np.float64]) -> NDArray[np.bool_]:
    single = np.zeros(len(edges) + 1, dtype=np.bool_)
    single[1:-1] = edges[1:] == _above(edges[:-1])
    return single


def _groups(atoms: NDArray[np.bool_]) -> NDArray[np.int64]:
    alone = atoms.copy()
    alone[[0, -1]] = True
    bins = np.arange(len(alone))
    starts_run = alone | np.append(True, alone[:-1])
    since_start = bins - np.maximum.accumulate(np.where(starts_run, bins, 0))
    return np.flatnonzero(since_start % BINS_PER_SUM == 0)


def _mean_and_deviation(ordered: NDArray[np.float64]) -> tuple[float, float]:
    """Return the origin and the scale; a mean that overflows gives way to the median."""
    if ordered[0] == ordered[-1]:
        # Rounding moves the mean of equal values off them, and their deviation off 0.
        return float(ordered[0]), 0.0

    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(ordered.mean())
        deviation = float(ordered.std())
    return (mean if np.isfinite(mean) else float(ordered[len(ordered) // 2])), deviation


def _atoms_of(ordered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return an atom for each distinct value."""
    distinct = ordered[np.append(True, ordered[1:] != ordered[:-1])]
    return np.concatenate([distinct, _above(distinct)])


def _quantiles_of(ordered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return quantiles, and an atom for each value that fills a quantile bin."""
    rows = len(ordered)
    enough = -(-rows // FINE_BINS)
    # A run of so many equal values cannot hide between two of every so many ranks.
    candidates = np.unique(ordered[::enough])
    counts = np.searchsorted(ordered, candidates, side="right") - np.searchsorted(
        ordered, candidates
    )
    heavy = candidates[counts >= enough]
    ranks = np.arange(FINE_BINS) * rows // FINE_BINS
    return np.concatenate([ordered[ranks], heavy, _above(heavy)])


def _inner_deciles(ordered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the deciles without the outer two and without repeats; for a constant, its atom."""
    deciles = np.unique(quantiles(ordered, _DECILES))
    deciles = deciles[np.isfinite(deciles)]
    if len(deciles) == 1:
        return np.append(deciles, _above(deciles))

    return deciles[1:-1]


def _doane(ordered: NDArray[np.float64], *, mean: float, deviation: float) -> NDArray[np.float64]:
    """Return the edges of numpy's "doane" bins, the last one just above the maximum."""
    low, high = ordered[[0, -1]]
    if low == high:
        low, high = low - 0.5, high + 0.5
    with np.errstate(over="ignore", invalid="ignore"):
        edges = np.linspace(low, high, _doane_bins(ordered, mean=mean, deviation=deviation) + 1)

    edges = np.unique(edges[np.isfinite(edges)])
    return np.unique(np.append(edges[:-1], _above(edges[-1])))


def _doane_bins(ordered: NDArray[np.float64], *, mean: float, deviation: float) -> int:
    """
    Return the number of bins by Doane's formula; 1 for what has no skewness.

    Written out because numpy raises to the third power by `pow`, at ten times the price. Source:
    Doane, "Aesthetic frequency classifications" (1976).
    """
    n = len(ordered)
    if n <= 2 or not 0 < deviation < np.inf:  # noqa: PLR2004 - three values have a skewness
        return 1

    standardised = ordered - mean
    standardised /= deviation
    cubes = standardised * standardised
    cubes *= standardised
    skewness = abs(float(cubes.mean()))
    spread = np.sqrt(6.0 * (n - 2) / ((n + 1.0) * (n + 3)))
    return int(np.ceil(1.0 + np.log2(n) + np.log2(1.0 + skewness / spread)))
