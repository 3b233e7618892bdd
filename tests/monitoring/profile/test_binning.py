"""Tests of finding bins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from monitoring.profile.binning import locate

FINITE = st.floats(allow_nan=False, allow_infinity=False)


class TestLocate:
    """Tests of the bin of each value."""

    @given(arrays.arrays(np.float64, st.integers(1, 200), elements=FINITE, unique=True))
    @settings(max_examples=50, deadline=None)
    def test_any_edges(self, edges: NDArray[np.float64]) -> None:
        """
        The bins are those of a binary search, on the edges themselves and on their neighbours.
        """
        edges = np.unique(edges)
        with np.errstate(over="ignore"):
            near = np.stack([edges, np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf)])
        near = near[np.isfinite(near)]
        values = np.resize(near, 5000)

        np.testing.assert_array_equal(
            np.searchsorted(edges, values, side="right"), locate(values, edges)
        )

    @pytest.mark.parametrize("law", ["normal", "lognormal", "standard_cauchy", "exponential"])
    def test_quantile_edges(self, law: str) -> None:
        """
        The bins are those of a binary search where edges crowd, as with heavy tails.
        """
        draw = getattr(np.random.default_rng(2), law)
        edges = np.unique(np.quantile(draw(size=20_000), np.linspace(0, 1, 1000)))
        values = draw(size=20_000)

        np.testing.assert_array_equal(
            np.searchsorted(edges, values, side="right"), locate(values, edges)
        )
