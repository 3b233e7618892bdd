"""Tests of labelled rows as a version would have answered them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from monitoring.spec.parse import read_monitor
from resources.trainers.answers import Answers
from resources.training_rows import TrainingRows
from resources.version_rows import version_rows
from resources.warehouse.query import PREDICTED_AT

HEAD = """
model: churn
start: 2026-01-01
reference: {table: r, label: churned}
actuals: {table: a, id: id, label: label}
segments: [plan]
predictions: {table: p, id: id, timestamp: at, version: version, """

TABLE = {
    "id": ["a", "b", "c"],
    "amount": [1.0, 2.0, 3.0],
    "__segment__plan": ["pro", "basic", "pro"],
    PREDICTED_AT: pa.array([0, 1, 2], pa.timestamp("us", "UTC")),
}


def rows_of(monitor: str, **columns: object) -> TrainingRows:
    """Return rows with what the deployed model answered."""
    spec = read_monitor(HEAD + monitor, source="churn.yaml").spec

    return TrainingRows(spec, Answers.of(spec), pa.table(TABLE | columns))


class TestVersionRows:
    """The columns of the tables, with the answers of another version."""

    @pytest.mark.parametrize(
        ("said", "expected"),
        [
            # From 0.4 on the deployed model says yes, and so does the version.
            (["yes", "no", "no"], ["yes", "yes", "no"]),
            # What it says does not follow from its scores, so one half decides.
            (["no", "yes", "no"], ["yes", "no", "no"]),
        ],
    )
    def test_binary(self, said: list[str], expected: list[str]) -> None:
        """The label of the deployed decision is spelled as in the table of predictions."""
        rows = rows_of(
            "prediction: said, score: score}\ntask: binary_classification\npositive_class: 'yes'\n",
            score=[0.4, 0.3, 0.2],
            prediction=said,
            label=["yes", "no", "yes"],
        )
        found = version_rows(rows, np.array([0.9, 0.4, 0.1]), version="v2", kept=["id", "amount"])

        assert {"plan", "id", "amount", "at", "version", "score", "said", "churned"} == set(
            found.column_names
        )
        assert [0.9, 0.4, 0.1] == found["score"].to_pylist()
        assert expected == found["said"].to_pylist()
        assert ["v2"] * 3 == found["version"].to_pylist()
        assert ["pro", "basic", "pro"] == found["plan"].to_pylist()
        assert ["yes", "no", "yes"] == found["churned"].to_pylist()

    def test_multiclass(self) -> None:
        """Of several classes the likeliest is predicted, and each has its score."""
        rows = rows_of(
            "prediction: said, score: {1: p_one, 2: p_two}}\ntask: multiclass_classification\n",
            **{"score:1": [0.5, 0.5, 0.5], "score:2": [0.5, 0.5, 0.5]},
            prediction=[1, 1, 2],
            label=["1", "2", "1"],
        )
        answers = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
        found = version_rows(rows, answers, version="v2", kept=["id"])

        assert [2, 1, 2] == found["said"].to_pylist()
        assert [0.9, 0.2, 0.7] == found["p_two"].to_pylist()

    def test_regression(self) -> None:
        """The predicted values are those of the version."""
        rows = rows_of(
            "prediction: said}\ntask: regression\n", prediction=[1.0, 2, 3], label=[1.0, 2, 4]
        )
        found = version_rows(rows, np.array([5.0, 6, 7]), version="v2", kept=["id"])

        assert [5.0, 6.0, 7.0] == found["said"].to_pylist()
