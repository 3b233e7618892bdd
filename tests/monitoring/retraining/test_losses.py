"""Tests of losses, of calibration and of who is right more often, against other libraries."""

from __future__ import annotations

import numpy as np
import pytest

from monitoring.retraining.losses import expected_calibration_error, log_losses, mcnemar_p_value


class TestLogLosses:
    """Tests of the loss of each answer."""

    def test_certain_and_wrong(self) -> None:
        """A probability of 0 has the loss of 1e-15, and one of 1 has none."""
        assert [-np.log(1e-15), np.log(2), 0.0] == pytest.approx(log_losses(np.array([0, 0.5, 1])))


class TestExpectedCalibrationError:
    """Tests of how well scores are meant."""

    def test_by_hand(self) -> None:
        """
        Four rows in two bins: |0.05 + 0.05 - 1|/4 + |0.95 + 0.85 - 2|/4 where each bin has two.
        """
        scores = np.array([0.05, 0.05, 0.95, 0.91])
        right = np.array([True, False, True, True])

        assert (0.9 + 0.14) / 4 == pytest.approx(expected_calibration_error(scores, right))

    def test_one(self) -> None:
        """A score of exactly 1 is in the last bin."""
        ones = np.ones(3)

        assert 0.0 == expected_calibration_error(ones, ones.astype(bool))


class TestMcNemar:
    """Tests of the exact test of McNemar."""

    def test_textbook(self) -> None:
        """
        With 3 and 12 rows on which one alone is right, p is 2 · P(X <= 3) for X of Bin(15, 1/2).

        2 · (1 + 15 + 105 + 455) / 2**15 = 0.03515625.
        """
        champion = np.array([True] * 3 + [False] * 12 + [True] * 50)
        challenger = np.array([False] * 3 + [True] * 12 + [True] * 50)

        assert mcnemar_p_value(champion, challenger) == pytest.approx(0.03515625)

    def test_same(self) -> None:
        """Models that are right on the same rows do not differ."""
        right = np.array([True, False])

        assert 1.0 == mcnemar_p_value(right, right)
