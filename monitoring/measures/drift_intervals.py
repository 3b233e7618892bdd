"""
95 % intervals of the drift measures.

A distance of two samples is never 0, not even of one population: it is biased upwards. The
intervals bound the distance of the two populations; they always contain the measured value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from monitoring.measures.chance import Chance, Terms
from monitoring.measures.divergences import (
    FLOOR,
    hellinger_terms,
    jensen_shannon_terms,
    kl_terms,
    shares,
    stability_terms,
)
from monitoring.measures.intervals import Z

#: The 95 % quantile of Kolmogorov's distribution.
KOLMOGOROV = 1.3580986393225505


@dataclass(frozen=True, eq=False)
class Samples:
    """Two samples as shares over the same bins, and their sizes."""

    p: NDArray[np.float64]
    q: NDArray[np.float64]
    m: int
    n: int

    @classmethod
    def of(cls, reference: ArrayLike, current: ArrayLike) -> Samples:
        """Return the samples that two vectors of counts describe, neither of them empty."""
        p, q = shares(reference), shares(current)
        return cls(p, q, int(np.sum(reference)), int(np.sum(current)))

    @property
    def noise(self) -> float:
        """The sampling variance of a share, divided by p(1 - p), when nothing has changed."""
        return 1 / self.m + 1 / self.n

    @cached_property
    def chance(self) -> Chance:
        """What chance alone makes of them."""
        return Chance.of(np.rint(self.p * self.m), np.rint(self.q * self.n))

    @property
    def freedom(self) -> int:
        """How many shares can vary."""
        return max(int(np.count_nonzero((self.p > 0) | (self.q > 0))) - 1, 0)


def psi_interval(value: float, samples: Samples) -> tuple[float, float]:
    """Return the interval of the population stability index."""
    p, q = np.maximum(samples.p, FLOOR), np.maximum(samples.q, FLOOR)
    ratio = np.log(p / q)
    gradients = ratio + 1 - q / p, 1 - ratio - p / q
    return _divergence(value, samples, *gradients, terms=stability_terms, curvature=1.0)


def kl_interval(value: float, samples: Samples) -> tuple[float, float]:
    """Return the interval of the divergence of the current distribution from the reference."""
    p, q = np.maximum(samples.p, FLOOR), np.maximum(samples.q, FLOOR)
    gradients = -q / p, np.log(q / p) + 1
    return _divergence(value, samples, *gradients, terms=kl_terms, curvature=0.5)


def jensen_shannon_interval(value: float, samples: Samples) -> tuple[float, float]:
    """Return the interval of the Jensen-Shannon distance, from that of its square."""
    middle = np.maximum((samples.p + samples.q) / 2, np.finfo(float).tiny)
    by_p = np.log2(np.maximum(samples.p / middle, np.finfo(float).tiny)) / 2
    by_q = np.log2(np.maximum(samples.q / middle, np.finfo(float).tiny)) / 2
    curvature, terms = 1 / (8 * math.log(2)), jensen_shannon_terms
    return _rooted(
        _divergence(value * value, samples, by_p, by_q, terms=terms, curvature=curvature)
    )


def hellinger_interval(value: float, samples: Samples) -> tuple[float, float]:
    """Return the interval of Hellinger's distance, from that of its square."""
    p, q = samples.p, samples.q
    by_p = -np.sqrt(np.divide(q, p, out=np.zeros_like(q), where=p > 0)) / 2
    by_q = -np.sqrt(np.divide(p, q, out=np.zeros_like(p), where=q > 0)) / 2
    return _rooted(
        _divergence(value * value, samples, by_p, by_q, terms=hellinger_terms, curvature=1 / 8)
    )


def l_infinity_interval(value: float, samples: Samples) -> tuple[float, float]:
    """Return an interval that holds for all shares at once (Bonferroni), so a wide one."""
    p, q = samples.p, samples.q
    deviate = float(special.ndtri(1 - 0.025 / max(len(p), 1)))
    pooled = (p / samples.n + q / samples.m) / samples.noise
    apart = p * (1 - p) / samples.m + q * (1 - q) / samples.n
    # A share that came out small by chance has too small a variance of its own.
    half = deviate * np.sqrt(np.maximum(apart, pooled * (1 - pooled) * samples.noise))
    gaps = np.abs(p - q)
    lower, upper = float((gaps - half).max()), float((gaps + half).max())
    return max(0.0, min(lower, value)), min(1.0, max(upper, value))


