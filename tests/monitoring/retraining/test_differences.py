"""Tests of paired differences and their intervals, against scipy and the bootstrap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from monitoring.retraining.differences import bootstrap_difference, mean_difference


class TestMeanDifference:
    """Tests of the mean of paired differences."""

    def test_paired_t(self) -> None:
        """Rows by themselves give the paired t interval of scipy."""
        first, second = np.random.default_rng(1).normal(0.0, 1.0, (2, 300))
        expected = stats.ttest_rel(second, first).confidence_interval(0.95)

        found = mean_difference(second - first)
        assert found.lower == pytest.approx(expected.low)
        assert found.upper == pytest.approx(expected.high)

    def test_groups(self) -> None:
        """
        Days that share a shock give the t interval of the days' means.

        With groups of one size the cluster-robust variance of the mean is that of the groups'
        means: G/(G - 1) · Σ ((m_g - m)/G)² = s²/G.
        """
        generator = np.random.default_rng(2)
        shocks = generator.normal(0.0, 1.0, 12)
        rows = np.repeat(shocks, 50) + generator.normal(0.0, 0.1, 600)
        means = rows.reshape(12, 50).mean(axis=1)
        expected = stats.ttest_1samp(means, 0.0).confidence_interval(0.95)

        found = mean_difference(rows, groups=np.repeat(np.arange(12), 50))
        assert found.lower == pytest.approx(expected.low)
        assert found.upper == pytest.approx(expected.high)

    @given(st.integers(2, 40), st.integers(0, 2**32 - 1))
    def test_never_narrower(self, days: int, seed: int) -> None:
        """Whatever the groups, the interval is as wide as that of rows by themselves, or wider."""
        generator = np.random.default_rng(seed)
        rows = generator.normal(0.0, 1.0, 120)
        alone = mean_difference(rows)

        found = mean_difference(rows, groups=generator.integers(0, days, 120))
        assert found.upper - found.lower >= alone.upper - alone.lower - 1e-12

    def test_one_group(self) -> None:
        """A single day cannot show how days differ: its rows count as independent."""
        rows = np.random.default_rng(3).normal(0.0, 1.0, 50)

        assert mean_difference(rows) == mean_difference(rows, groups=np.zeros(50, dtype=np.int64))


class TestBootstrapDifference:
    """Tests of the bootstrap."""

    def test_scipy(self) -> None:
        """The bounds of an RMSE's difference are those of scipy's paired bootstrap, nearly."""
        generator = np.random.default_rng(4)
        first, second = generator.normal(0.0, (1.0, 0.9), (500, 2)).T ** 2

        def statistic(one: np.ndarray, two: np.ndarray, axis: int) -> np.ndarray:
            return np.sqrt(two.mean(axis=axis)) - np.sqrt(one.mean(axis=axis))

        expected = stats.bootstrap(
            (first, second), statistic, paired=True, n_resamples=2000, method="percentile", rng=5
        ).confidence_interval

        found = bootstrap_difference(first, second, np.sqrt)
        width = expected.high - expected.low
        assert found.value == pytest.approx(second.mean() ** 0.5 - first.mean() ** 0.5)
        assert found.lower == pytest.approx(expected.low, abs=width / 10)
        assert found.upper == pytest.approx(expected.high, abs=width / 10)

    def test_repeatable(self) -> None:
        """The same rows give the same bounds, and days are drawn whole."""
        first, second = np.random.default_rng(6).random((2, 200))
        days = np.repeat(np.arange(10), 20)
        once = bootstrap_difference(first, second, np.sqrt, groups=days)

        assert once == bootstrap_difference(first, second, np.sqrt, groups=days)
        assert once.value == bootstrap_difference(first, second, np.sqrt).value
