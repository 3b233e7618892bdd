"""Realised performance, against scikit-learn's values of real and synthetic models."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from monitoring.measures.performance import performance_measures
from monitoring.profile.outcomes.outcomes import Outcomes, outcome_layout, outcomes_of
from monitoring.results import Measure
from monitoring.spec.model import Task

COPIES = Path(__file__).parents[2] / "data" / "oracles"
ORACLES = Path(__file__).parents[4] / "shared" / "oracles"

#: What may differ: ranking is binned, all else is exact.
TOLERANCE = {"roc_auc": (0.0, 1e-4), "average_precision": (0.0, 1e-3)}

#: The metrics under the names of the full files.
NAMES = {
    "base_rate": "actual_positive_rate",
    "log_loss_eps1e-15": "log_loss",
    "brier": "brier_score",
    "ece_10_equal_width": "expected_calibration_error",
    "bias_pred_minus_true": "bias",
}
COLUMNS = {
    "car_loan": ("y_pred_proba", "y_pred", "label"),
    "flights13": ("score", "predicted_label", "label"),
    "car_price": (None, "y_pred", "label"),
    "flights13_reg": (None, "predicted_delay", "arr_delay"),
}


def defined(outcomes: Outcomes) -> dict[str, float]:
    """Return the defined measures of the whole model."""
    measures = performance_measures(outcomes)
    return {each.metric: each.value for each in measures if each.value is not None}


def compare(expected: dict[str, float], found: dict[str, float]) -> None:
    """Assert that all of *expected* was found, within the tolerance of each metric."""
    for metric, value in expected.items():
        relative, absolute = TOLERANCE.get(metric, (1e-9, 1e-11))
        assert found[metric] == pytest.approx(value, rel=relative, abs=absolute), metric


def expected_values(dataset: str, chunk: str) -> dict[str, float]:
    """Return the copied values of a chunk."""
    with (COPIES / "performance.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {
        row["metric"]: float(row["value"])
        for row in rows
        if (row["dataset"], row["chunk"]) == (dataset, chunk)
    }


def car_loan(chunk: str) -> pa.Table:
    """Return the rows of a chunk of car_loan, whose copy counts equal rows."""
    table = pyarrow.csv.read_csv(COPIES / "car_loan.csv")
    table = table.filter(pc.equal(table["chunk"], chunk))
    rows = np.repeat(np.arange(table.num_rows), table["rows"].to_numpy())
    return table.take(rows).select(["score", "prediction", "label"])


class TestCopies:
    """Tests of the copied values, which are always there."""

    @pytest.mark.parametrize("chunk", ["[0:4999]", "[25000:29999]"])
    def test_car_loan(self, chunk: str) -> None:
        """
        Scores of two decimals have a bin each: everything is exact, AUC too.
        """
        layout = outcome_layout(Task.BINARY, car_loan("reference"), positive_class=1)
        found = defined(outcomes_of(car_loan(chunk), layout))

        assert found == pytest.approx(
            expected_values("car_loan", chunk)
            | {name: found[name] for name in ("positive_rate", "label_coverage")},
            rel=1e-9,
            abs=1e-11,
        )

    def test_flights(self) -> None:
        """
        Of 84 labelled rows even one pair of scores in one bin would be seen: they are kept.
        """
        table = pyarrow.csv.read_csv(COPIES / "flights13.csv")
        renamed = table.rename_columns({"predicted_label": "prediction"})
        layout = outcome_layout(Task.BINARY, car_loan("reference"), positive_class=1)
        found = defined(outcomes_of(renamed.select(["score", "prediction", "label"]), layout))
        expected = expected_values("flights13", "2014-01")

        compare(expected, found)
        assert found["roc_auc"] == pytest.approx(expected["roc_auc"], rel=1e-9)

    @pytest.mark.parametrize(
        ("dataset", "file", "names", "chunk"),
        [
            ("car_price", "car_price.csv", ["prediction", "label"], "[0:5999]"),
            ("flights13_reg", "flights13.csv", ["predicted_delay", "arr_delay"], "2014-01"),
        ],
    )
    def test_regression(self, dataset: str, file: str, names: list[str], chunk: str) -> None:
        """
        All measures of a regression are exact.
        """
        table = pyarrow.csv.read_csv(COPIES / file).select(names)
        renamed = table.rename_columns(["prediction", "label"])
        layout = outcome_layout(Task.REGRESSION, renamed, positive_class=None)

        compare(expected_values(dataset, chunk), defined(outcomes_of(renamed, layout)))


class TestFullComparison:
    """Tests of every chunk of every dataset, where the full files are at hand."""

    pytestmark = pytest.mark.skipif(not ORACLES.exists(), reason="the full files are not here")

    @pytest.mark.parametrize("dataset", list(COLUMNS))
    def test_every_chunk(self, dataset: str) -> None:
        """
        Every metric of every chunk agrees with scikit-learn.
        """
        reference, rows, chunks = full(dataset)
        task = Task.BINARY if COLUMNS[dataset][0] else Task.REGRESSION
        layout = outcome_layout(task, reference, positive_class=1)
        compared = 0
        for chunk, expected in full_values(dataset).items():
            mask = np.ones(len(chunks), dtype=np.bool_) if chunk == "all" else chunks == chunk
            found = defined(outcomes_of(rows.filter(pa.array(mask)), layout))
            compare(expected, found)
            compared += len(expected)

        assert compared >= 11 * 5


def full(dataset: str) -> tuple[pa.Table, pa.Table, np.ndarray]:
    """Return reference, labelled predictions, and the chunk of each prediction."""
    folder = ORACLES / "in" / dataset.removesuffix("_reg")
    predictions, actuals = (
        pq.read_table(folder / f"{name}.parquet") for name in ("predictions", "actuals")
    )
    if "recorded_ts" in actuals.schema.names:
        # The last label that became known wins.
        actuals = actuals.sort_by("recorded_ts").group_by("prediction_id", use_threads=False)
        names = ["label", "arr_delay"]
        actuals = actuals.aggregate([(name, "last") for name in names])
        actuals = actuals.rename_columns(["prediction_id", *names])
    size = 5_000 if dataset == "car_loan" else 6_000
    starts = np.arange(predictions.num_rows) // size * size
    chunks = np.array([f"[{start}:{start + size - 1}]" for start in starts])
    if dataset.startswith("flights13"):
        chunks = np.array(pc.strftime(predictions["ts"], "%Y-%m").to_pylist())
    at = pa.array(np.arange(predictions.num_rows))
    joined = predictions.append_column("at", at).join(actuals, "prediction_id").sort_by("at")

    return (
        canonical(pq.read_table(folder / "reference.parquet"), dataset),
        canonical(joined, dataset),
        chunks,
    )


def canonical(table: pa.Table, dataset: str) -> pa.Table:
    """Return the columns of outcomes under their canonical names."""
    names = zip(("score", "prediction", "label"), COLUMNS[dataset], strict=True)
    return pa.table({name: table[column] for name, column in names if column})


def full_values(dataset: str) -> dict[str, dict[str, float]]:
    """Return for each chunk the values that we have under some name."""
    known = {*NAMES, "accuracy", "precision", "recall", "specificity", "f1", "mcc", "roc_auc"}
    known |= {"average_precision", "mae", "mse", "rmse", "mape", "rmsle", "r2"}
    values: dict[str, dict[str, float]] = {}
    with (ORACLES / "out" / f"exact_{dataset}.csv").open() as file:
        for row in csv.DictReader(file):
            if row["kind"] == "performance" and row["metric"] in known and row["value"]:
                metric = NAMES.get(row["metric"], row["metric"])
                values.setdefault(row["chunk_key"], {})[metric] = float(row["value"])
    return values


class TestUndefined:
    """Tests of measures that do not exist."""

    LAYOUT = outcome_layout(Task.BINARY, car_loan("reference"), positive_class=1)

    def measures(self, columns: dict[str, list[float | None]]) -> dict[str, Measure]:
        """Return the measures of a few rows."""
        table = pa.table({name: pa.array(each, pa.float64()) for name, each in columns.items()})
        found = performance_measures(outcomes_of(table, self.LAYOUT))
        return {measure.metric: measure for measure in found}

    def test_one_class(self) -> None:
        """
        On a day of one class the log loss and the accuracy exist, the AUC does not.
        """
        found = self.measures({"score": [0.2, 0.4], "prediction": [0, 0], "label": [0, 0]})

        assert (None, "one class only") == (found["roc_auc"].value, found["roc_auc"].reason)
        assert "no positive label" == found["recall"].reason
        assert 1.0 == found["accuracy"].value
        assert found["log_loss"].value == pytest.approx(-np.log([0.8, 0.6]).mean())

    def test_no_labels(self) -> None:
        """
        Before labels are known every measure says so, and the coverage is 0.
        """
        found = self.measures({"score": [0.2], "prediction": [0], "label": [None]})
        coverage = found.pop("label_coverage")

        assert 0.0 == coverage.value
        assert {"no labels"} == {measure.reason for measure in found.values()}
        assert {0} == {measure.rows for measure in found.values()}

    def test_no_rows(self) -> None:
        """
        A day without rows has measures without values, and none of them fails.
        """
        found = self.measures({"score": [], "prediction": [], "label": []})

        assert {None} == {measure.value for measure in found.values()}
        assert "no rows" == found["label_coverage"].reason

    def test_no_score_column(self) -> None:
        """
        A model without scores has all measures of its predictions.
        """
        table = pa.table({"prediction": [1, 0, 1], "label": [1, 0, 0]})
        layout = outcome_layout(Task.BINARY, table, positive_class=1)
        found = {
            measure.metric: measure for measure in performance_measures(outcomes_of(table, layout))
        }

        assert found["accuracy"].value == pytest.approx(2 / 3)
        assert "no score column" == found["roc_auc"].reason

    def test_invalid_scores(self) -> None:
        """
        Measures of scores say how many rows they are made of.
        """
        found = self.measures(
            {"score": [0.2, 0.9, np.nan, np.inf], "prediction": [0, 1, 0, 1], "label": [0, 1, 0, 1]}
        )

        assert (4, 2) == (found["accuracy"].rows, found["roc_auc"].rows)
        assert 1.0 == found["roc_auc"].value

    def test_regression_without_rows(self) -> None:
        """
        A regression without labels has no measure, and says so.
        """
        table = pa.table({"prediction": [1.0], "label": pa.nulls(1, pa.float64())})
        layout = outcome_layout(Task.REGRESSION, table, positive_class=None)
        found = performance_measures(outcomes_of(table, layout))

        assert {"no labels", None} == {measure.reason for measure in found}
