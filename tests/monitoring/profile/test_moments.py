"""Tests of the moments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from monitoring.profile.moments import Moments

VALUES = st.lists(st.floats(-1e3, 1e3), max_size=60)


def assert_close(expected: Moments, actual: Moments) -> None:
    """Compare to 1e-12 of the size that each sum of powers can have."""
    scale = max(abs(expected.mean), (expected.m2 / max(expected.count, 1)) ** 0.5, 1e-300)
    size = max(expected.count, 1)

    assert expected.count == actual.count
    assert expected.mean == pytest.approx(actual.mean, rel=1e-12, abs=1e-12 * scale)
    assert expected.m2 == pytest.approx(actual.m2, rel=1e-12, abs=1e-12 * size * scale**2)
    assert expected.m3 == pytest.approx(actual.m3, rel=1e-12, abs=1e-11 * size * scale**3)
    assert expected.m4 == pytest.approx(actual.m4, rel=1e-12, abs=1e-11 * size * scale**4)


class TestMoments:
    """Tests of moments and their sums."""

    def test_agree_with_scipy(self) -> None:
        """
        Variance, skewness and kurtosis are scipy's.
        """
        values = np.random.default_rng(1).gamma(2.0, size=1000)

        moments = Moments.of(values)

        variance = moments.m2 / 1000
        assert values.var() == pytest.approx(variance, rel=1e-12)
        assert stats.skew(values) == pytest.approx(moments.m3 / 1000 / variance**1.5, rel=1e-12)
        assert stats.kurtosis(values, fisher=False) == pytest.approx(
            moments.m4 / 1000 / variance**2, rel=1e-12
        )

    def test_empty(self) -> None:
        """
        An empty sample changes nothing.
        """
        moments = Moments.of(np.array([1.0, 4.0]))

        assert moments == moments + Moments()
        assert moments == Moments() + moments

    @given(VALUES, VALUES, VALUES)
    @settings(deadline=None)
    def test_merge(self, first: list[float], second: list[float], third: list[float]) -> None:
        """
        However the values are split and in whichever order they are added, the moments agree.
        """
        one, two, three = (Moments.of(np.array(part)) for part in (first, second, third))
        whole = Moments.of(np.array(first + second + third))

        assert_close(whole, (one + two) + three)
        assert_close(whole, one + (two + three))
        assert_close(whole, three + (two + one))

    def test_huge_values(self) -> None:
        """
        Powers that overflow are infinite or NaN, without a warning.
        """
        moments = Moments.of(np.array([1e300, -1e300, 3.0])) + Moments.of(np.array([1e300]))

        assert 4 == moments.count
        assert not np.isfinite(moments.m4)
