"""Measures of probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from monitoring.measures.calibration import expected_calibration_error, mean_loss
from monitoring.measures.intervals import wilson


class TestMeanLoss:
    """Tests of mean loss."""

    def test_interval(self) -> None:
        """
        The mean of 1 (three times) and 3 (once), whose variance is 1.
        """
        statistic = mean_loss(np.array([3.0, 1.0]), np.array([1.0, 3.0]))

        assert 1.5 == statistic.value
        # Student's t(3) is 3.182; the standard error 0.5, a third of the value.
        assert statistic.upper == pytest.approx(1.5 * np.exp(3.18245 / 3), rel=1e-4)

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
