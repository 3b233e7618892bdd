"""Measures of more than two classes, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from sklearn import metrics

from monitoring.measures.intervals import Statistic, undefined
from monitoring.measures.multiclass import (
    macro_mean,
    multiclass_decision_statistics,
    multiclass_mcc,
)
from monitoring.measures.performance import performance_measures
from monitoring.profile.outcomes.count_multiclass import multiclass_layout, multiclass_outcomes
from monitoring.results import ALL

SCORE_METRICS = [
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier_score",
    "expected_calibration_error",
]


def sample(rows: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.int64], pa.Table]:
    """Return the scores and labels of three classes, and the table of both."""
    generator = np.random.default_rng(seed)
    weights = np.exp(generator.normal(size=(rows, 3)))
    scores = weights / weights.sum(axis=1, keepdims=True)
    labels = (scores.cumsum(axis=1) < generator.random((rows, 1))).sum(axis=1)
    columns = {f"score:{name}": pa.array(scores[:, at]) for at, name in enumerate("abc")}
    return scores, labels, pa.table(columns | {"label": pa.array(np.array(list("abc"))[labels])})


class TestMulticlassMeasures:
    """Tests of the measures over all classes."""

    @pytest.mark.parametrize("rows", [300, 20_000])
    def test_scikit_learn(self, rows: int) -> None:
        """
        Every macro measure equals scikit-learn's; of many rows, AUC and AP within their bounds.
        """
        scores, labels, table = sample(rows, 1)
        predictions = scores.argmax(axis=1)
        layout = multiclass_layout(sample(5_000, 0)[2])
        found = {
            measure.metric: measure.value
            for measure in performance_measures(multiclass_outcomes(table, layout))
            if measure.column == ALL
        }
        one_hot = np.eye(3)[labels]
        macro = {"average": "macro"}

        assert found["roc_auc"] == pytest.approx(
            metrics.roc_auc_score(labels, scores, multi_class="ovr"), abs=1e-5
        )
        assert found["average_precision"] == pytest.approx(
            metrics.average_precision_score(one_hot, scores), abs=1e-4
        )
        assert {name: found[name] for name in ("accuracy", "precision", "recall", "f1")} | {
            name: found[name] for name in ("mcc", "log_loss", "brier_score")
        } == pytest.approx(
            {
                "accuracy": metrics.accuracy_score(labels, predictions),
                "precision": metrics.precision_score(labels, predictions, **macro),
                "recall": metrics.recall_score(labels, predictions, **macro),
                "f1": metrics.f1_score(labels, predictions, **macro),
                "mcc": metrics.matthews_corrcoef(labels, predictions),
                "log_loss": metrics.log_loss(labels, scores),
                "brier_score": ((scores - one_hot) ** 2).sum(axis=1).mean(),
            },
            rel=1e-9,
        )

    def test_columns(self) -> None:
        """
        Each class has a column of its own, beside that of the whole model.
        """
        _, _, table = sample(100, 2)
        outcomes = multiclass_outcomes(table, multiclass_layout(table))
        columns = [measure.column for measure in performance_measures(outcomes)]

        assert {ALL, "a", "b", "c"} == set(columns)

    def test_lost_scores(self) -> None:
        """
        Without the scores of a class no measure of all classes' scores is a number.
        """
        _, _, table = sample(500, 2)
        outcomes = multiclass_outcomes(table.drop_columns("score:b"), multiclass_layout(table))
        measures = {(each.column, each.metric): each for each in performance_measures(outcomes)}

        for metric in SCORE_METRICS:
            assert "no scores of class 'b'" == measures[ALL, metric].reason
            assert measures["a", metric].value is not None

    def test_rows_of_new_classes(self) -> None:
        """
        A label that the reference never had was given no probability: no row of the log loss.
        """
        _, _, table = sample(500, 2)
        labels = pa.array(["d"] * 100 + table["label"].to_pylist()[100:])
        new = table.set_column(3, "label", labels)
        outcomes = multiclass_outcomes(new, multiclass_layout(table))
        rows = {
            each.metric: each.rows for each in performance_measures(outcomes) if each.column == ALL
        }

        assert (400, 500) == (rows["log_loss"], rows["brier_score"])

    def test_class_without_scores_or_labels(self) -> None:
        """
        A class that is but predicted takes no measure away.
        """
        _, _, table = sample(500, 2)
        table = table.append_column("prediction", pa.array(["a", "d"] * 250))
        outcomes = multiclass_outcomes(table, multiclass_layout(table))
        measures = {(each.column, each.metric): each for each in performance_measures(outcomes)}

        assert all(measures[ALL, metric].value is not None for metric in SCORE_METRICS)

    def test_class_never_predicted(self) -> None:
        """
        A class without a precision is left out of the mean, as with zero_division=nan.
        """
        labels, predictions = [0, 0, 1, 2, 2], [0, 1, 1, 1, 0]
        confusion = metrics.confusion_matrix(labels, predictions).astype(np.float64)
        statistics = multiclass_decision_statistics(confusion, classes=3)

        assert statistics["precision"].value == pytest.approx(
            metrics.precision_score(labels, predictions, average="macro", zero_division=np.nan)
        )
        assert statistics["recall"].value == pytest.approx(
            metrics.recall_score(labels, predictions, average="macro", zero_division=np.nan)
        )

    def test_new_class(self) -> None:
        """
        A label of no known class makes the accuracy worse; it has no share in macro means.
        """
        confusion = np.array([[3.0, 0.0, 0.0], [0.0, 3.0, 0.0], [2.0, 0.0, 0.0]])
        statistics = multiclass_decision_statistics(confusion, classes=2)

        assert statistics["accuracy"].value == pytest.approx(6 / 8)
        assert statistics["recall"].value == pytest.approx(1.0)
        assert statistics["precision"].value == pytest.approx((3 / 5 + 1) / 2)

    def test_slopes(self) -> None:
        """
        The variances are those of a bootstrap of the rows.
        """
        generator = np.random.default_rng(3)
        confusion = np.array([[60.0, 20.0, 5.0], [10.0, 90.0, 15.0], [9.0, 8.0, 83.0]])
        rows = int(confusion.sum())
        draws = generator.multinomial(rows, confusion.ravel() / rows, size=3_000)
        values: dict[str, list[float]] = {}
        for draw in draws:
            drawn = multiclass_decision_statistics(draw.reshape(3, 3).astype(float), classes=3)
            for name, each in drawn.items():
                values.setdefault(name, []).append(each.value or 0.0)

        for name, each in multiclass_decision_statistics(confusion, classes=3).items():
            assert each.lower is not None
            assert each.upper is not None
            assert (each.upper - each.lower) / 3.92 == pytest.approx(np.std(values[name]), rel=0.05)


class TestMulticlassMcc:
    """Tests of the correlation for any number of classes."""

    @pytest.mark.parametrize("confusion", [[[3.0, 0.0], [2.0, 0.0]], [[0.0, 0.0], [2.0, 3.0]]])
    def test_one_class(self, confusion: list[list[float]]) -> None:
        """
        Without variation of labels or predictions there is no correlation.
        """
        assert "one class only" == multiclass_mcc(np.array(confusion), classes=2).reason

    def test_perfect(self) -> None:
        """
        Without a mistake it is 1.
        """
        assert multiclass_mcc(np.eye(3) * 5, classes=3).value == pytest.approx(1.0)

    def test_unseen_class(self) -> None:
        """
        No prediction of a class that the reference has not is right.
        """
        found = multiclass_mcc(np.diag([5.0, 5.0, 10.0]), classes=2)

        assert found.value is not None
        assert found.value < 0.5


class TestMacroMean:
    """Tests of the mean over classes."""

    def test_defined(self) -> None:
        """
        Undefined classes are left out.
        """
        statistics = [Statistic(0.2, 0.1, 0.3), undefined("no labels"), Statistic(0.4, 0.3, 0.5)]
        mean = macro_mean(statistics)

        assert (mean.value, mean.lower, mean.upper) == pytest.approx((0.3, 0.2, 0.4))

    def test_nothing(self) -> None:
        """
        Without any class the mean is undefined.
        """
        assert "undefined for every class" == macro_mean([undefined("no labels")]).reason
