"""The first four moments of a sample, in a form that merges without loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Moments:
    """
    Count, mean and the sums of the second to fourth powers of the deviations from the mean.

    Values are meant to be given as deviations from a fixed origin near their mean (the
    reference's mean): the naive variance of 1e9 + U(0, 1) comes out negative. An empty sample has
    count 0 and zeros. Sums that overflow are infinite or NaN; the measures refuse those.

    Source: Pébay, "Formulas for robust, one-pass parallel computation of covariances and
    arbitrary-order statistical moments", Sandia report SAND2008-6212.
    """

    count: int = 0
    mean: float = 0.0
    m2: float = 0.0
    m3: float = 0.0
    m4: float = 0.0

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Self:
        """Return the moments of finite *values*."""
        if not values.size:
            return cls()

        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(values.mean())
            deviations = values - mean
            squares = deviations * deviations
            m2 = float(squares.sum())
            deviations *= squares
            squares *= squares
            return cls(values.size, mean, m2, float(deviations.sum()), float(squares.sum()))

    def __add__(self, other: Moments) -> Moments:
        if not self.count:
            return other
        if not other.count:
            return self

        count = self.count + other.count
        delta = other.mean - self.mean
        ours, theirs = self.count / count, other.count / count
        # delta² · n₁n₂/n, the mass that lies between the two means
        between = delta * delta * self.count * theirs

        return Moments(
            count,
            self.mean + delta * theirs,
            self.m2 + other.m2 + between,
            self.m3
            + other.m3
            + between * delta * (ours - theirs)
            + 3 * delta * (ours * other.m2 - theirs * self.m2),
            self.m4
            + other.m4
            + between * delta * delta * (ours * ours - ours * theirs + theirs * theirs)
            + 6 * delta * delta * (ours * ours * other.m2 + theirs * theirs * self.m2)
            + 4 * delta * (ours * other.m3 - theirs * self.m3),
        )
