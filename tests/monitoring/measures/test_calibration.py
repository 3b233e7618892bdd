"""Measures of probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from monitoring.measures.calibration import expected_calibration_error, mean_loss
from monitoring.measures.intervals import wilson


class TestMeanLoss:
    """Tests of mean loss."""

    def test_interval(self) -> None:
        """
        The mean of 1 and 3, each of them twice, whose variance is 4 / 3.
        """
        statistic = mean_loss(np.array([2.0, 2.0]), np.array([1.0, 3.0]))

        assert 2.0 == statistic.value
        # Student's t(3) is 3.182; the variance of the mean 1 / 3.
        assert statistic.upper == pytest.approx(2.0 * np.exp(3.18245 / 3**0.5 / 2), rel=1e-4)

    def test_good_model(self) -> None:
        """
        The interval holds the log loss of a model with an AUC of 0.998, of which few rows tell.
        """
        generator = np.random.default_rng(3)

        def losses(rows: int) -> NDArray[np.float64]:
            """Return the losses of scores that are the true chances."""
            positive = generator.random(rows) < 0.5
            logits = 4 * generator.normal(4.0 * positive) - 8
            return np.asarray(np.logaddexp(0, np.where(positive, -logits, logits)))

        truth, ones = float(losses(4_000_000).mean()), np.ones(200)
        found = [mean_loss(ones, losses(200)) for _ in range(2_000)]
        held = [
            each.lower <= truth <= each.upper
            for each in found
            if each.lower is not None and each.upper is not None
        ]

        assert 2_000 == len(held)
        assert 0.93 <= np.mean(held) <= 0.97

    def test_range(self) -> None:
        """
        No interval reaches beyond what a row can lose.
        """
        statistic = mean_loss(np.ones(3), np.array([0.0, 0.1, 1.0]), highest=1.0)

        assert 1.0 == statistic.upper

    def test_empty(self) -> None:
        """
        No rows have no mean.
        """
        assert "no labelled scores" == mean_loss(np.zeros(2), np.ones(2)).reason


class TestExpectedCalibrationError:
    """Tests of expected calibration error."""

    def test_hand_calculation(self) -> None:
        """
        Gaps of 0.1 in 30 rows and 0.3 in 10 rows are 0.15 on average.
        """
        table = np.array([[30.0, 6.0, 9.0], [0.0, 0.0, 0.0], [10.0, 9.0, 6.0]])

        assert expected_calibration_error(table).value == pytest.approx(0.15)

    def test_calibrated(self) -> None:
        """
        The interval of a calibrated model reaches down to zero, where the value never is.
        """
        generator = np.random.default_rng(0)
        rows = np.full(10, 1_000.0)
        scores = rows * (np.arange(10) + 0.5) / 10
        positives = generator.binomial(1_000, scores / rows).astype(np.float64)
        statistic = expected_calibration_error(np.stack([rows, scores, positives], axis=1))

        assert statistic.value is not None
        assert statistic.value > 0.0
        assert 0.0 == statistic.lower

    def test_miscalibrated(self) -> None:
        """
        With gaps far above the noise the interval is that of a rate (Wilson's).
        """
        table = np.array([[10_000.0, 5_000.0, 2_000.0]])
        statistic = expected_calibration_error(table)
        lowest, highest = wilson(0.2, 10_000)

        assert statistic.value == pytest.approx(0.3)
        assert statistic.lower == pytest.approx(0.5 - highest, abs=1e-5)
        assert statistic.upper == pytest.approx(0.5 - lowest, abs=5e-5)

    def test_certain_scores(self) -> None:
        """
        Scores of 0 and 1 that are always right leave no gap.
        """
        table = np.array([[50.0, 0.0, 0.0], [50.0, 50.0, 50.0]])

        assert 0.0 == expected_calibration_error(table).value

    def test_empty(self) -> None:
        """
        No rows have no calibration.
        """
        assert "no labelled scores" == expected_calibration_error(np.zeros((10, 3))).reason
