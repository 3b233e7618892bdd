"""Measures of order, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics

from monitoring.measures.ranking import (
    average_precision,
    average_precision_influence,
    roc_auc,
    roc_auc_bound,
    roc_auc_influence,
)

COUNTS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=30).filter(
    lambda rows: all(sum(column) for column in zip(*rows, strict=True))
)


def rows_of(counts: list[tuple[int, int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return labels and scores of single rows that are counted in *counts*."""
    flat = np.array(counts).ravel()
    return np.repeat(np.tile([0, 1], len(counts)), flat), np.repeat(
        np.arange(len(counts)).repeat(2), flat
    )


def binned(
    rows: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Return scores, labels, and counts by fifty equal bins (columns negatives, positives)."""
    generator = np.random.default_rng(seed)
    scores = generator.beta(2, 5, rows)
    labels = (generator.random(rows) < scores).astype(np.int64)
    counts = np.bincount((scores * 50).astype(int) * 2 + labels, minlength=100).reshape(50, 2)
    return scores, labels, counts


class TestRocAuc:
    """Tests of roc auc."""

    @given(counts=COUNTS)
    def test_ties(self, counts: list[tuple[int, int]]) -> None:
        """
        On atoms the AUC is exact, ties included.
        """
        labels, scores = rows_of(counts)
        negatives, positives = np.array(counts).T

        assert roc_auc(positives, negatives).value == pytest.approx(
            metrics.roc_auc_score(labels, scores), abs=1e-12
        )

    @pytest.mark.parametrize("seed", range(5))
    def test_bound(self, seed: int) -> None:
        """
        In bins the AUC is within its bound of the exact one.
        """
        scores, labels, counts = binned(2_000, seed)
        negatives, positives = counts.T
        bound = roc_auc_bound(positives, negatives, np.zeros(50, dtype=np.bool_))
        value = roc_auc(positives, negatives).value

        assert value is not None
        assert 0 < abs(value - metrics.roc_auc_score(labels, scores)) < bound

    def test_bound_of_atoms(self) -> None:
        """
        Where all rows of a bin are true ties nothing is unknown.
        """
        assert 0 == roc_auc_bound(np.array([1]), np.array([1]), np.array([True]))

    @pytest.mark.parametrize("counts", [([3, 2], [0, 0]), ([0, 0], [3, 2]), ([0], [0])])
    def test_one_class(self, counts: tuple[list[int], list[int]]) -> None:
        """
        With one class there are no pairs to compare.
        """
        positives, negatives = (np.array(each) for each in counts)
        statistic = roc_auc(positives, negatives)

        assert (None, "one class only") == (statistic.value, statistic.reason)

    def test_interval(self) -> None:
        """
        The variance is DeLong's: that of the placements of either class.
        """
        scores, labels, _ = binned(300, 7)
        positive, negative = scores[labels == 1], scores[labels == 0]
        wins = positive[:, None] > negative[None, :]
        variance = wins.mean(axis=1).var(ddof=1) / len(positive)
        variance += wins.mean(axis=0).var(ddof=1) / len(negative)
        order = np.argsort(scores)
        statistic = roc_auc(labels[order], 1 - labels[order])

        assert statistic.lower is not None
        assert statistic.upper is not None
        # The delta method on log-odds gives the same half width, to first order.
        assert statistic.upper - statistic.lower == pytest.approx(
            2 * 1.97 * np.sqrt(variance), rel=0.03
        )


class TestAveragePrecision:
    """Tests of average precision."""

    @given(counts=COUNTS)
    def test_ties(self, counts: list[tuple[int, int]]) -> None:
        """
        On atoms the average precision is exact, ties included.
        """
        labels, scores = rows_of(counts)
        negatives, positives = np.array(counts).T
        atoms = np.ones(len(counts), dtype=np.bool_)

        assert average_precision(positives, negatives, atoms).value == pytest.approx(
            metrics.average_precision_score(labels, scores), abs=1e-12
        )

    @pytest.mark.parametrize("seed", range(5))
    def test_bins(self, seed: int) -> None:
        """
        In bins the rows count as evenly mixed, which is within 1e-3.
        """
        scores, labels, counts = binned(20_000, seed)
        value = average_precision(counts[:, 1], counts[:, 0], np.zeros(50, dtype=np.bool_)).value

        assert value == pytest.approx(metrics.average_precision_score(labels, scores), abs=1e-3)

    def test_no_positive(self) -> None:
        """
        Without a positive there is nothing to find.
        """
        atoms = np.array([True])

        assert "no positive label" == average_precision(np.array([0]), np.array([3]), atoms).reason

    def test_all_positive(self) -> None:
        """
        Among positives only, every precision is one.
        """
        assert 1.0 == average_precision(np.array([3]), np.array([0]), np.array([True])).value


class TestInfluence:
    """Tests of influence."""

    def test_derivative(self) -> None:
        """
        The influence is the derivative of the measure by the counts.
        """
        _, _, integers = binned(2_000, 3)
        counts = integers.astype(np.float64)
        atoms = np.ones(50, dtype=np.bool_)
        small = 1e-4
        for row, column in ((10, 0), (10, 1), (20, 0), (20, 1)):
            more = counts.copy()
            more[row, column] += small
            area = roc_auc_influence(more[:, 1], more[:, 0])[0]
            area -= roc_auc_influence(counts[:, 1], counts[:, 0])[0]
            mean = average_precision(more[:, 1], more[:, 0], atoms).value or 0.0
            mean -= average_precision(counts[:, 1], counts[:, 0], atoms).value or 0.0

            assert area / small == pytest.approx(
                roc_auc_influence(counts[:, 1], counts[:, 0])[1][row, column], rel=1e-3
            )
            assert mean / small == pytest.approx(
                average_precision_influence(counts[:, 1], counts[:, 0])[row, column], rel=1e-3
            )
