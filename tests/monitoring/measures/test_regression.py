"""Measures of a regression's errors, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from monitoring.measures.intervals import finite
from monitoring.measures.regression import regression_statistics
from monitoring.profile.outcomes.regression import (
    RegressionOutcomes,
    regression_layout,
    regression_outcomes,
)


def outcomes(predictions: list[float], labels: list[float]) -> RegressionOutcomes:
    """Return the outcomes of rows that are their own reference."""
    table = pa.table({"prediction": predictions, "label": labels})
    return regression_outcomes(table, regression_layout(table))


class TestRegressionStatistics:
    """Tests of regression statistics."""

    @given(
        pairs=st.lists(
            st.tuples(st.floats(0.1, 1e4), st.floats(0.1, 1e4)), min_size=3, max_size=40
        ).filter(lambda pairs: np.std([label for _, label in pairs]) > 1e-3)
    )
    def test_scikit_learn(self, pairs: list[tuple[float, float]]) -> None:
        """
        Every measure equals scikit-learn's of the same meaning.
        """
        predictions, labels = (list(each) for each in zip(*pairs, strict=True))
        statistics = regression_statistics(outcomes(predictions, labels))
        expected = {
            "mae": metrics.mean_absolute_error(labels, predictions),
            "mse": metrics.mean_squared_error(labels, predictions),
            "rmse": metrics.root_mean_squared_error(labels, predictions),
            "mape": metrics.mean_absolute_percentage_error(labels, predictions),
            "rmsle": metrics.root_mean_squared_log_error(labels, predictions),
            "r2": metrics.r2_score(labels, predictions),
            "bias": np.mean(predictions) - np.mean(labels),
        }

        assert {name: each.value for name, each in statistics.items()} == pytest.approx(
            expected, rel=1e-9, abs=1e-9
        )

    @pytest.mark.parametrize(
        ("metric", "predictions", "labels", "reason"),
        [
            pytest.param("mae", [], [], "no labelled predictions", id="no rows"),
            pytest.param("mape", [1.0, 2.0], [0.0, 2.0], "a label is zero", id="zero label"),
            pytest.param(
                "rmsle", [1.0], [-1.0], "a label or prediction is -1 or less", id="negative"
            ),
            pytest.param("r2", [1.0, 2.0], [7.1, 7.1], "all labels are equal", id="constant"),
            pytest.param("r2", [1.0], [7.1], "all labels are equal", id="one row"),
        ],
    )
    def test_undefined(
        self, metric: str, predictions: list[float], labels: list[float], reason: str
    ) -> None:
        """
        What does not exist has no value, and says why; the other measures do exist.
        """
        statistic = regression_statistics(outcomes(predictions, labels))[metric]

        assert (None, reason) == (statistic.value, statistic.reason)

    def test_perfect(self) -> None:
        """
        Without an error the losses are 0 and r2 is 1.
        """
        statistics = regression_statistics(outcomes([1.0, 2.0], [1.0, 2.0]))

        assert (0.0, 0.0, 1.0) == tuple(statistics[name].value for name in ("mae", "rmse", "r2"))

    @pytest.mark.parametrize("size", [1e-160, 1e-100, 1e60, 1e100, 1e150, 1e200, 1e300])
    def test_any_size(self, size: float) -> None:
        """
        Errors of any size have measures or a reason, and no power of them raises an error.
        """
        values = np.random.default_rng(3).normal(size=(2, 50)) * size
        table = pa.table({"prediction": values[0], "label": values[1]})
        layout = regression_layout(table)
        halves = [regression_outcomes(part, layout) for part in (table[:25], table[25:])]

        for each in regression_statistics(halves[0] + halves[1]).values():
            safe = finite(each)
            assert (safe.value is None) == (safe.reason is not None)

    def test_overflow(self) -> None:
        """
        An error whose square is no number leaves the mean absolute error as it is.
        """
        statistics = regression_statistics(outcomes([1e200, 1.0], [1.0, 1.0]))

        assert 5e199 == finite(statistics["mae"]).value
        assert "too large for a number" == finite(statistics["mse"]).reason
