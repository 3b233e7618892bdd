"""Tests of the distances between binned samples."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from monitoring.measures.ordered_distances import (
    BinnedSample,
    kolmogorov_smirnov,
    wasserstein_distance,
)
from monitoring.profile.columns import numbers
from monitoring.profile.edges import NumericLayout
from monitoring.profile.numeric import NumericProfile

VALUES = st.lists(st.floats(-100, 100), min_size=1, max_size=50)


def profiled(values: NDArray[np.float64], layout: NumericLayout) -> NumericProfile:
    """Profile *values*."""
    return NumericProfile.of(numbers(pa.array(values), name="x"), layout)


def wasserstein(
    reference: NDArray[np.float64], current: NDArray[np.float64], layout: NumericLayout
) -> float:
    """Return the distance of two samples that are given by their profiles."""
    samples = [profiled(values, layout) for values in (reference, current)]
    return float(
        wasserstein_distance(
            *(BinnedSample(sample.counts, sample.group_sums()) for sample in samples),
            edges=layout.edges - layout.mean,
            groups=layout.groups,
        )
    )


def largest_gap(reference: NDArray[np.float64], current: NDArray[np.float64]) -> float:
    """Return the largest difference of the empirical curves of two sorted samples."""
    values = np.concatenate([reference, current])
    ours = np.searchsorted(reference, values, side="right") / len(reference)
    theirs = np.searchsorted(current, values, side="right") / len(current)
    return float(np.abs(ours - theirs).max())


class TestKolmogorovSmirnov:
    """Tests of the Kolmogorov-Smirnov statistic."""

    @given(VALUES, VALUES)
    @settings(max_examples=60, deadline=None)
    def test_bracket(self, reference: list[float], current: list[float]) -> None:
        """
        The exact statistic lies inside the bracket, whatever the values are.
        """
        layout = NumericLayout.of(np.array(reference))
        ours, theirs = (profiled(np.array(side), layout) for side in (reference, current))

        bracket = kolmogorov_smirnov(ours.counts, theirs.counts, atoms=layout.atoms)

        exact = largest_gap(np.sort(reference), np.sort(current))
        assert float(bracket.lower) - 1e-12 <= exact <= float(bracket.upper) + 1e-12

    @pytest.mark.parametrize("law", ["normal", "lognormal", "standard_cauchy"])
    @pytest.mark.parametrize("rows", [500, 5000, 50_000])
    def test_error(self, law: str, rows: int) -> None:
        """
        On continuous columns the statistic is within 1e-3 of the exact one.
        """
        draw = getattr(np.random.default_rng(rows), law)
        reference, current = draw(size=50_000), 1.05 * draw(size=rows) + 0.03
        layout = NumericLayout.of(reference)
        ours, theirs = (profiled(side, layout) for side in (reference, current))

        exact = stats.ks_2samp(reference, current, method="asymp").statistic

        bracket = kolmogorov_smirnov(ours.counts, theirs.counts)
        assert exact == pytest.approx(float(bracket.lower), abs=1e-3)

    def test_apart(self) -> None:
        """
        Samples with nothing in common are 1 apart, and not a hair more.
        """
        generator = np.random.default_rng(0)
        for bins in range(3, 60):
            ours, theirs = generator.integers(1, 1000, (2, bins))
            counts = np.append(ours, 0 * theirs), np.append(0 * ours, theirs)

            assert 1.0 >= kolmogorov_smirnov(*counts).lower

    def test_discrete_is_exact(self) -> None:
        """
        With one bin for each value the bracket closes.
        """
        generator = np.random.default_rng(2)
        reference, current = generator.poisson(3.0, 900), generator.poisson(3.3, 400)
        layout = NumericLayout.of(reference.astype(float))
        ours, theirs = (profiled(side.astype(float), layout) for side in (reference, current))

        bracket = kolmogorov_smirnov(ours.counts, theirs.counts, atoms=layout.atoms)

        exact = stats.ks_2samp(reference, current, method="asymp").statistic
        assert exact == pytest.approx(float(bracket.lower), abs=1e-12)


class TestWassersteinDistance:
    """Tests of the Wasserstein distance."""

    @pytest.mark.parametrize("law", ["normal", "lognormal", "exponential"])
    @pytest.mark.parametrize("shift", [0.02, 0.5])
    def test_error(self, law: str, shift: float) -> None:
        """
        On continuous columns the distance is within 1 % of the exact one.
        """
        draw = getattr(np.random.default_rng(3), law)
        reference, current = draw(size=40_000), draw(size=20_000) + shift

        found = wasserstein(reference, current, NumericLayout.of(reference))

        assert stats.wasserstein_distance(reference, current) == pytest.approx(found, rel=0.01)

    def test_few_values(self) -> None:
        """
        With one bin for each value it is exact, far from zero too.
        """
        generator = np.random.default_rng(4)
        reference = 1e9 + generator.poisson(3.0, 900).astype(float)
        current = 1e9 + generator.poisson(3.5, 700).astype(float)

        found = wasserstein(reference, current, NumericLayout.of(reference))

        assert stats.wasserstein_distance(reference, current) == pytest.approx(found, rel=1e-9)

    def test_beyond_the_reference(self) -> None:
        """
        Values far outside the reference's range count with their true distance.
        """
        reference = np.random.default_rng(5).normal(size=5000)

        found = wasserstein(reference, reference + 1000.0, NumericLayout.of(reference))

        assert 1000.0 == pytest.approx(found, rel=1e-12)

    def test_broadcast(self) -> None:
        """
        A stack of current samples gives one number each.
        """
        reference = np.random.default_rng(6).normal(size=2000)
        layout = NumericLayout.of(reference)
        samples = [profiled(reference + shift, layout) for shift in (0.0, 0.1, 1.0)]
        stack = BinnedSample(
            np.stack([sample.counts for sample in samples]),
            np.stack([sample.group_sums() for sample in samples]),
        )

        found = wasserstein_distance(
            BinnedSample(samples[0].counts, samples[0].group_sums()),
            stack,
            edges=layout.edges - layout.mean,
            groups=layout.groups,
        )

        np.testing.assert_allclose([0.0, 0.1, 1.0], found, rtol=0.01, atol=1e-12)
