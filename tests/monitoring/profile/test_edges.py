"""Tests of the bins of numeric columns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from monitoring.profile.edges import BINS_PER_SUM, NumericLayout, quantiles

RNG = np.random.default_rng(3)
LAWS = {
    "normal": RNG.normal(size=5000),
    "heavy tail": RNG.standard_cauchy(size=5000),
    "skewed": RNG.lognormal(size=5000),
    "few values": RNG.integers(0, 7, 500).astype(float),
    "zero inflated": np.append(np.zeros(4000), RNG.exponential(size=4000)),
    "small": RNG.normal(size=12),
}


def counted(values: NDArray[np.float64], layout: NumericLayout) -> NDArray[np.int64]:
    """Count *values* in the bins of *layout* by a binary search."""
    places = np.searchsorted(layout.edges, values, side="right")
    return np.bincount(places, minlength=layout.bins)


class TestNumericLayout:
    """Tests of where the bins lie."""

    @pytest.mark.parametrize("values", LAWS.values(), ids=LAWS.keys())
    def test_doane_counts_are_numpys(self, values: NDArray[np.float64]) -> None:
        """
        The equal-width bins are those of numpy's "doane" histogram, the last one closed.
        """
        layout = NumericLayout.of(values)

        expected, _ = np.histogram(values, "doane")

        assert [*expected, 0] == layout.equal_width_counts(counted(values, layout)).tolist()

    @pytest.mark.parametrize("values", LAWS.values(), ids=LAWS.keys())
    def test_decile_counts_are_numpys(self, values: NDArray[np.float64]) -> None:
        """
        The decile bins are [a, b) between the distinct deciles, the outer two open.
        """
        layout = NumericLayout.of(values)
        current = np.append(values + 0.3, [-1e9, 1e9])

        inner = np.unique(np.quantile(values, np.linspace(0, 1, 11)))[1:-1]
        expected, _ = np.histogram(current, np.concatenate([[-np.inf], inner, [np.inf]]))

        assert expected.tolist() == layout.decile_counts(counted(current, layout)).tolist()

    def test_atoms(self) -> None:
        """
        A value that repeats has a bin of its own, whatever lies next to it.
        """
        layout = NumericLayout.of(LAWS["zero inflated"])
        close = np.array([np.nextafter(0, -1), 0.0, np.nextafter(0, 1)])

        bins = np.searchsorted(layout.edges, close, side="right")

        assert 3 == len(set(bins.tolist()))
        assert layout.atoms[bins[1]]

    def test_discrete(self) -> None:
        """
        With few distinct values every value is an atom, and what lies between is counted too.
        """
        layout = NumericLayout.of(LAWS["few values"])

        counts = counted(np.array([0.0, 0.5, 6.0, 7.0, -1.0]), layout)

        assert layout.discrete
        assert 7 == np.count_nonzero(layout.atoms)
        assert 2 == counts[layout.atoms].sum()
        assert 2 == layout.outside(counts)

    def test_constant(self) -> None:
        """
        A constant has bins below it, for it and above it.
        """
        layout = NumericLayout.of(np.full(9, 0.1))

        counts = counted(np.array([0.1, 0.1, -5.0, 0.2]), layout)

        assert (0.1, 0.0) == (layout.mean, layout.deviation)
        assert [1, 2, 1] == layout.decile_counts(counts).tolist()

    def test_groups(self) -> None:
        """
        Atoms and tails are alone in their group, others are at most four.
        """
        layout = NumericLayout.of(LAWS["zero inflated"])

        groups = layout.groups
        sizes = np.diff(groups, append=layout.bins)

        assert (1, 1) == (sizes[0], sizes[-1])
        assert {1} == set(sizes[~layout.spread].tolist())
        assert BINS_PER_SUM == sizes.max()

    @given(
        arrays.arrays(
            np.float64,
            st.integers(1, 50),
            elements=st.floats(allow_nan=False, allow_infinity=False),
        )
    )
    @settings(deadline=None)
    def test_any_values(self, values: NDArray[np.float64]) -> None:
        """
        Whatever the reference holds, its edges rise and none of its values is out of range.
        """
        layout = NumericLayout.of(values)

        assert (np.diff(layout.edges[np.isfinite(layout.edges)]) > 0).all()
        assert 0 == layout.outside(counted(values, layout))
        assert np.isfinite(layout.mean)


class TestQuantiles:
    """Tests of quantiles of values that are sorted already."""

    @pytest.mark.parametrize("values", LAWS.values(), ids=LAWS.keys())
    def test_numpys_bit_for_bit(self, values: NDArray[np.float64]) -> None:
        """
        The quantiles are numpy's, to the last bit: edges must not move by a rounding.
        """
        levels = np.array([0.0, 0.001, 0.1, 0.3, 0.5, 0.7, 0.999, 1.0])

        found = quantiles(np.sort(values), levels)

        assert np.quantile(values, levels).tolist() == found.tolist()
