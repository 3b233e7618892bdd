"""How the columns of a table vary together: one mergeable matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from monitoring.arrays import as_texts
from monitoring.profile.columns import Numbers, Texts

#: Standardised values are held within this many standard deviations: one outlier is no drift.
LIMIT = 8.0

# Rows are standardised by blocks that stay in the cache.
_BLOCK = 16_384


@dataclass(frozen=True, slots=True)
class Dimension:
    """
    One row of the matrix: a numeric column, or the indicator of a *category* of a column.

    (x - *centre*) / *scale* has mean 0 and standard deviation 1 in the reference.
    """

    column: str
    category: str | None
    centre: float
    scale: float


@dataclass(frozen=True, slots=True, eq=False)
class CoMoments:
    """
    Sums and products of the standardised dimensions over *count* rows; plain sums, so it merges.

    A missing value counts as the reference's mean, 0.
    """

    count: int
    sums: NDArray[np.float64]
    products: NDArray[np.float64]

    @classmethod
    def empty(cls, dimensions: int) -> Self:
        """Return the co-moments of no rows."""
        return cls(0, np.zeros(dimensions), np.zeros((dimensions, dimensions)))

    @classmethod
    def of(
        cls, columns: Mapping[str, Numbers | Texts], dimensions: Sequence[Dimension], *, rows: int
    ) -> Self:
        """Return the co-moments of *rows* rows; a column that is not given is missing in all."""
        sums = np.zeros(len(dimensions))
        products = np.zeros((len(dimensions), len(dimensions)))
        sources = [_source(columns.get(dimension.column), dimension) for dimension in dimensions]
        for start in range(0, rows, _BLOCK):
            block = np.zeros((len(dimensions), min(_BLOCK, rows - start)))
            for place, source in enumerate(sources):
                if source is not None:
                    source.fill(block[place], start=start)
            sums += block.sum(axis=1)
            products += block @ block.T

        return cls(rows, sums, products)

    def __add__(self, other: CoMoments) -> CoMoments:
        return CoMoments(
            self.count + other.count, self.sums + other.sums, self.products + other.products
        )

    def second_moments(self) -> NDArray[np.float64]:
        """Return the mean products around the reference's means; NaN for no rows."""
        return self.products / (self.count or np.nan)

    def correlations(self) -> NDArray[np.float64]:
        """Return Pearson's correlation matrix; 0 where a dimension does not vary."""
        means = self.sums / (self.count or np.nan)
        covariance = self.second_moments() - np.outer(means, means)
        deviations = np.sqrt(np.clip(np.diag(covariance), 0.0, None))
        # Rounding leaves a trace of variance in a constant.
        scale = np.where(deviations > 1e-7, deviations, np.inf)  # noqa: PLR2004
        correlations: NDArray[np.float64] = covariance / np.outer(scale, scale)
        np.fill_diagonal(correlations, 1.0)
        return np.clip(correlations, -1.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Standardised:
    values: NDArray[np.float64]
    centre: float
    scale: float

    def fill(self, row: NDArray[np.float64], *, start: int) -> None:
        """Write the standardised values from row *start* on."""
        with np.errstate(over="ignore"):
            np.subtract(self.values[start : start + len(row)], self.centre, out=row)
            row /= self.scale
        np.clip(row, -LIMIT, LIMIT, out=row)
        row[np.isnan(row)] = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Indicator:
    by_code: NDArray[np.float64]
    codes: NDArray[np.int64]

    def fill(self, row: NDArray[np.float64], *, start: int) -> None:
        """Write the standardised indicator from row *start* on."""
        np.take(self.by_code, self.codes[start : start + len(row)], out=row, mode="wrap")


def _source(
    column: Numbers | Texts | None, dimension: Dimension
) -> _Standardised | _Indicator | None:
    if column is None:
        return None
    if isinstance(column, Numbers):
        return _Standardised(column.values, dimension.centre, dimension.scale)

    place = pc.index(column.values, as_texts([dimension.category])[0]).as_py()
    by_code = np.full(len(column.values) + 1, -dimension.centre / dimension.scale)
    if place >= 0:
        by_code[place] = (1.0 - dimension.centre) / dimension.scale
    # Code -1, a missing value, wraps round to the last entry.
    by_code[-1] = 0.0
    return _Indicator(np.clip(by_code, -LIMIT, LIMIT), column.codes)
