"""Tests of the distances between counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial import distance

from monitoring.measures.divergences import (
    chi_squared,
    hellinger_distance,
    jensen_shannon_distance,
    kl_divergence,
    l_infinity,
    population_stability_index,
)

REFERENCE = np.array([400, 250, 250, 100, 0])
CURRENT = np.array([30, 10, 40, 15, 5])
PAIRS = arrays.arrays(np.int64, (2, 6), elements=st.integers(0, 1000)).filter(
    lambda pair: bool((pair.sum(axis=1) > 0).all())
)
DISTANCES = [
    population_stability_index,
    jensen_shannon_distance,
    hellinger_distance,
    l_infinity,
]


class TestPopulationStabilityIndex:
    """Tests of the population stability index."""

    def test_by_hand(self) -> None:
        """
        The terms of five bins, the last one floored in the reference, add up.
        """
        p, q = np.array([0.4, 0.25, 0.25, 0.1, 1e-4]), np.array([0.3, 0.1, 0.4, 0.15, 0.05])

        expected = sum((q[i] - p[i]) * np.log(q[i] / p[i]) for i in range(5))

        assert expected == pytest.approx(float(population_stability_index(REFERENCE, CURRENT)))

    def test_is_both_divergences(self) -> None:
        """
        The index is the divergence in one direction plus that in the other.
        """
        there = kl_divergence(REFERENCE, CURRENT)
        back = kl_divergence(CURRENT, REFERENCE)

        assert float(there + back) == pytest.approx(
            float(population_stability_index(REFERENCE, CURRENT))
        )

    @pytest.mark.parametrize("floor", [1e-3, 1e-4, 1e-6])
    def test_floor(self, floor: float) -> None:
        """
        The floor decides what an empty bin weighs.
        """
        reference, current = [1000, 1000, 0], [700, 700, 600]

        value = float(population_stability_index(reference, current, floor=floor))

        by_hand = 2 * (0.5 - 0.35) * np.log(0.5 / 0.35) + (0.3 - floor) * np.log(0.3 / floor)
        assert by_hand == pytest.approx(value)


class TestKlDivergence:
    """Tests of the Kullback-Leibler divergence."""

    def test_agrees_with_scipy(self) -> None:
        """
        Without empty bins it is scipy's relative entropy of current to reference.
        """
        expected = stats.entropy(CURRENT[:4], REFERENCE[:4])

        assert expected == pytest.approx(float(kl_divergence(REFERENCE[:4], CURRENT[:4])))


class TestJensenShannonDistance:
    """Tests of the Jensen-Shannon distance."""

    @given(PAIRS)
    @settings(deadline=None)
    def test_agrees_with_scipy(self, pair: NDArray[np.int64]) -> None:
        """
        It is scipy's distance, base 2, with empty bins on either side.
        """
        expected = distance.jensenshannon(pair[0], pair[1], base=2)

        # Scipy leaves the square root of a rounding error where the distance is 0.
        assert np.nan_to_num(expected) == pytest.approx(
            float(jensen_shannon_distance(*pair)), abs=1e-7
        )


class TestHellingerDistance:
    """Tests of Hellinger's distance."""

    def test_by_hand(self) -> None:
        """
        One minus the affinity of the shares, under the root.
        """
        affinity = np.sqrt([0.4 * 0.3, 0.25 * 0.1, 0.25 * 0.4, 0.1 * 0.15]).sum()

        assert np.sqrt(1 - affinity) == pytest.approx(float(hellinger_distance(REFERENCE, CURRENT)))


class TestChiSquared:
    """Tests of the chi-squared test of two samples."""

    @given(PAIRS)
    @settings(deadline=None)
    def test_agrees_with_scipy(self, pair: NDArray[np.int64]) -> None:
        """
        Statistic, degrees of freedom and p-value are those of scipy's contingency table.
        """
        table = pair[:, pair.sum(axis=0) > 0]
        expected = stats.chi2_contingency(table)

        found = chi_squared(*pair)

        assert expected.dof == found.degrees_of_freedom
        assert expected.statistic == pytest.approx(float(found.statistic), rel=1e-9, abs=1e-12)
        assert expected.pvalue == pytest.approx(float(found.p_value), rel=1e-9)


class TestAll:
    """Tests of what all distances have in common."""

    @given(PAIRS)
    @settings(deadline=None)
    def test_symmetric_and_never_negative(self, pair: NDArray[np.int64]) -> None:
        """
        A distance is the same in both directions, never negative, and 0 of itself.
        """
        for measure in DISTANCES:
            there, back = float(measure(*pair)), float(measure(*pair[::-1]))
            assert there >= 0
            assert there == pytest.approx(back, abs=1e-12)
            assert float(measure(pair[0], pair[0])) == pytest.approx(0, abs=1e-7)

    def test_broadcast(self) -> None:
        """
        A stack of resampled counts gives one number each.
        """
        stack = np.random.default_rng(1).multinomial(500, REFERENCE / 1000, size=(3, 4))

        for measure in (*DISTANCES, kl_divergence):
            values = measure(REFERENCE, stack)
            assert (3, 4) == values.shape
            assert float(measure(REFERENCE, stack[1, 2])) == values[1, 2]
        test = chi_squared(REFERENCE, stack)
        assert test.p_value[1, 2] == float(chi_squared(REFERENCE, stack[1, 2]).p_value)

    def test_empty_side(self) -> None:
        """
        Without rows on one side there is no number.
        """
        for measure in (*DISTANCES, kl_divergence):
            assert np.isnan(float(measure(REFERENCE, np.zeros(5))))
        assert np.isnan(float(chi_squared(REFERENCE, np.zeros(5)).statistic))
