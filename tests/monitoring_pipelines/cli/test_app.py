"""Tests of the command line: what it prints, and what its exit codes say."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from dagster._daemon.types import DaemonHeartbeat
from typer.testing import CliRunner, Result

from monitoring.alerting.incident import Cause, Incident, State
from monitoring.results import COLUMNS, Verdict
from monitoring_pipelines.cli.app import app
from monitoring_pipelines.home import open_instance, prepare_home
from monitoring_pipelines.settings import Settings

if TYPE_CHECKING:
    from tests.conftest import MakeWorld, World

MONITOR = """\
model: churn
task: binary_classification
start: 2026-01-01
end: 2026-01-03
predictions: {table: predictions, id: id, timestamp: at, score: score}
positive_class: 1
actuals: {table: actuals, id: id, label: label, timestamp: recorded}
reference: {table: reference, label: label}
features: [amount]
windows: {drift: [1d], performance: [1d]}
quality: {generate: false}
"""


@pytest.fixture
def world(make_world: MakeWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """
    A world to which the environment points.
    """
    made = make_world(MONITOR)
    monkeypatch.setenv("MONITOR_HOME", str(tmp_path))
    monkeypatch.setenv("MONITOR_MONITORS", str(tmp_path))
    monkeypatch.setenv("MONITOR_WAREHOUSE_URL", f"duckdb:///{made.database}")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-hidden")
    monkeypatch.delenv("MONITOR_RESULTS_URL", raising=False)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)

    return made


def call(*arguments: str) -> Result:
    """Run the command line."""
    result = CliRunner().invoke(app, arguments)
    assert "hidden" not in result.output

    return result


class TestRun:
    """``monitor run``, and what it leaves for ``monitor results``."""

    @pytest.mark.usefixtures("world")
    def test_results(self) -> None:
        """A run exits with 0; its CSV has exactly the public columns, and JSON the same rows."""
        assert 0 == call("run").exit_code
        text = call("results", "--metric", "roc_auc", "--format", "csv").stdout
        rows = list(csv.DictReader(io.StringIO(text)))
        listed = json.loads(call("results", "--metric", "roc_auc", "--format", "json").stdout)

        assert ",".join(COLUMNS) == text.splitlines()[0]
        assert {"2026-01-01", "2026-01-02", "2026-01-03"} == {
            row["window_start"] for row in rows if row["window"] == "1d"
        }
        assert len(rows) == len(listed)
        assert "NaN" not in text
        status = " ".join(call("status").stdout.split())
        assert "churn" in status
        assert "(budget" in status

    def test_failed(self, world: World) -> None:
        """A step that failed is 3, and names what was wrong."""
        world.sql("DROP TABLE predictions")
        result = call("run")

        assert 3 == result.exit_code
        assert "no table predictions" in result.stderr

    @pytest.mark.usefixtures("world")
    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("--model", "chrun"), "No usable monitor file for chrun; there are: churn."),
            (("--from", "2026-01-03", "--to", "2026-01-01"), "on or after --from 2026-01-03"),
            (("--as-of", "soon"), "--as-of: expected a moment"),
        ],
    )
    def test_misused(self, arguments: tuple[str, ...], words: str) -> None:
        """A wrong option is 2, and says what would be right."""
        result = call("run", *arguments)

        assert 2 == result.exit_code
        assert words in result.stderr

    def test_broken_file(self, world: World, tmp_path: Path) -> None:
        """
        A broken file is 2 after the others have run.

        Regression: it was 0, so a job on a timer never told that a monitor was off.
        """
        (tmp_path / "broken.yaml").write_text("model: [", "utf-8")
        result = call("run", "--from", "2026-01-01", "--to", "2026-01-01")

        assert 2 == result.exit_code
        assert "broken.yaml" in result.stderr
        assert world.measured(metric="roc_auc")

    def test_lost_reference(self, world: World) -> None:
        """
        Without a reference nothing else of the model is tried, and one line says why.

        Regression: every month of days repeated that there was no reference.
        """
        world.sql("DROP TABLE reference")
        result = call("run")
        told = [line for line in result.stderr.splitlines() if "churn__" in line]

        assert 3 == result.exit_code
        assert 1 == len(told)
        assert "no table reference" in told[0]

    @pytest.mark.usefixtures("world")
    def test_unfinished_day(self) -> None:
        """
        A day that is not over is told, and left out.

        Regression: it was a traceback of Dagster's.
        """
        result = call("run", "--from", "2026-01-03", "--to", "2999-01-01")

        assert 0 == result.exit_code
        assert "--to 2999-01-01: that day is not over" in result.stderr

    def test_not_over_then(self, world: World) -> None:
        """As of a moment, neither is a day that ended after it."""
        result = call("run", "--to", "2026-01-03", "--as-of", "2026-01-02T06:00")

        assert 0 == result.exit_code
        assert "--to 2026-01-03: that day is not over; the last" in result.stderr
        assert ["2026-01-01"] == [
            row.window_start for row in world.measured(metric="roc_auc", window="1d", version="*")
        ]

    @pytest.mark.usefixtures("world")
    def test_nothing_to_do(self) -> None:
        """Days outside the monitor are told, not passed over."""
        result = call("run", "--from", "2027-01-01", "--to", "2027-01-02")

        assert 0 == result.exit_code
        assert "no day to compute" in result.stderr


class TestStatus:
    """``monitor status``."""

    @pytest.mark.usefixtures("world")
    def test_healthy(self) -> None:
        """Nothing firing is 0."""
        assert 0 == call("status").exit_code

    def test_alerting(self, world: World, tmp_path: Path) -> None:
        """A firing incident is 1, also beside a broken file."""
        incident = Incident(
            "churn", Cause.DRIFT, State.FIRING, Verdict.WARNING, "2026-01-02", "2026-01-02"
        )
        with world.store.transaction() as transaction:
            transaction.save_incident(incident, run_id="run", at=world.clock.now())
        (tmp_path / "broken.yaml").write_text("model: [", "utf-8")
        result = call("status")

        assert 1 == result.exit_code
        assert "broken.yaml" in result.stderr

    @pytest.mark.usefixtures("world")
    def test_dead_daemon(self) -> None:
        """A daemon that lived and gives no sign any more is 1: it cannot tell of itself."""
        with open_instance(Settings.from_environment()) as instance:
            instance.add_daemon_heartbeat(DaemonHeartbeat(1_767_225_600.0, "SENSOR", "id"))
        result = call("status")

        assert 1 == result.exit_code
        assert "no sign of life since 2026-01-01 00:00 UTC" in result.stderr

    @pytest.mark.usefixtures("world")
    def test_no_storage(self) -> None:
        """Where Dagster's own storage cannot be read, the models are shown, and it is 1."""
        home = prepare_home(Settings.from_environment())
        nowhere = home / "dagster.yaml"
        nowhere.write_text(f"storage: {{sqlite: {{base_dir: {nowhere}}}}}\n", "utf-8")
        result = call("status")

        assert 1 == result.exit_code
        assert "churn" in result.stdout
        assert "Dagster's own storage cannot be read (" in result.stderr

    @pytest.mark.usefixtures("world")
    def test_unknown_model(self) -> None:
        """
        A model that is not there is 2.

        Regression: a mistyped name was as healthy as could be.
        """
        assert 2 == call("status", "--model", "chrun").exit_code


class TestCheck:
    """``monitor check``."""

    def test_good(self, world: World) -> None:
        """A file that fits its tables is 0, and nothing is computed."""
        result = call("check", str(world.file.path))

        assert 0 == result.exit_code, result.output
        assert [] == world.measured()

    def test_wrong_column(self, world: World) -> None:
        """A column that the table lacks is 2, on one line with file and field."""
        world.file.path.write_text(MONITOR.replace("score: score", "score: skore"), "utf-8")
        result = call("check")

        assert 2 == result.exit_code
        assert any("churn.yaml:" in line and "skore" in line for line in result.stderr.splitlines())
