"""Tests of the drift of columns."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
import pytest
from scipy.spatial import distance

from monitoring.errors import LayoutError
from monitoring.measures.drift import CATEGORICAL_DRIFT, NUMERIC_DRIFT, drift_measures
from monitoring.measures.summary import summary_measures
from monitoring.profile.layout import TableLayout
from monitoring.profile.table import TableProfile
from monitoring.results import Measure
from monitoring.spec.model import FeatureType

TITANIC = Path(__file__).parents[2] / "data" / "titanic"
ORACLES = Path(__file__).parents[4] / "shared" / "oracles"

# The names of the oracle, ours, and how far apart they may be: relative, absolute.
NUMERIC = {
    "psi_ref_deciles_eps1e-4": ("psi", 1e-9, 1e-12),
    "js_distance_base2_doane_ref": ("jensen_shannon_distance", 1e-9, 1e-12),
    "hellinger_doane_ref": ("hellinger_distance", 1e-9, 1e-12),
    "ks_stat": ("ks_statistic", 0.0, 1e-3),
    "wasserstein_over_ref_std0": ("wasserstein_distance", 1e-2, 1e-6),
    "mean": ("mean", 1e-9, 1e-12),
    "std_ddof1": ("std", 1e-9, 1e-12),
}
CATEGORICAL = {
    "psi_union_eps1e-4": ("psi", 1e-9, 1e-12),
    "js_distance_base2_new_lumped": ("jensen_shannon_distance", 1e-9, 1e-12),
    "hellinger_new_lumped": ("hellinger_distance", 1e-9, 1e-12),
    "l_infinity": ("l_infinity", 1e-9, 1e-12),
    "chi2_stat": ("chi_squared", 1e-9, 1e-9),
    "chi2_pvalue": ("chi_squared_p_value", 1e-6, 1e-15),
}
SETS = {
    "car_loan": {
        "car_value": "numeric",
        "debt_to_income_ratio": "numeric",
        "loan_length": "numeric",
        "driver_tenure": "numeric",
        "y_pred_proba": "numeric",
        "salary_range": "categorical",
        "repaid_loan_on_prev_car": "categorical",
        "size_of_downpayment": "categorical",
    },
    "car_price": {
        "car_age": "numeric",
        "km_driven": "numeric",
        "price_new": "numeric",
        "accident_count": "numeric",
        "door_count": "numeric",
        "y_pred": "numeric",
        "fuel": "categorical",
        "transmission": "categorical",
    },
    "flights13": {
        "minute_of_day": "numeric",
        "dow": "numeric",
        "distance": "numeric",
        "plane_age": "numeric",
        "seats": "numeric",
        "temp": "numeric",
        "dewp": "numeric",
        "humid": "numeric",
        "wind_speed": "numeric",
        "visib": "numeric",
        "precip": "numeric",
        "pressure": "numeric",
        "score": "numeric",
        "carrier": "categorical",
        "origin": "categorical",
        "dest": "categorical",
    },
}


def measured(reference: pa.Table, current: pa.Table, types: dict[str, str]) -> list[Measure]:
    """Return the drift and the summary of *current*."""
    layout = TableLayout.of(reference, {name: FeatureType(kind) for name, kind in types.items()})
    ours, theirs = TableProfile.of(reference, layout), TableProfile.of(current, layout)
    return drift_measures(ours, theirs) + summary_measures(theirs)


def values(measures: list[Measure]) -> dict[tuple[str, str], float | None]:
    """Return the value of each column and metric."""
    return {(measure.column, measure.metric): measure.value for measure in measures}


def assert_equal_oracle(
    rows: Iterator[tuple[str, str, float]], measures: list[Measure], types: dict[str, str]
) -> None:
    """Compare all *rows* that have a counterpart of ours."""
    found = values(measures)
    compared = 0
    for column, metric, value in rows:
        names = NUMERIC if types.get(column) == "numeric" else CATEGORICAL
        if column not in types or metric not in names:
            continue
        ours, relative, absolute = names[metric]
        expected = pytest.approx(value, rel=relative, abs=absolute)
        assert expected == found[column, ours], (column, ours)
        compared += 1

    assert compared >= 4 * len(types)


def assert_equal_counts(
    exact: Mapping[tuple[str, str], float],
    measures: list[Measure],
    types: dict[str, str],
    *,
    rows: int,
) -> None:
    """Compare how many values of all *rows* are missing, out of range and new."""
    found = values(measures)
    for column, kind in types.items():
        missing = exact[column, "n_missing"]
        strange, share = (
            ("n_out_of_ref_range", "out_of_range_fraction")
            if kind == "numeric"
            else ("n_unseen_rows", "new_category_fraction")
        )

        assert found[column, "missing_fraction"] == pytest.approx(missing / rows)
        assert found[column, share] == pytest.approx(exact[column, strange] / (rows - missing))


class TestOracles:
    """Tests against the values of scipy."""

    def test_titanic(self) -> None:
        """
        Every measure of seven columns with nulls and atoms is the one of scipy and numpy.
        """
        types = {
            "Pclass": "numeric",
            "Age": "numeric",
            "SibSp": "numeric",
            "Parch": "numeric",
            "Fare": "numeric",
            "Sex": "categorical",
            "Embarked": "categorical",
        }
        convert = pyarrow.csv.ConvertOptions(strings_can_be_null=True)
        reference, current = (
            pyarrow.csv.read_csv(TITANIC / f"{name}.csv", convert_options=convert)
            for name in ("reference", "current")
        )
        with (TITANIC / "exact.csv").open() as file:
            rows = [
                (row["column"], row["metric"], float(row["value"])) for row in csv.DictReader(file)
            ]

        measures = measured(reference, current, types)

        assert_equal_oracle(iter(rows), measures, types)
        missing = {column: value for column, metric, value in rows if metric == "n_missing"}
        outside = {c: value for c, metric, value in rows if metric == "n_out_of_ref_range"}
        found = values(measures)
        for column in types:
            assert missing[column] / 418 == pytest.approx(found[column, "missing_fraction"])
        for column, count in outside.items():
            present = 418 - missing[column]
            assert count / present == pytest.approx(found[column, "out_of_range_fraction"])

    @pytest.mark.skipif(not ORACLES.exists(), reason="the oracles are not beside the repository")
    @pytest.mark.parametrize("name", SETS)
    def test_all(self, name: str) -> None:
        """
        Every batch of the big datasets agrees: exact to 1e-9, KS to 1e-3, Wasserstein to 1 %.
        """
        types = SETS[name]
        folder = ORACLES / "in" / name
        reference = pyarrow.parquet.read_table(folder / "reference.parquet")
        predictions = pyarrow.parquet.read_table(folder / "predictions.parquet")
        exact = pyarrow.csv.read_csv(ORACLES / "out" / f"exact_{name}.csv").to_pylist()
        layout = TableLayout.of(reference, {c: FeatureType(kind) for c, kind in types.items()})
        ours = TableProfile.of(reference, layout)

        for key in sorted({row["chunk_key"] for row in exact}):
            theirs = TableProfile.of(chunk(predictions, key), layout)
            stored = TableProfile.decode(theirs.encode(), layout)
            rows = [row for row in exact if row["chunk_key"] == key]
            undefined = {row["column"] for row in rows if row["metric"] == "no_data"}
            kept = {column: kind for column, kind in types.items() if column not in undefined}
            measures = drift_measures(ours, stored) + summary_measures(stored)
            numbers = [(row["column"], row["metric"], row["value"]) for row in rows]
            assert_equal_oracle(iter(numbers), measures, kept)
            counts = {(column, metric): value for column, metric, value in numbers}
            assert_equal_counts(counts, measures, kept, rows=theirs.rows)


def chunk(predictions: pa.Table, key: str) -> pa.Table:
    """Return the rows ``[0:4999]``, those of the month ``2013-04``, or all."""
    if key == "all":
        return predictions
    if key.startswith("["):
        first, last = (int(end) for end in key.strip("[]").split(":"))
        return predictions.slice(first, last - first + 1)

    months = pc.strftime(predictions["ts"], "%Y-%m")
    return predictions.filter(pc.equal(months, pa.scalar(key)))


TYPES = {"x": "numeric", "c": "categorical"}
REFERENCE = pa.table(
    {
        "x": pa.array(np.random.default_rng(1).normal(size=2000)),
        "c": pa.array(np.random.default_rng(2).choice(["a", "b", "c"], 2000)),
    }
)


class TestDriftMeasures:
    """Tests of the measures of all columns."""

    def test_metrics(self) -> None:
        """
        Each column has the metrics of its kind, with sample size and an interval around them.
        """
        measures = measured(REFERENCE, REFERENCE.slice(0, 300), TYPES)

        drift = [m for m in measures if m.metric in {*NUMERIC_DRIFT, *CATEGORICAL_DRIFT}]
        assert len(NUMERIC_DRIFT) + len(CATEGORICAL_DRIFT) == len(drift)
        for measure in drift:
            assert (300, None) == (measure.rows, measure.reason)
            if not measure.metric.startswith("chi_squared"):
                assert measure.value is not None
                assert measure.lower is not None
                assert measure.upper is not None
                assert measure.lower <= measure.value <= measure.upper

    def test_itself(self) -> None:
        """
        A table has no drift against itself.
        """
        found = values(measured(REFERENCE, REFERENCE, TYPES))

        for (column, metric), value in found.items():
            if metric in {*NUMERIC_DRIFT, *CATEGORICAL_DRIFT} and metric != "chi_squared_p_value":
                assert pytest.approx(0, abs=1e-7) == value, (column, metric)
        assert 1.0 == found["c", "chi_squared_p_value"]

    @pytest.mark.parametrize("rows", [0, 5])
    def test_nothing_to_compare(self, rows: int) -> None:
        """
        Without values every drift is undefined, for a reason, whether or not there are rows.
        """
        nothing = pa.table({"x": pa.nulls(rows, pa.float64()), "c": pa.nulls(rows, pa.string())})

        for measure in measured(REFERENCE, nothing, TYPES):
            if measure.metric in {*NUMERIC_DRIFT, *CATEGORICAL_DRIFT}:
                assert (None, 0) == (measure.value, measure.rows)
                assert measure.reason == "no values in the current rows"

    def test_unusable_column(self) -> None:
        """
        A column that is not there is one row that says so; the others are measured.
        """
        measures = measured(REFERENCE, REFERENCE.drop_columns(["x"]), TYPES)

        assert [("psi", None), ("missing_fraction", None)] == [
            (measure.metric, measure.value) for measure in measures if measure.column == "x"
        ]
        assert all(measure.reason for measure in measures if measure.column == "x")
        assert values(measures)["c", "psi"] == pytest.approx(0, abs=1e-12)

    @pytest.mark.parametrize(
        "odd",
        [
            [7.0],
            [np.inf, -np.inf, np.nan],
            [1e300, -1e300, 1e308],
            [np.inf],
            [5e-324, 0.0, -0.0],
        ],
        ids=str,
    )
    @pytest.mark.parametrize(
        "reference",
        [[3.0] * 5, [1e300, -1e300, 0.0], [0.0], list(np.linspace(0, 1, 3000))],
        ids=["constant", "huge", "one row", "uniform"],
    )
    def test_never_nan(self, reference: list[float], odd: list[float]) -> None:
        """
        Whatever the values, a measure is a finite number or undefined for a reason.
        """
        ours, theirs = pa.table({"x": reference}), pa.table({"x": odd})

        for measure in measured(ours, theirs, {"x": "numeric"}):
            assert (measure.value is None) == (measure.reason is not None)
            for number in (measure.value, measure.lower, measure.upper):
                assert number is None or np.isfinite(number), measure

    def test_infinities(self) -> None:
        """
        Infinite values are out of range: beyond the outer bins, and in no moment.
        """
        current = pa.table({"x": [0.0] * 50 + [np.inf] * 50, "c": ["a"] * 100})

        found = values(measured(REFERENCE, current, TYPES))

        assert 0.5 == found["x", "out_of_range_fraction"]
        assert found["x", "mean"] == pytest.approx(0, abs=1e-12)
        assert found["x", "ks_statistic"] == pytest.approx(0.5, abs=0.05)

    def test_rows_with_a_place(self) -> None:
        """
        A distance between places is made of the finite rows, others of all that have a value.
        """
        current = pa.table({"x": [0.0] * 5 + [np.inf] * 95, "c": ["a"] * 100})
        rows = {
            measure.metric: measure.rows
            for measure in measured(REFERENCE, current, TYPES)
            if measure.column == "x"
        }

        assert (5, 100) == (rows["wasserstein_distance"], rows["ks_statistic"])

    def test_rare_flag(self) -> None:
        """
        With one decile bin PSI is 0 by definition; the other distances see the flag move.
        """
        reference = pa.table({"x": pa.array([0.0] * 950 + [1.0] * 50)})
        current = pa.table({"x": pa.array([0.0] * 700 + [1.0] * 300)})

        measures = {m.metric: m for m in measured(reference, current, {"x": "numeric"})}

        psi = measures["psi"]
        assert (0.0, 0.0, 0.0) == (psi.value, psi.lower, psi.upper)
        assert measures["ks_statistic"].value == pytest.approx(0.25)
        assert measures["wasserstein_distance"].value == pytest.approx(0.25 / 0.0475**0.5)
        expected = distance.jensenshannon([0.95, 0.05], [0.7, 0.3], base=2)
        assert expected == pytest.approx(measures["jensen_shannon_distance"].value)

    def test_too_many_categories(self) -> None:
        """
        When the reference has more categories than fit, what is unknown is one bin on both sides.
        """
        users = pa.table({"c": pa.array([f"{i:05d}" for i in range(4000)])})

        found = values(measured(users, users, {"c": "categorical"}))

        assert found["c", "psi"] == pytest.approx(0, abs=1e-12)
        assert found["c", "new_category_fraction"] is None

    def test_other_layout(self) -> None:
        """
        Profiles of different references are not compared.
        """
        one, two = (
            TableProfile.empty(TableLayout.of(table, {"x": FeatureType.NUMERIC}))
            for table in (REFERENCE, REFERENCE.slice(0, 9))
        )

        with pytest.raises(LayoutError, match="cannot be compared"):
            drift_measures(one, two)
