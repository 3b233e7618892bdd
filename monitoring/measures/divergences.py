"""
Distances between two distributions that are given as counts over the same bins.

Each function takes the reference's counts and the current counts, the bins along the last axis,
and broadcasts over leading axes, so that a thousand resampled days cost one call. Where either
side is empty the result is NaN; the measures turn that into ``None`` with a reason.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

#: Shares below this are raised to it before their ratio is taken.
FLOOR = 1e-4


class ChiSquared(NamedTuple):
    """Pearson's statistic, its degrees of freedom and its p-value."""

    statistic: NDArray[np.float64]
    degrees_of_freedom: NDArray[np.int64]
    p_value: NDArray[np.float64]


def shares(counts: ArrayLike) -> NDArray[np.float64]:
    """Return *counts* divided by their total; NaN when there are none."""
    numbers = np.asarray(counts, dtype=np.float64)
    totals = numbers.sum(axis=-1, keepdims=True)
    return numbers / np.where(totals > 0, totals, np.nan)


def population_stability_index(
    reference: ArrayLike, current: ArrayLike, *, floor: float = FLOOR
) -> NDArray[np.float64]:
    """
    Return the sum of (q - p) · ln(q / p); shares below *floor* count as *floor*.

    Range 0 to infinity, nats, symmetric. Without the floor an empty bin makes it infinite; a
    smaller floor makes empty bins weigh more. Source: Siddiqi, "Credit risk scorecards" (2006).

    >>> round(float(population_stability_index([50, 50], [25, 75])), 4)
    0.2747
    """
    return np.asarray(stability_terms(shares(reference), shares(current), floor=floor).sum(axis=-1))


def stability_terms(
    p: NDArray[np.float64], q: NDArray[np.float64], *, floor: float = FLOOR
) -> NDArray[np.float64]:
    """Return what each bin adds to the population stability index, of its two shares."""
    p, q = np.maximum(p, floor), np.maximum(q, floor)
    return np.asarray((q - p) * np.log(q / p))


def kl_divergence(
    reference: ArrayLike, current: ArrayLike, *, floor: float = FLOOR
) -> NDArray[np.float64]:
    """
    Return the divergence of the current distribution from the reference: sum of q · ln(q / p).

    In nats, 0 for equal shares. Floored like the population stability index, of which it is one
    half: psi = kl(reference, current) + kl(current, reference). Floored shares do not add up to 1,
    so tiny negative values are possible; they count as 0. Source: Kullback and Leibler, "On
    information and sufficiency" (1951).
    """
    terms = kl_terms(shares(reference), shares(current), floor=floor)
    return np.asarray(np.maximum(terms.sum(axis=-1), 0.0))


def kl_terms(
    p: NDArray[np.float64], q: NDArray[np.float64], *, floor: float = FLOOR
) -> NDArray[np.float64]:
    """Return what each bin adds to the divergence of *q* from *p*, of its two shares."""
    p, q = np.maximum(p, floor), np.maximum(q, floor)
    return np.asarray(q * np.log(q / p))


def jensen_shannon_distance(reference: ArrayLike, current: ArrayLike) -> NDArray[np.float64]:
    """
    Return the square root of the Jensen-Shannon divergence, base 2.

    Range 0 (equal) to 1 (no bin in common), a metric. Source: Endres and Schindelin, "A new metric
    for probability distributions" (2003).

    >>> float(jensen_shannon_distance([10, 0], [0, 10]))
    1.0
    """
    divergence = jensen_shannon_terms(shares(reference), shares(current)).sum(axis=-1)
    # Rounding may take the sum of two equal distributions below 0.
    return np.asarray(np.sqrt(np.maximum(divergence, 0.0)))


def jensen_shannon_terms(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what each bin adds to the squared distance, of its two shares."""
    middle = (p + q) / 2
    entropies = special.rel_entr(p, middle) + special.rel_entr(q, middle)
    return np.asarray(entropies / (2 * np.log(2)))


def hellinger_distance(reference: ArrayLike, current: ArrayLike) -> NDArray[np.float64]:
    """
    Return the Euclidean distance of the square roots of the shares, divided by the root of 2.

    Range 0 (equal) to 1 (no bin in common), a metric. Source: Hellinger (1909); Le Cam and Yang,
    "Asymptotics in statistics" (2000).
    """
    return np.asarray(np.sqrt(hellinger_terms(shares(reference), shares(current)).sum(axis=-1)))


def hellinger_terms(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what each bin adds to the squared distance, of its two shares."""
    differences = np.sqrt(q) - np.sqrt(p)
    return np.asarray(differences * differences / 2)


def l_infinity(reference: ArrayLike, current: ArrayLike) -> NDArray[np.float64]:
    """Return the largest difference of two shares: range 0 (equal) to 1."""
    return np.asarray(np.abs(shares(current) - shares(reference)).max(axis=-1, initial=0.0))


def chi_squared(reference: ArrayLike, current: ArrayLike) -> ChiSquared:
    """
    Test whether both rows of counts come from one distribution (2 x k contingency table).

    Both samples have error, so the reference is no fixed expectation. Bins that are empty on both
    sides do not count; with one degree of freedom Yates's correction applies, as in scipy. Source:
    Pearson (1900); Yates (1934).
    """
    ours, theirs = np.broadcast_arrays(
        np.asarray(reference, dtype=np.float64), np.asarray(current, dtype=np.float64)
    )
    observed = np.stack([ours, theirs])
    columns = observed.sum(axis=0)
    rows = observed.sum(axis=-1, keepdims=True)
    total = columns.sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = rows * columns / total
    freedom = np.count_nonzero(columns, axis=-1) - 1

    deviations = np.abs(observed - expected)
    corrected = np.where((freedom == 1)[..., np.newaxis], 0.5, 0.0)
    deviations -= np.minimum(corrected, deviations)
    cells = np.divide(
        deviations * deviations, expected, out=np.zeros_like(expected), where=expected > 0
    )
    defined = (rows > 0).all(axis=(0, -1))
    statistic = np.where(defined, cells.sum(axis=(0, -1)), np.nan)
    p_value = np.where(freedom > 0, special.chdtrc(np.maximum(freedom, 1), statistic), 1.0)
    return ChiSquared(statistic, freedom, np.where(defined, p_value, np.nan))
