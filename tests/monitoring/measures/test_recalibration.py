"""The chance of a positive at each score."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from scipy import special
from sklearn.isotonic import IsotonicRegression

from monitoring.measures.recalibration import isotonic_rates, positive_chances
from monitoring.profile.outcomes.binary import POSITIVE, BinaryOutcomes
from monitoring.profile.outcomes.count_binary import binary_layout, binary_outcomes


def outcomes(scores: NDArray[np.float64], chances: NDArray[np.float64]) -> BinaryOutcomes:
    """Return outcomes whose positives come true with *chances*."""
    labels = np.random.default_rng(0).random(len(scores)) < chances
    table = pa.table({"score": pa.array(scores), "label": pa.array(labels)})
    return binary_outcomes(table, binary_layout(table, positive_class=1))


class TestIsotonicRates:
    """Tests of the rising step function."""

    def test_scikit_learn(self) -> None:
        """
        The rates are those of scikit-learn's isotonic regression of the single rows.
        """
        generator = np.random.default_rng(1)
        counts = generator.integers(1, 20, (30, 2))
        bins = np.arange(30).repeat(counts.sum(axis=1))
        labels = np.concatenate([np.repeat([0, 1], row) for row in counts])
        expected = IsotonicRegression().fit(bins, labels).predict(np.arange(30))

        assert isotonic_rates(counts) == pytest.approx(expected)


class TestPositiveChances:
    """Tests of the chances that estimates are made of."""

    def test_miscalibrated(self) -> None:
        """
        Scores that are twice too high are halved.
        """
        scores = np.random.default_rng(2).random(40_000)
        reference = outcomes(scores, scores / 2)
        errors = positive_chances(reference, reference) - reference.mean_scores / 2
        rows = reference.scored_cells.sum(axis=(1, 2))

        assert np.average(np.abs(errors), weights=rows) < 0.02

    def test_always_right(self) -> None:
        """
        The scores of a model that is never wrong are left alone.
        """
        scores = np.random.default_rng(3).integers(0, 2, 300).astype(np.float64)
        reference = outcomes(scores, scores)

        np.testing.assert_array_equal(reference.mean_scores, positive_chances(reference, reference))

    @pytest.mark.parametrize("rows", [3_000, 30_000])
    def test_little_wrong(self, rows: int) -> None:
        """
        A model that is a little too sure of itself is recalibrated also where its rows are few.
        """
        generator = np.random.default_rng(rows)
        log_odds = generator.normal(-0.5, 1.5, rows)
        reference = outcomes(special.expit(1.2 * log_odds), special.expit(log_odds))
        cells = reference.scored_cells.sum(axis=2)
        counts = cells.sum(axis=1)
        sure = (reference.mean_scores > 0.8) & (counts > 0)
        rate = cells[sure, POSITIVE].sum() / counts[sure].sum()

        scores = np.average(reference.mean_scores[sure], weights=counts[sure])
        learnt = np.average(positive_chances(reference, reference)[sure], weights=counts[sure])
        assert abs(learnt - rate) < abs(scores - rate) / 4

    def test_one_class(self) -> None:
        """
        A class that the reference never has, or always has, is expected as often.
        """
        for rate in (0.0, 1.0):
            reference = outcomes(np.full(50, 0.3), np.full(50, rate))

            assert {rate} == set(positive_chances(reference, reference))
