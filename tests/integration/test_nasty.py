"""Bad input, one kind a folder: what can be computed is, and the rest is told."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.keys import ACTUALS, DRIFT, PERFORMANCE, PREDICTIONS, QUALITY
from monitoring.results import Measurement
from monitoring_pipelines.definitions import build_definitions
from monitoring_pipelines.runner import Runner
from resources.clock import SetClock
from resources.expectations import GreatExpectations
from resources.in_memory import RecordingNotifier
from resources.monitor_files import MonitorFile, MonitorFiles, load_monitor
from resources.registry import ModelRegistry
from resources.results.store import ResultsStore
from resources.warehouse.duckdb import DuckDBWarehouse

#: Lies beside the repository, where it is there at all.
FOLDER = Path(__file__).parents[3] / "shared" / "oracles" / "in" / "nasty"
CASES = sorted(path.name for path in FOLDER.glob("c*"))
FIRST, LAST = date(2024, 3, 1), date(2024, 3, 10)

#: What the expectations of a day are asked for; they take half of the time of a case.
JUDGED = {"c00", "c01", "c02", "c11", "c13", "c21", "c22"}
STEPS = (PREDICTIONS, QUALITY, DRIFT, ACTUALS, PERFORMANCE)

MONITOR = """\
model: nasty
task: binary_classification
start: 2024-03-01
predictions:
  table: {folder}/predictions.parquet
  id: prediction_id
  timestamp: ts
  prediction: predicted_label
  score: score
  version: model_version
positive_class: 1
actuals:
  table: {folder}/actuals.parquet
  id: prediction_id
  label: label
  timestamp: label_ts
  delay: 3d
