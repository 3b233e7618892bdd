"""Tests of the intervals of the drift measures: they cover the truth as often as they say."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from scipy import stats

from monitoring.measures import divergences
from monitoring.measures.drift import drift_measures
from monitoring.measures.drift_intervals import (
    Samples,
    hellinger_interval,
    jensen_shannon_interval,
    kl_interval,
    l_infinity_interval,
    psi_interval,
)
from monitoring.profile.layout import TableLayout
from monitoring.profile.table import TableProfile
from monitoring.spec.model import FeatureType

MEASURES = {
    "psi": (divergences.population_stability_index, psi_interval),
    "kl": (divergences.kl_divergence, kl_interval),
    "js": (divergences.jensen_shannon_distance, jensen_shannon_interval),
    "hellinger": (divergences.hellinger_distance, hellinger_interval),
    "l_infinity": (divergences.l_infinity, l_infinity_interval),
}
SIMULATIONS = 2000
REFERENCE_ROWS = 5000
REFERENCE = np.full(10, 0.1)
TILTED = np.linspace(0.09, 0.11, 10)
SHIFTED = np.linspace(0.05, 0.15, 10)


def coverage(truth: NDArray[np.float64], rows: int) -> dict[str, float]:
    """Return how often each interval holds the distance between the two populations."""
    generator = np.random.default_rng(rows)
    ours = generator.multinomial(REFERENCE_ROWS, REFERENCE, size=SIMULATIONS)
    theirs = generator.multinomial(rows, truth, size=SIMULATIONS)
    exact = {name: float(measure(REFERENCE, truth)) for name, (measure, _) in MEASURES.items()}
    measured = {name: measure(ours, theirs) for name, (measure, _) in MEASURES.items()}
    held: Counter[str] = Counter()
    for place in range(SIMULATIONS):
        samples = Samples.of(ours[place], theirs[place])
        for name, (_, interval) in MEASURES.items():
            lower, upper = interval(float(measured[name][place]), samples)
            held[name] += lower <= exact[name] + 1e-12 and exact[name] <= upper + 1e-12

    return {name: held[name] / SIMULATIONS for name in MEASURES}


class TestCoverage:
    """Tests of the share of simulations whose interval holds the truth."""

    @pytest.mark.parametrize("rows", [200, 2000, 20_000])
    @pytest.mark.parametrize("truth", [REFERENCE, TILTED, SHIFTED], ids=["none", "some", "much"])
    def test_share(self, truth: NDArray[np.float64], rows: int) -> None:
        """
        Of 95 % intervals 93 to 97 % hold the truth; those of L-infinity are conservative.
        """
        found = coverage(truth, rows)

        assert all(share >= 0.93 for share in found.values()), found
        assert all(share <= 0.975 for name, share in found.items() if name != "l_infinity"), found

    @pytest.mark.parametrize("rows", [200, 2000])
    @pytest.mark.parametrize("shift", [0.0, 0.1, 0.5])
    def test_ordered_distances(self, shift: float, rows: int) -> None:
        """
        Kolmogorov-Smirnov's interval is conservative, Wasserstein's near its level.
        """
        generator = np.random.default_rng(rows)
        exact = {
            "ks_statistic": 2 * stats.norm.cdf(shift / 2) - 1,
            "wasserstein_distance": shift,
        }
        reference = pa.table({"x": pa.array(generator.normal(size=20_000))})
        layout = TableLayout.of(reference, {"x": FeatureType.NUMERIC})
        held: Counter[str] = Counter()
        for _ in range(300):
            ours, theirs = (
                TableProfile.of(pa.table({"x": pa.array(values)}), layout)
                for values in (generator.normal(size=5000), generator.normal(shift, size=rows))
            )
            for measure in drift_measures(ours, theirs):
                if measure.metric in exact:
                    assert measure.lower is not None
                    assert measure.upper is not None
                    held[measure.metric] += measure.lower <= exact[measure.metric] <= measure.upper

        assert held["ks_statistic"] / 300 >= 0.93
        assert 0.91 <= held["wasserstein_distance"] / 300
