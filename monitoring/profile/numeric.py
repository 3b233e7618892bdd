"""The profile of a numeric column: counts and sums in bins that the reference fixed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from monitoring.profile.binning import locate
from monitoring.profile.columns import Numbers
from monitoring.profile.edges import NumericLayout
from monitoring.profile.moments import Moments


@dataclass(frozen=True, slots=True, eq=False)
class NumericProfile:
    """
    What is kept of a numeric column.

    *counts* are the finite values in each bin of the layout, *sums* the sums of their deviations
    from the reference's mean in each group of bins that is no atom; *moments* are of these
    deviations too. Infinities are counted apart from the bins. *minimum* and *maximum* are of the
    finite values, ``None`` when there are none.
    """

    layout: NumericLayout
    rows: int
    nulls: int
    nans: int
    negative_infinities: int
    positive_infinities: int
    zeros: int
    minimum: float | None
    maximum: float | None
    moments: Moments
    counts: NDArray[np.int64]
    sums: NDArray[np.float64]

    @classmethod
    def empty(cls, layout: NumericLayout) -> Self:
        """Return the profile of no rows."""
        counts = np.zeros(layout.bins, dtype=np.int64)
        sums = np.zeros(np.count_nonzero(layout.spread))
        return cls(layout, 0, 0, 0, 0, 0, 0, None, None, Moments(), counts, sums)

    @classmethod
    def of(cls, numbers: Numbers, layout: NumericLayout) -> Self:
        """Return the profile of *numbers*."""
        values = numbers.values
        # Copying the finite values is for the rare column that has others.
        finite = values[np.isfinite(values)] if not np.isfinite(values).all() else values
        absent = int(np.count_nonzero(np.isnan(values))) if finite.size < values.size else 0
        negative = int(np.count_nonzero(values == -np.inf)) if finite.size < values.size else 0
        with np.errstate(over="ignore"):
            deviations = finite - layout.mean
        bins = locate(finite, layout.edges)

        return cls(
            layout,
            rows=values.size,
            nulls=numbers.nulls,
            nans=absent - numbers.nulls,
            negative_infinities=negative,
            positive_infinities=values.size - finite.size - absent - negative,
            zeros=finite.size - int(np.count_nonzero(finite)),
            minimum=float(finite.min()) if finite.size else None,
            maximum=float(finite.max()) if finite.size else None,
            moments=Moments.of(deviations),
            counts=np.bincount(bins, minlength=layout.bins),
            sums=_sums(deviations, bins, layout),
        )

    @property
    def missing(self) -> int:
        """How many rows hold no value: null or NaN."""
        return self.nulls + self.nans

    @property
    def present(self) -> int:
        """How many rows hold a value, infinities among them."""
        return self.rows - self.missing

    @property
    def infinities(self) -> int:
        """How many rows hold an infinity of either sign."""
        return self.negative_infinities + self.positive_infinities

    @property
    def extended_counts(self) -> NDArray[np.int64]:
        """The counts with the infinities in the outermost bins."""
        counts = self.counts.copy()
        counts[0] += self.negative_infinities
        counts[-1] += self.positive_infinities
        return counts

    def group_counts(self) -> NDArray[np.int64]:
        """Return the finite values in each group of bins."""
        return np.add.reduceat(self.counts, self.layout.groups)

    def group_sums(self) -> NDArray[np.float64]:
        """Return the sum of the deviations in each group of bins, atoms among them."""
        groups = self.layout.groups
        spread = self.layout.spread
        with np.errstate(over="ignore", invalid="ignore"):
            lower = np.append(0.0, self.layout.edges - self.layout.mean)
            sums: NDArray[np.float64] = (self.counts * lower)[groups]
        sums[spread] = self.sums
        return sums

    def __add__(self, other: NumericProfile) -> NumericProfile:
        return NumericProfile(
            self.layout,
            self.rows + other.rows,
            self.nulls + other.nulls,
            self.nans + other.nans,
            self.negative_infinities + other.negative_infinities,
            self.positive_infinities + other.positive_infinities,
            self.zeros + other.zeros,
            _extreme(min, self.minimum, other.minimum),
            _extreme(max, self.maximum, other.maximum),
            self.moments + other.moments,
            self.counts + other.counts,
            _added(self.sums, other.sums),
        )

    def resampled(self, rows: int, generator: np.random.Generator) -> NumericProfile:
        """
        Return a profile of *rows* rows drawn from this one, bin by bin.

        Sums keep the mean of their group of bins; the spread inside groups, skewness and kurtosis
        keep their size per row; the extremes stay.
        """
        if not self.rows:
            return NumericProfile.empty(self.layout)

        tallies = [self.nulls, self.nans, self.negative_infinities, self.positive_infinities]
        cells = np.append(tallies, self.counts)
        drawn = generator.multinomial(rows, cells / cells.sum())
        counts = drawn[4:]
        starts = self.layout.groups
        before, after = self.group_counts(), np.add.reduceat(counts, starts)
        sums = _per_row(self.group_sums(), before) * after
        # Zero is an atom where it matters; elsewhere its share of its bin is kept.
        zero_bin = int(np.searchsorted(self.layout.edges, 0.0, side="right"))

        return NumericProfile(
            self.layout,
            rows=rows,
            nulls=int(drawn[0]),
            nans=int(drawn[1]),
            negative_infinities=int(drawn[2]),
            positive_infinities=int(drawn[3]),
            zeros=round(self.zeros * counts[zero_bin] / max(int(self.counts[zero_bin]), 1)),
            minimum=self.minimum,
            maximum=self.maximum,
            moments=_resampled_moments(self, sums=sums, after=after),
            counts=counts,
            sums=sums[self.layout.spread],
        )


def _sums(
    deviations: NDArray[np.float64], bins: NDArray[np.intp], layout: NumericLayout
) -> NDArray[np.float64]:
    by_bin = np.bincount(bins, weights=deviations, minlength=layout.bins)
    groups = layout.groups
    with np.errstate(over="ignore", invalid="ignore"):
        sums: NDArray[np.float64] = np.add.reduceat(by_bin, groups)[layout.spread]
        return sums


def _added(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(over="ignore", invalid="ignore"):
        return ours + theirs


def _extreme(
    choose: Callable[[float, float], float], ours: float | None, theirs: float | None
) -> float | None:
    if ours is None or theirs is None:
        return theirs if ours is None else ours

    return choose(ours, theirs)


def _per_row(sums: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)


def _resampled_moments(
    profile: NumericProfile, *, sums: NDArray[np.float64], after: NDArray[np.int64]
) -> Moments:
    """Return the moments of the drawn rows: between the groups as drawn, inside them as before."""
    old, count = profile.moments, int(after.sum())
    if not count:
        return Moments()

    growth = count / old.count
    before = profile.group_counts()
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(sums.sum()) / count
        centres = _per_row(profile.group_sums(), before)
        within = old.m2 - float(np.dot(before, (centres - old.mean) ** 2))
        between = float(np.dot(after, (centres - mean) ** 2))
    return Moments(
        count, mean, between + max(within, 0.0) * growth, old.m3 * growth, old.m4 * growth
    )
