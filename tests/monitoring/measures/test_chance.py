"""Tests of what chance adds to a divergence."""

from __future__ import annotations

import numpy as np
import pytest

from monitoring.measures.chance import Chance, Terms
from monitoring.measures.divergences import (
    hellinger_terms,
    jensen_shannon_terms,
    kl_terms,
    stability_terms,
)


class TestChance:
    """Tests of two samples of counts."""

    def test_full_bins(self) -> None:
        """
        Bins of many rows add their degrees of freedom, one less than there are; empty ones none.
        """
        ours, theirs = np.array([500.0, 300.0, 0.0, 200.0]), np.array([50.0, 30.0, 0.0, 20.0])

        assert 2.0 == Chance.of(ours, theirs).added(stability_terms, unit=0.011)

    @pytest.mark.parametrize(
        ("terms", "curvature"),
        [
            (stability_terms, 1.0),
            (kl_terms, 0.5),
            (jensen_shannon_terms, 1 / (8 * np.log(2))),
            (hellinger_terms, 1 / 8),
        ],
    )
    def test_few_rows(self, terms: Terms, curvature: float) -> None:
        """
        Bins of few rows add what they do on average in 20,000 pairs of samples of one population.
        """
        rates = np.array([0.9, 0.02, 0.01, 0.01, *[0.003] * 20])
        generator = np.random.default_rng(5)
        ours, theirs = (generator.multinomial(rows, rates, size=20_000) for rows in (1000, 400))
        unit = curvature * (1 / 1000 + 1 / 400)
        found = terms(ours / 1000, theirs / 400).sum(axis=1)
        expected = [
            Chance.of(*counts).added(terms, unit=unit)
            for counts in zip(ours[:300].astype(float), theirs[:300].astype(float), strict=True)
        ]

        assert found.mean() == pytest.approx(np.mean(expected) * unit, rel=0.12)

    def test_below_the_floor(self) -> None:
        """
        Bins below the floor add nothing to the stability index, however many rows they hold.
        """
        ours = np.array([1e7, 90.0, 80.0])

        added = Chance.of(ours, ours).added(stability_terms, unit=2e-7)

        assert added == pytest.approx(0.0, abs=0.1)
