"""Estimated performance, against NannyML's CBPE."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from scipy.special import expit

from monitoring.errors import LayoutError
from monitoring.measures.estimation import estimated_measures, estimation_errors
from monitoring.measures.performance import performance_measures
from monitoring.profile.outcomes.count_binary import binary_layout, binary_outcomes
from monitoring.profile.outcomes.count_multiclass import multiclass_layout, multiclass_outcomes
from monitoring.results import ALL, Measure

COPIES = Path(__file__).parents[2] / "data" / "oracles"
ORACLES = Path(__file__).parents[4] / "shared" / "oracles"


def car_loan(chunk: str) -> pa.Table:
    """Return the rows of a chunk of car_loan, whose copy counts equal rows."""
    table = pyarrow.csv.read_csv(COPIES / "car_loan.csv")
    table = table.filter(pc.equal(table["chunk"], chunk))
    rows = np.repeat(np.arange(table.num_rows), table["rows"].to_numpy())
    return table.take(rows).select(["score", "prediction", "label"])


def binary(rows: int, seed: int, *, shift: float = 0.0) -> pa.Table:
    """Return scores, predictions and labels of a calibrated model."""
    generator = np.random.default_rng(seed)
    chances = expit(generator.normal(-1.0 + shift, 1.5, rows))
    return pa.table(
        {
            "score": pa.array(chances),
            "prediction": pa.array(chances >= 0.5),
            "label": pa.array(generator.random(rows) < chances),
        }
    )


def by_metric(measures: list[Measure]) -> dict[str, Measure]:
    """Return the measures of the whole model."""
    return {measure.metric: measure for measure in measures if measure.column == ALL}


REFERENCE = binary(20_000, 0)
LAYOUT = binary_layout(REFERENCE, positive_class=True)
OUTCOMES = binary_outcomes(REFERENCE, LAYOUT)


class TestNannyml:
    """Tests against values that NannyML printed."""

    @pytest.mark.parametrize("chunk", ["[0:4999]", "[25000:29999]"])
    def test_car_loan(self, chunk: str) -> None:
        """
        Every estimate is within a fifth of NannyML's own sampling error, before and after drift.
        """
        layout = binary_layout(car_loan("reference"), positive_class=1)
        found = by_metric(
            estimated_measures(
                binary_outcomes(car_loan("reference"), layout),
                binary_outcomes(car_loan(chunk).drop_columns("label"), layout),
            )
        )
        with (COPIES / "cbpe.csv").open() as file:
            expected = [row for row in csv.DictReader(file) if row["chunk"] == chunk]

        assert 7 == len(expected)
        for row in expected:
            assert found[f"estimated_{row['metric']}"].value == pytest.approx(
                float(row["value"]), abs=float(row["sampling_error"]) / 5
            )

    @pytest.mark.skipif(not ORACLES.exists(), reason="the full files are not here")
    @pytest.mark.parametrize(
        ("dataset", "columns"),
        [
            ("car_loan", ["y_pred_proba", "y_pred"]),
            ("flights13", ["score", "predicted_label"]),
        ],
    )
    def test_every_chunk(self, dataset: str, columns: list[str]) -> None:
        """
        Every estimate of every chunk is within NannyML's own sampling error.
        """
        folder = ORACLES / "in" / dataset
        names = ["score", "prediction"]
        reference = pq.read_table(folder / "reference.parquet").select([*columns, "label"])
        current = pq.read_table(folder / "predictions.parquet").sort_by("ts").select(columns)
        layout = binary_layout(reference.rename_columns([*names, "label"]), positive_class=1)
        learnt = binary_outcomes(reference.rename_columns([*names, "label"]), layout)
        found: dict[tuple[int, int], dict[str, Measure]] = {}
        with (ORACLES / "out" / f"nannyml_{dataset}.csv").open() as file:
            expected = [
                row
                for row in csv.DictReader(file)
                if (row["kind"], row["period"]) == ("cbpe", "analysis")
            ]

        for row in expected:
            span = int(row["start_index"]), int(row["end_index"])
            if span not in found:
                rows = current.slice(span[0], span[1] - span[0] + 1).rename_columns(names)
                found[span] = by_metric(estimated_measures(learnt, binary_outcomes(rows, layout)))
            assert found[span][f"estimated_{row['metric']}"].value == pytest.approx(
                float(row["value"]), abs=float(row["sampling_error"])
            )


class TestEstimatedMeasures:
    """Tests of estimates for models of known quality."""

    def test_shift_of_the_inputs(self) -> None:
        """
        When the inputs change and their meaning does not, estimates are the truth.
        """
        current = binary_outcomes(binary(20_000, 1, shift=1.0), LAYOUT)
        truth = by_metric(performance_measures(current))
        estimates = by_metric(estimated_measures(OUTCOMES, current))

        for name, estimate in estimates.items():
            realised = truth[name.removeprefix("estimated_")].value
            assert realised is not None
            assert estimate.lower is not None
            assert estimate.upper is not None
            assert estimate.lower <= realised <= estimate.upper, name

    def test_labels_are_ignored(self) -> None:
        """
        Estimates do not change when labels become known.
        """
        table = binary(500, 2)
        before = binary_outcomes(table.drop_columns("label"), LAYOUT)

        assert estimated_measures(OUTCOMES, before) == estimated_measures(
            OUTCOMES, binary_outcomes(table, LAYOUT)
        )

    def test_uncertain_reference(self) -> None:
        """
        A small reference makes the interval of a large sample wide.
        """
        current = binary_outcomes(binary(50_000, 3), LAYOUT)
        few = binary_outcomes(REFERENCE.slice(0, 500), LAYOUT)
        widths = [
            (each.upper or 0.0) - (each.lower or 0.0)
            for reference in (OUTCOMES, few)
            for each in estimated_measures(reference, current)
            if each.metric == "estimated_accuracy"
        ]

        assert widths[1] > 4 * widths[0]

    def test_no_scores(self) -> None:
        """
        Without scores nothing can be estimated, and every metric says so.
        """
        current = binary_outcomes(pa.table({"prediction": [True]}), LAYOUT)

        assert {"no valid scores"} == {
            each.reason for each in estimated_measures(OUTCOMES, current)
        }

    def test_unlabelled_reference(self) -> None:
        """
        A reference without labels teaches nothing.
        """
        unlabelled = binary_outcomes(REFERENCE.drop_columns("label"), LAYOUT)

        assert {"no labelled scores in the reference"} == {
            each.reason for each in estimated_measures(unlabelled, OUTCOMES)
        }

    @pytest.mark.parametrize("label", [True, False])
    def test_one_class(self, label: bool) -> None:  # noqa: FBT001
        """
        A reference of one class does not teach what tells it from the other.
        """
        reference = binary_outcomes(REFERENCE.filter(pc.equal(REFERENCE["label"], label)), LAYOUT)

        assert {"one class only in the reference"} == {
            each.reason for each in estimated_measures(reference, OUTCOMES)
        }

    def test_other_layout(self) -> None:
        """
        Outcomes of different bins are not compared.
        """
        table = binary(100, 5)
        other = binary_outcomes(table, binary_layout(table, positive_class=True))

        with pytest.raises(LayoutError, match="another reference"):
            estimated_measures(OUTCOMES, other)

    def test_multiclass(self) -> None:
        """
        The estimates of a calibrated model of three classes are the truth, each class too.
        """
        layout = multiclass_layout(three_classes(20_000, 0))
        reference = multiclass_outcomes(three_classes(20_000, 0), layout)
        current = multiclass_outcomes(three_classes(20_000, 1), layout)
        truth = {(each.column, each.metric): each.value for each in performance_measures(current)}
        estimates = estimated_measures(reference, current)

        assert {ALL, "a", "b", "c"} == {each.column for each in estimates}
        for each in estimates:
            assert each.value == pytest.approx(
                truth[each.column, each.metric.removeprefix("estimated_")], abs=0.02
            )

    @pytest.mark.parametrize("lost", ["a", "c"])
    def test_lost_scores(self, lost: str) -> None:
        """
        Without the scores of a class nothing is estimated of all classes; of the others it is.
        """
        table = three_classes(2_000, 0)
        layout = multiclass_layout(table)
        whole = multiclass_outcomes(table, layout)
        current = multiclass_outcomes(table.drop_columns(f"score:{lost}"), layout)
        estimates = estimated_measures(whole, current)

        assert {f"no scores of class '{lost}'"} == {
            each.reason for each in estimates if each.column == ALL
        }
        assert all(each.value is not None for each in estimates if each.column == "b")
        assert {f"no labelled scores of class '{lost}' in the reference"} == {
            each.reason for each in estimated_measures(current, whole) if each.column == ALL
        }

    def test_class_without_labels(self) -> None:
        """
        A class that has scores but never a label is estimated not to come.
        """
        reference, current = (without_c(three_classes(10_000, seed)) for seed in (0, 1))
        layout = multiclass_layout(reference)
        outcomes = multiclass_outcomes(current, layout)
        truth = by_metric(performance_measures(outcomes))
        estimates = estimated_measures(multiclass_outcomes(reference, layout), outcomes)

        for name, each in by_metric(estimates).items():
            assert each.value == pytest.approx(
                truth[name.removeprefix("estimated_")].value, abs=0.03
            ), name
        assert {"one class only in the reference"} == {
            each.reason for each in estimates if each.column == "c"
        }


class TestEstimationErrors:
    """Tests of the difference between estimate and truth."""

    def test_concept_shift(self) -> None:
        """
        Labels that are turned round are a change of meaning: the estimate stays, the truth falls.
        """
        table = binary(5_000, 6)
        turned = table.set_column(2, "label", pc.invert(table["label"]))
        current = binary_outcomes(turned, LAYOUT)
        errors = by_metric(
            estimation_errors(performance_measures(current), estimated_measures(OUTCOMES, current))
        )

        assert (errors["estimation_error_accuracy"].value or 0.0) > 0.4

    def test_undefined(self) -> None:
        """
        Without a truth there is no error.
        """
        current = binary_outcomes(binary(50, 7).drop_columns("label"), LAYOUT)

        assert [] == estimation_errors(
            performance_measures(current), estimated_measures(OUTCOMES, current)
        )


def three_classes(rows: int, seed: int) -> pa.Table:
    """Return scores, predictions and labels of a calibrated model of three classes."""
    generator = np.random.default_rng(seed)
    weights = np.exp(generator.normal(size=(rows, 3)))
    scores = weights / weights.sum(axis=1, keepdims=True)
    labels = (scores.cumsum(axis=1) < generator.random((rows, 1))).sum(axis=1)
    names = np.array(list("abc"))
    columns = {f"score:{name}": pa.array(scores[:, at]) for at, name in enumerate(names)}
    return pa.table(
        columns
        | {
            "prediction": pa.array(names[scores.argmax(axis=1)]),
            "label": pa.array(names[labels]),
        }
    )


def without_c(table: pa.Table) -> pa.Table:
    """Return *table* with label a in place of c."""
    labels = pc.replace_substring(table["label"], "c", "a")
    return table.set_column(table.schema.get_field_index("label"), "label", labels)
