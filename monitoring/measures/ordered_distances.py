"""Distances between two samples of ordered bins: how far apart their cumulative shares are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from monitoring.measures.divergences import shares


class Bracket(NamedTuple):
    """Bounds that hold whatever the values inside the bins are."""

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]


class BinnedSample(NamedTuple):
    """The *counts* of a sample by bin, and the *sums* of its values by group of bins."""

    counts: NDArray[np.int64]
    sums: NDArray[np.float64]


def kolmogorov_smirnov(
    reference: ArrayLike, current: ArrayLike, *, atoms: NDArray[np.bool_] | None = None
) -> Bracket:
    """
    Return the largest difference of the cumulative shares, as a bracket.

    Range 0 to 1. The lower bound is the largest difference at an edge, and is what we report; it
    is exact where the bins hold one value each (*atoms*), and else too small by no more than the
    mass of a bin. Source: Smirnov, "On the estimation of the discrepancy between empirical curves
    of distribution for two independent samples" (1939).
    """
    ours, theirs = np.cumsum(shares(reference), axis=-1), np.cumsum(shares(current), axis=-1)
    # Shares may add up to a hair more than 1.
    lower = np.minimum(np.abs(ours - theirs).max(axis=-1), 1.0)

    inside = np.maximum(ours - _shifted(theirs), theirs - _shifted(ours))
    if atoms is not None:
        inside = np.where(atoms, 0.0, inside)
    return Bracket(lower, np.maximum(lower, np.minimum(inside.max(axis=-1), 1.0)))


def wasserstein_distance(
    reference: BinnedSample,
    current: BinnedSample,
    *,
    edges: NDArray[np.float64],
    groups: NDArray[np.int64],
) -> NDArray[np.float64]:
    """
    Return the area between the two cumulative distributions, in the unit of the column.

    Range 0 to infinity. *groups* are the first bins of the groups that share a sum. The integral
    over each group follows exactly from its counts and its sum; inside, the difference runs
    linearly from edge to edge. Unreliable for columns of infinite variance, as the exact value is.
    Source: Vallender, "Calculation of the Wasserstein distance between probability distributions
    on the line" (1974).
    """
    return total_area(
        *integrated_differences(reference, current, edges=edges, groups=groups), edges=edges
    )


def total_area(
    gaps: NDArray[np.float64],
    areas: NDArray[np.float64],
    tails: NDArray[np.float64],
    *,
    edges: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the area between the curves that `integrated_differences` describes."""
    before, after = gaps[..., :-1], gaps[..., 1:]
    absolute = np.abs(before) + np.abs(after)
    # Where the curves cross inside a bin, two triangles lie on either side of the crossing.
    crossing = np.divide(
        (before * before + after * after) * np.diff(edges),
        2 * absolute,
        out=np.zeros_like(areas),
        where=(before * after < 0),
    )
    inner = np.maximum(np.abs(areas), crossing).sum(axis=-1)
    return np.asarray(inner + np.abs(tails).sum(axis=-1))


def integrated_differences(
    reference: BinnedSample,
    current: BinnedSample,
    *,
    edges: NDArray[np.float64],
    groups: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """
    Return the difference of the cumulative shares: at the edges, and integrated.

    The integrals are those over each inner bin, and those over the two tails.
    """
    gaps = np.cumsum(shares(reference.counts) - shares(current.counts), axis=-1)[..., :-1]
    excess = _means(reference) - _means(current)
    # The integral of F from a to b is b·F(b) - a·F(a) - the integral of x dF.
    at_border = (edges * gaps)[..., groups[1:] - 1]
    totals = np.diff(at_border, prepend=0.0, append=0.0, axis=-1) - excess

    widths = np.diff(edges)
    straight = (gaps[..., :-1] + gaps[..., 1:]) / 2 * widths
    starts = groups[1:-1] - 1
    remainder = totals[..., 1:-1] - np.add.reduceat(straight, starts, axis=-1)
    # An atom's width vanishes when the edges are taken relative to a much larger mean.
    spans = np.add.reduceat(widths, starts)
    density = np.divide(remainder, spans, out=np.zeros_like(remainder), where=spans > 0)
    sizes = np.diff(starts, append=len(widths))
    areas = straight + np.repeat(density, sizes, axis=-1) * widths
    return gaps, areas, totals[..., [0, -1]]


def _shifted(cumulative: NDArray[np.float64]) -> NDArray[np.float64]:
    start = np.zeros((*cumulative.shape[:-1], 1))
    return np.concatenate([start, cumulative[..., :-1]], axis=-1)


def _means(sample: BinnedSample) -> NDArray[np.float64]:
    totals = sample.counts.sum(axis=-1, keepdims=True)
    return sample.sums / np.where(totals > 0, totals, np.nan)
