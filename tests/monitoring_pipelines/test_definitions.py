"""Tests of the code location: it loads whatever is around it, and has what it should have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from monitoring_pipelines.definitions import build_definitions
from resources.monitor_files import load_monitors

if TYPE_CHECKING:
    from tests.conftest import MakeWorld

ROOT = Path(__file__).parents[2]


class TestEmptyEnvironment:
    """A machine on which nothing is set."""

    def test_validate(self, tmp_path: Path) -> None:
        """Dagster finds the definitions valid without a single variable of ours."""
        command = [sys.executable, "-m", "dagster", "definitions", "validate"]
        module = ["-m", "monitoring_pipelines.definitions"]
        done = subprocess.run(  # noqa: S603 - our own interpreter
            [*command, *module],
            cwd=ROOT,
            env={"HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

        assert 0 == done.returncode, done.stderr
        assert not (tmp_path / ".monitor").exists()


class TestBrokenFile:
    """A monitor file that cannot be used, beside one that can."""

    def test_others_load(self, make_world: MakeWorld, tmp_path: Path) -> None:
        """The good one has its assets; `monitor_files` fails with the line that is wrong."""
        world = make_world()
        (tmp_path / "broken.yaml").write_text("model: [", "utf-8")
        definitions = build_definitions(load_monitors(tmp_path), world.resources)
        result = definitions.resolve_job_def("check_monitor_files").execute_in_process(
            instance=world.instance, raise_on_error=False
        )
        (failure,) = (event for event in result.all_events if event.is_step_failure)

        assert not result.success
        assert "broken.yaml" in str(failure.step_failure_data)
        assert definitions.resolve_job_def("monitor_churn")


class TestSnapshot:
    """What one model is made of."""

    def test_names(self, make_world: MakeWorld) -> None:
        """Assets, checks, jobs, schedules and sensors of one monitor with actuals."""
        world = make_world()
        repository = world.definitions.get_repository_def()
        graph = repository.asset_graph

        assert [
            "actuals",
            "churn/actuals",
            "churn/drift",
            "churn/estimated_performance",
            "churn/performance",
            "churn/predictions",
            "churn/quality",
            "churn/reference",
            "monitor_files",
            "predictions",
            "reference",
        ] == sorted(key.to_user_string() for key in graph.get_all_asset_keys())
        assert [
            "actuals: labels_on_time",
            "drift: feature_drift",
            "drift: prediction_drift",
            "monitor_files: notifications_delivered",
            "performance: performance",
            "quality: categories",
            "quality: completeness",
            "quality: freshness",
            "quality: schema",
            "quality: scores",
            "quality: uniqueness",
            "quality: validity",
            "quality: volume",
        ] == sorted(f"{key.asset_key.path[-1]}: {key.name}" for key in graph.asset_check_keys)
        assert ["check_monitor_files", "monitor_churn"] == sorted(
            name for name in repository.job_names if not name.startswith("__")
        )
        assert ["monitor_churn_schedule"] == [d.name for d in repository.schedule_defs]
        assert [
            "label_arrivals",
            "monitor_files",
            "notifications",
            "run_failures",
            "run_recoveries",
            "self_watch",
        ] == sorted(sensor.name for sensor in repository.sensor_defs)

    def test_always_on(self, make_world: MakeWorld) -> None:
        """Nothing has to be switched on by hand."""
        repository = make_world().definitions.get_repository_def()
        sensors = {sensor.default_status for sensor in repository.sensor_defs}

        assert {dg.DefaultSensorStatus.RUNNING} == sensors
        assert dg.DefaultScheduleStatus.RUNNING is repository.schedule_defs[0].default_status

    def test_table_named_as_a_step(self, make_world: MakeWorld) -> None:
        """
        A schema may be called as the model is.

        Regression: the table churn.predictions had the key of a step, and nothing loaded any more.
        """
        world = make_world()
        table = world.spec.predictions.model_copy(update={"table": "churn.predictions"})
        file = world.file
        odd = type(file)(
            file.spec.model_copy(update={"predictions": table}), file.path, file.source
        )
        files = type(load_monitors(file.path.parent))((odd,), ())
        definitions = build_definitions(files, world.resources)
        dg.Definitions.validate_loadable(definitions)

        graph = definitions.get_repository_def().asset_graph
        assert dg.AssetKey(["tables", "churn", "predictions"]) in graph.get_all_asset_keys()