def kolmogorov_smirnov_interval(
    value: float, upper: float, *, reference_rows: int, current_rows: int
) -> tuple[float, float]:
    """
    Return a conservative interval, from the band that holds both cumulative curves.

    *upper* is the upper end of the bracket that the bins leave. Source: Massart, "The tight
    constant in the Dvoretzky-Kiefer-Wolfowitz inequality" (1990).
    """
    half = KOLMOGOROV * math.sqrt(1 / reference_rows + 1 / current_rows)
    return max(0.0, value - half), min(1.0, upper + half)


def wasserstein_interval(
    value: float,
    samples: Samples,
    *,
    gaps: NDArray[np.float64],
    areas: NDArray[np.float64],
    tails: NDArray[np.float64],
    edges: NDArray[np.float64],
    deviation: float,
) -> tuple[float, float]:
    """
    Return the interval of the Wasserstein distance, in the unit of *edges*.

    The distance is told in standard deviations of the reference: *deviation*, which its rows err
    about as well.

    The distance is linear in the shares as long as the curves do not cross: its influence is the
    integral of the sign of their difference. Where they nearly touch, |difference| is biased
    upwards like a folded normal variable; that bias is taken from the lower end.
    """
    widths = np.diff(edges)
    influence = np.append(0.0, np.cumsum(np.sign(areas) * widths))
    centres = (influence[:-1] + influence[1:]) / 2
    # What lies beyond the outer edges is as far from them as its mean.
    beyond = np.abs(tails) / np.maximum(np.abs(gaps[[0, -1]]), np.finfo(float).tiny)
    beyond = np.minimum(beyond, widths.sum())
    first = influence[0] + np.sign(tails[0]) * -beyond[0]
    last = influence[-1] + np.sign(tails[1]) * beyond[1]
    positions = np.concatenate([[first], centres, [last]])
    places = np.concatenate([edges[:1], (edges[:-1] + edges[1:]) / 2, edges[-1:]])
    squares = ((places - np.dot(samples.p, places)) / deviation) ** 2
    of_reference = _variance(positions + value * squares / 2, samples.p) / samples.m
    error = math.sqrt(of_reference + _variance(positions, samples.q) / samples.n)

    below = np.cumsum(samples.p)[:-1], np.cumsum(samples.q)[:-1]
    errors = np.sqrt(
        sum(f * (1 - f) / size for f, size in zip(below, (samples.m, samples.n), strict=True))
    )
    shrunk = np.sqrt(np.maximum(gaps * gaps - errors * errors, 0.0))
    bias = float(np.dot(_folded_bias(shrunk, errors)[:-1], widths))
    return max(0.0, value - bias - Z * error), value + Z * error


def _divergence(
    value: float,
    samples: Samples,
    by_p: NDArray[np.float64],
    by_q: NDArray[np.float64],
    *,
    terms: Terms,
    curvature: float,
) -> tuple[float, float]:
    """
    Return the score interval of a divergence with the gradients *by_p* and *by_q*.

    Near equality, x = value / (curvature · noise) is a non-central chi-squared variable: its mean
    is k + t and its variance 2k + 4t, with k degrees of freedom and t the true divergence in the
    same unit. Where bins hold few rows, k is what chance adds to x on average. Farther away the
    delta method's variance takes the place of 4t. The interval holds the t with
    (x - k - t)² <= Z² (2k + 4ct), where c is the ratio of the two variances.
    """
    if not samples.freedom:
        return value, value

    unit = curvature * samples.noise
    freedom = samples.chance.added(terms, unit=unit)
    spread = _variance(by_p, samples.p) / samples.m + _variance(by_q, samples.q) / samples.n
    ratio = spread / (4 * value * unit) if value > 0 else 1.0
    excess = value / unit - freedom
    centre = excess + 2 * ratio * Z * Z
    square = 2 * max(freedom, 0.0) + 4 * ratio * (centre - ratio * Z * Z)
    half = Z * math.sqrt(max(square, 0.0))
    return max(0.0, min(unit * (centre - half), value)), max(unit * (centre + half), value)


def _rooted(bounds: tuple[float, float]) -> tuple[float, float]:
    lower, upper = bounds
    return math.sqrt(lower), min(1.0, math.sqrt(upper))


def _variance(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    mean = float(np.dot(weights, values))
    return float(np.dot(weights, (values - mean) ** 2))


def _folded_bias(centres: NDArray[np.float64], errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return by how much E|X| exceeds |centre| for X normal with *centre* and *errors*."""
    safe = np.where(errors > 0, errors, 1.0)
    ratio = np.abs(centres) / safe
    excess = (
        2
        * safe
        * (np.exp(-ratio * ratio / 2) / math.sqrt(2 * math.pi) - ratio * special.ndtr(-ratio))
    )
    return np.where(errors > 0, excess, 0.0)
