"""Measures of decisions, against scikit-learn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from monitoring.measures.classification import (
    Confusion,
    accuracy,
    f1,
    mcc,
    precision,
    recall,
    specificity,
)
from monitoring.measures.intervals import Statistic

MEASURES = [accuracy, precision, recall, specificity, f1, mcc]


class TestMeasures:
    """Tests of measures."""

    @given(counts=st.tuples(*[st.integers(1, 60)] * 4))
    def test_scikit_learn(self, counts: tuple[int, int, int, int]) -> None:
        """
        Every measure equals scikit-learn's of the same name.
        """
        labels = np.repeat([1, 0, 1, 0], counts)
        predictions = np.repeat([1, 1, 0, 0], counts)
        confusion = Confusion(*counts)

        assert [measure(confusion).value for measure in MEASURES] == pytest.approx(
            [
                metrics.accuracy_score(labels, predictions),
                metrics.precision_score(labels, predictions),
                metrics.recall_score(labels, predictions),
                metrics.recall_score(labels, predictions, pos_label=0),
                metrics.f1_score(labels, predictions),
                metrics.matthews_corrcoef(labels, predictions),
            ],
            rel=1e-12,
            abs=1e-12,
        )

    @pytest.mark.parametrize(
        ("measure", "counts", "reason"),
        [
            pytest.param(accuracy, (0, 0, 0, 0), "no labelled predictions", id="no rows"),
            pytest.param(precision, (0, 0, 5, 5), "no positive prediction", id="precision"),
            pytest.param(recall, (0, 5, 0, 5), "no positive label", id="recall"),
            pytest.param(specificity, (5, 0, 5, 0), "no negative label", id="specificity"),
            pytest.param(f1, (0, 0, 0, 9), "no positive label or prediction", id="f1"),
            pytest.param(mcc, (5, 5, 0, 0), "one class only", id="one prediction"),
            pytest.param(mcc, (5, 0, 5, 0), "one class only", id="one label"),
        ],
    )
    def test_undefined(
        self,
        measure: Callable[[Confusion], Statistic],
        counts: tuple[int, int, int, int],
        reason: str,
    ) -> None:
        """
        What would divide by zero has no value, and says why.
        """
        assert Statistic(None, reason=reason) == measure(Confusion(*counts))

    def test_never_right(self) -> None:
        """
        F1 is 0, not undefined, when positives exist and none was found.
        """
        assert 0.0 == f1(Confusion(0, 3, 4, 5)).value

    @given(counts=st.tuples(*[st.just(0.0) | st.floats(1e-9, 1e6)] * 4))
    def test_order(self, counts: tuple[float, float, float, float]) -> None:
        """
        Where there are bounds, they enclose the value, also for expected counts.
        """
        for measure in MEASURES:
            statistic = measure(Confusion(*counts))
            if statistic.value is None or statistic.lower is None or statistic.upper is None:
                continue
            assert statistic.lower <= statistic.value <= statistic.upper

    def test_perfect_correlation(self) -> None:
        """
        A perfect correlation among few rows keeps a lower bound below one.
        """
        statistic = mcc(Confusion(5, 0, 0, 5))

        assert 1.0 == statistic.value
        assert statistic.lower == pytest.approx(2 * 0.5655 - 1, abs=1e-4)