reference: {{table: {folder}/reference.parquet, label: label}}
windows: {{drift: [1d], performance: [1d]}}
"""


@dataclass(frozen=True)
class Case:
    """A folder with one kind of bad input, and what was measured of it."""

    name: str
    oracle: dict[str, Any]
    rows: dict[tuple[str, str, str], Measurement]
    failures: tuple[str, ...]

    def at(self, day: str, metric: str, column: str = "*") -> Measurement:
        """Return one measurement of one day."""
        return self.rows[day, column, metric]

    def total(self, metric: str, column: str) -> float:
        """Return the sum of one metric over the days."""
        return sum(
            row.value or 0.0
            for (_, name, measured), row in self.rows.items()
            if (name, measured) == (column, metric)
        )


def run(name: str, home: Path, *, as_of: datetime, steps: Sequence[str]) -> Case:
    """Learn the reference of a case and compute its ten days."""
    (home / "nasty.yaml").write_text(MONITOR.format(folder=FOLDER / name), "utf-8")
    file = load_monitor(home / "nasty.yaml")
    assert isinstance(file, MonitorFile), file
    store = ResultsStore(f"sqlite:///{home / 'results.db'}")
    store.upgrade()
    resources: dict[str, object] = {
        "warehouse": DuckDBWarehouse(),
        "results": store,
        "validator": GreatExpectations(),
        "registry": ModelRegistry(store, home / "models"),
        "delivery": RecordingNotifier(),
        "clock": SetClock(as_of),
    }
    definitions = build_definitions(MonitorFiles((file,), ()), resources)
    with dg.DagsterInstance.ephemeral() as instance:
        runner = Runner(definitions, instance)
        failures = runner.reference(file.spec).failures
        failures += runner.days(file.spec, steps, FIRST, LAST).failures
    rows = store.measurements(model="nasty", window="1d", segment="*", version="*")
    oracle = json.loads((FOLDER / name / "EXPECT.json").read_text("utf-8"))["oracle"]

    return Case(
        name, oracle, {(row.window_start, row.column, row.metric): row for row in rows}, failures
    )


@pytest.fixture(scope="module")
def case_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Case]:
    """
    Run the case whose folder starts so, once for all tests.
    """
    known: dict[str, Case] = {}

    def find(start: str) -> Case:
        name = next((name for name in CASES if name.startswith(start)), None)
        if name is None:
            pytest.skip(f"There is no case {start}.")
        if name not in known:
            # Labels are still on the way in one case.
            now = datetime(2024, 3, 8) if start == "c04" else datetime(2024, 4, 10)  # noqa: DTZ001
            steps = STEPS if start in JUDGED else [step for step in STEPS if step != QUALITY]
            home = tmp_path_factory.mktemp(name)
            known[name] = run(name, home, as_of=now.replace(tzinfo=UTC), steps=steps)

        return known[name]

    return find


class TestEveryCase:
    """What holds whatever is wrong with the rows."""

    @pytest.mark.parametrize("name", CASES)
    def test_runs(self, name: str, case_of: Callable[[str], Case]) -> None:
        """
        No step fails, and no number is NaN or infinite.
        """
        case = case_of(name[:3])

        assert () == case.failures
        assert all(
            value is None or math.isfinite(value)
            for row in case.rows.values()
            for value in (row.value, row.lower, row.upper)
        )

    @pytest.mark.parametrize(
        "name", [name for name in CASES if not name.startswith(("c04", "c11"))]
    )
    def test_performance(self, name: str, case_of: Callable[[str], Case]) -> None:
        """
        AUC, accuracy and base rate are scikit-learn's on the rows that count; so is their number.
        """
        case = case_of(name[:3])
        oracle = case.oracle
        days = oracle.get("per_day") or oracle.get("per_day_valid_only") or oracle.get("exclude")

        for day, expected in (days or {}).items():
            for metric, value in (
                ("roc_auc", expected["auc"]),
                ("accuracy", expected["accuracy"]),
                ("actual_positive_rate", expected["base"]),
            ):
                found = case.at(day, metric)
                assert pytest.approx(value, abs=1e-9) == found.value, (day, metric)
                assert expected["n"] == found.rows, (day, metric)
                assert found.value is not None or found.reason


class TestExpectations:
    """What each case asks for besides."""

    def test_control(self, case_of: Callable[[str], Case]) -> None:
        """
        Of good rows nothing is told.
        """
        case = case_of("c00")

        assert [] == [row for row in case.rows.values() if row.breached]

    def test_copies(self, case_of: Callable[[str], Case]) -> None:
        """
        Each copy is counted as such, and the expectation of unique ids fails.
        """
        case = case_of("c01")

        assert case.oracle["n_duplicate_rows"] == case.total("excluded_rows", "duplicate_id")
        assert "repeated" in (case.at("2024-03-01", "failed_expectations").reason or "")

    def test_contradictions(self, case_of: Callable[[str], Case]) -> None:
        """
        Rows that share an id and differ are left out, both of them.
        """
        case = case_of("c02")
        expected = 2 * case.oracle["n_conflicting_ids"]

        assert expected == case.total("excluded_rows", "conflicting_id")
        assert "such as 'P" in (
            case.at("2024-03-01", "excluded_rows", "conflicting_id").reason or ""
        )

    def test_orphans(self, case_of: Callable[[str], Case]) -> None:
        """
        Labels without a prediction are counted on the day on which they were recorded.
        """
        case = case_of("c03")

        assert case.oracle["n_orphan_actuals"] == case.total("excluded_rows", "orphan_label")
        assert 1.0 == case.at("2024-03-01", "label_coverage").value

    def test_late_labels(self, case_of: Callable[[str], Case]) -> None:
        """
        Coverage is that of the moment; what has no labels yet has no number and no verdict.
        """
        case = case_of("c04")

        for day, (rows, labelled) in case.oracle["coverage_asof_predictions_labelled"].items():
            coverage, auc = case.at(day, "label_coverage"), case.at(day, "roc_auc")
            assert (rows, labelled / rows) == (coverage.rows, pytest.approx(coverage.value))
            assert not auc.breached
            assert labelled or auc.value is None

    def test_scores(self, case_of: Callable[[str], Case]) -> None:
        """
        Scores that are missing and scores that are infinite are told apart.
        """
        case = case_of("c07")

        assert case.oracle["n_nan_or_null"] == case.total("excluded_rows", "missing_score")
        assert case.oracle["n_inf"] == case.total("excluded_rows", "invalid_score")

    def test_constants(self, case_of: Callable[[str], Case]) -> None:
        """
        A constant that stays one has no drift, and one that moves has.
        """
        case = case_of("c09")

        assert case.oracle["drift"] == {
            name: case.total("psi", name) for name in case.oracle["drift"]
        }
        assert case.at("2024-03-10", "ks_statistic", "const_then_moves").breached

    def test_new_categories(self, case_of: Callable[[str], Case]) -> None:
        """
        Values that the reference lacks are counted, and named by the expectation that fails.
        """
        case = case_of("c11")
        fractions = [
            (row.value or 0.0) * row.rows
            for (_, column, metric), row in case.rows.items()
            if (column, metric) == ("colour", "new_category_fraction")
        ]

        assert case.oracle["n_unseen_rows"] == pytest.approx(sum(fractions))
        assert "ultraviolet" in (case.at("2024-03-01", "failed_expectations").reason or "")

    def test_empty_day(self, case_of: Callable[[str], Case]) -> None:
        """
        A day without rows is a window of 0 rows; a single row raises no alarm.
        """
        case = case_of("c13")
        empty = [row for (day, _, _), row in case.rows.items() if day == "2024-03-04"]
        single = [row for (day, _, _), row in case.rows.items() if day == "2024-03-06"]

        assert (0, None) == (case.at("2024-03-04", "roc_auc").rows, empty[0].value)
        assert {"failed_expectations"} == {row.metric for row in empty if row.breached}
        assert [] == [row for row in single if row.breached]

    def test_one_class(self, case_of: Callable[[str], Case]) -> None:
        """
        Without positives there is no recall, and still a log-loss.
        """
        case = case_of("c14")

        assert case.at("2024-03-03", "recall").value is None
        assert case.at("2024-03-03", "log_loss").value is not None

    def test_names(self, case_of: Callable[[str], Case]) -> None:
        """
        Every column is monitored under its name, whatever is in it.
        """
        case = case_of("c16")

        for name, mean in case.oracle["mean"].items():
            days = [row for (_, *key), row in case.rows.items() if tuple(key) == (name, "mean")]
            total = sum((row.value or 0.0) * row.rows for row in days)
            assert mean == pytest.approx(total / sum(row.rows for row in days)), name

    def test_lost_column(self, case_of: Callable[[str], Case]) -> None:
        """
        The schema fails; drift of the other columns and performance go on.
        """
        case = case_of("c21")

        assert "wait" in (case.at("2024-03-01", "failed_expectations").reason or "")
        assert case.at("2024-03-01", "psi", "amount").value is not None
        assert (None, True) == (
            case.at("2024-03-01", "psi", "wait").value,
            bool(case.at("2024-03-01", "psi", "wait").reason),
        )
        assert case.at("2024-03-01", "pca_reconstruction_error").reason

    def test_new_column(self, case_of: Callable[[str], Case]) -> None:
        """
        A column that the reference lacks is a warning, and is not measured.
        """
        case = case_of("c22")

        assert "warning" == case.at("2024-03-01", "failed_expectations").verdict
        assert set() == {column for _, column, _ in case.rows if column == "surprise"}
