"""Tests of a retraining that dies and is run again, and of the whole loop."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assets.keys import RETRAINING_STEPS
from assets.retraining import CAUSE_TAG
from resources.lineage import trace
from resources.registry import ModelRegistry
from resources.results.records import (
    ModelVersionRecord,
    RetrainingStatus,
    Subject,
    VersionStatus,
)
from resources.training import checksum

#: The last day with predictions.
LAST = date(2026, 1, 30)

if TYPE_CHECKING:
    from tests.assets.conftest import Loop


class TestCrash:
    """A run that dies, and is run again."""

    def test_during_training(
        self,
        deployed: Callable[..., Loop],
        tmp_path: Path,
        trainer_source: str,
    ) -> None:
        """
        Training that was killed is done again days later: same version, same days, a clean folder.
        """
        loop = deployed(-1.0)
        request = loop.ask()
        half = tmp_path / "models" / "churn"
        trainer = tmp_path / "tiny_trainer.py"
        trainer.write_text(
            trainer_source.replace("    return Trained", "    1 / 0\n    return Trained")
        )
        (failure,) = loop.retrain(cause=request.cause)
        assert "ZeroDivisionError" in failure
        assert [] == loop.versions()
        (leftover,) = half.rglob("model.json")
        leftover.with_name("torn.tmp").write_text("half")

        trainer.write_text(trainer_source, "utf-8")
        loop.world.clock.time += timedelta(days=2)
        assert () == loop.retrain(cause=request.cause)

        (record,) = loop.world.store.model_versions("churn")
        assert leftover.parent.name == record.version
        assert ("2026-01-04", "2026-01-24") == (record.trained_from, record.trained_to)
        kept = sorted(path.name for path in leftover.parent.iterdir())
        assert ["model.json", "training.log"] == kept

    def test_after_training(self, deployed: Callable[..., Loop]) -> None:
        """A version that was registered before the run died is not trained a second time."""
        loop = deployed(-1.0)
        request = loop.ask()
        assert () == loop.retrain(RETRAINING_STEPS[:1], cause=request.cause)
        (before,) = loop.world.store.model_versions("churn")
        loop.world.clock.time += timedelta(hours=1)
        assert () == loop.retrain(cause=request.cause)
        (after,) = loop.world.store.model_versions("churn")

        assert before.created_at == after.created_at
        assert VersionStatus.CHAMPION is after.status

    def test_champion_changed(self, deployed: Callable[..., Loop], tmp_path: Path) -> None:
        """A comparison with a version that is champion no more decides nothing."""
        loop = deployed(-1.0)
        request = loop.ask()
        assert () == loop.retrain(RETRAINING_STEPS[:2], cause=request.cause)
        artefact = tmp_path / "other.json"
        artefact.write_text(json.dumps(-1.0))
        other = ModelVersionRecord(
            "churn",
            "v9",
            VersionStatus.CHAMPION,
            loop.world.clock.now(),
            "",
            artefact=str(artefact),
            checksum=checksum(artefact),
        )
        with loop.world.store.transaction() as transaction:
            transaction.save_model_version(other)

        (failure,) = loop.retrain(RETRAINING_STEPS[2:], cause=request.cause)
        assert "compared with the deployed model, and the champion is now v9" in failure


#: A process that dies by SIGKILL in the method of the registry that its arguments name.
DOOMED = """
import os
import signal
import sys
from datetime import datetime
from pathlib import Path

root, folder, point, cause, moment = sys.argv[1:]
sys.path[:0] = [root, folder]

import dagster as dg
from assets.keys import RETRAINING_STEPS
from assets.retraining import CAUSE_TAG
from monitoring_pipelines.definitions import build_definitions
from monitoring_pipelines.jobs import RETRAIN, keys_of
from monitoring_pipelines.runner import Runner
from resources.clock import SetClock
from resources.monitor_files import MonitorFiles, load_monitor
from resources.registry import ModelRegistry
from resources.results.store import ResultsStore
from resources.warehouse.duckdb import DuckDBWarehouse


class Doomed(ModelRegistry):
    pass


def die(*arguments, **named):
    os.kill(os.getpid(), signal.SIGKILL)


setattr(Doomed, point, die)
home = Path(folder)
store = ResultsStore(f"sqlite:///{home / 'results.db'}")
resources = {
    "warehouse": DuckDBWarehouse(home / "warehouse.duckdb"),
    "results": store,
    "registry": Doomed(store, home / "models"),
    "clock": SetClock(datetime.fromisoformat(moment)),
    "validator": None,
    "delivery": None,
}
file = load_monitor(home / "churn.yaml")
definitions = build_definitions(MonitorFiles((file,), ()), resources)
instance = dg.DagsterInstance.ephemeral()
if point == "publish":
    context = dg.build_sensor_context(
        instance=instance,
        resources=resources,
        definitions=definitions,
        sensor_name="retraining",
    )
    definitions.resolve_sensor_def("retraining").evaluate_tick(context)
else:
    selection = keys_of(file.spec, RETRAINING_STEPS)
    request = dg.RunRequest(job_name=RETRAIN, asset_selection=selection, tags={CAUSE_TAG: cause})
    Runner(definitions, instance).request(request)
"""


def doomed(loop: Loop, folder: Path, *, point: str, cause: str = "") -> subprocess.Popen[bytes]:
    """Start a process on the tables and results of *loop* that will die at *point*."""
    program, root = folder / "doomed.py", str(Path(__file__).parents[2])
    program.write_text(DOOMED, "utf-8")
    told = [root, str(folder), point, cause, loop.world.clock.now().isoformat()]

    return subprocess.Popen([sys.executable, str(program), *told])  # noqa: S603 - our own program


class TestKilled:
    """A process that is killed by SIGKILL, and what another one makes of what it left."""

    def test_during_training(
        self, deployed: Callable[..., Loop], tmp_path: Path, trainer_source: str
    ) -> None:
        """
        Nothing is registered and nothing trains on; the run that follows makes the version anew.
        """
        loop = deployed(-1.0)
        request = loop.ask()
        trainer, mark = tmp_path / "tiny_trainer.py", tmp_path / "pid"
        sleepy = f"""    import os, pathlib, time
    pathlib.Path({str(mark)!r}).write_text(str(os.getpid()))
    time.sleep(600)
    return Trained"""
        trainer.write_text(trainer_source.replace("    return Trained", sleepy), "utf-8")
        process = doomed(loop, tmp_path, point="register", cause=request.cause)
        until(lambda: (mark.exists() and mark.read_text() != "") or process.poll() is not None)
        process.kill()
        assert -signal.SIGKILL == process.wait()
        until(lambda: not is_alive(int(mark.read_text())))
        assert [] == loop.versions()
        assert RetrainingStatus.RUNNING is loop.world.store.retrainings("churn")[0].status

        trainer.write_text(trainer_source, "utf-8")
        assert () == loop.retrain(cause=request.cause)
        assert [VersionStatus.CHAMPION] == [status for _, status in loop.versions()]

    def test_between_evaluation_and_promotion(
        self, deployed: Callable[..., Loop], tmp_path: Path
    ) -> None:
        """
        The evaluated version is neither trained nor judged again: one version, one decision.
        """
        loop = deployed(-1.0)
        request = loop.ask()
        process = doomed(loop, tmp_path, point="settle", cause=request.cause)
        assert -signal.SIGKILL == process.wait()
        (left,) = loop.world.store.model_versions("churn")
        assert VersionStatus.CHALLENGER is left.status
        assert left.evaluation is not None
        assert [] == loop.world.store.decisions("churn", Subject.PROMOTION)

        for _ in range(2):
            loop.world.clock.time += timedelta(hours=1)
            assert () == loop.retrain(cause=request.cause)
        (record,) = loop.world.store.model_versions("churn")
        assert (VersionStatus.CHAMPION, left.created_at, left.checksum) == (
            record.status,
            record.created_at,
            record.checksum,
        )
        assert 1 == len(loop.world.store.decisions("churn", Subject.PROMOTION))
        (settled,) = loop.world.store.retrainings("churn")
        assert RetrainingStatus.SUCCEEDED is settled.status

    def test_before_the_run_is_asked_for(
        self, deployed: Callable[..., Loop], tmp_path: Path
    ) -> None:
        """
        A request that a tick has stored and not sent is sent by the next one: once, and one run.
        """
        loop = deployed(-1.0)
        loop.world.learn()
        steps, days = ["predictions", "actuals", "performance"], (date(2026, 1, 1), LAST)
        assert loop.world.runner.days(loop.world.spec, steps, *days).success
        process = doomed(loop, tmp_path, point="publish")
        assert -signal.SIGKILL == process.wait()
        (stored,) = loop.world.store.retrainings("churn")
        assert RetrainingStatus.REQUESTED is stored.status
        loop.world.clock.time += timedelta(minutes=1)

        ticks = [loop.world.tick("retraining")[0] for _ in range(2)]
        assert [[stored.key]] * 2 == [[request.run_key for request in tick] for tick in ticks]
        assert loop.world.runner.request(ticks[0][0]).success
        later = [request.run_key for request in loop.world.tick("retraining")[0]]
        assert stored.key not in later
        assert 1 == len(loop.world.store.retrainings("churn"))
        assert [VersionStatus.CHAMPION] == [status for _, status in loop.versions()]
        asked = loop.world.store.decisions("churn", Subject.RETRAINING)
        assert ["yes"] == [found.outcome for found in asked if found.outcome == "yes"]


def until(condition: Callable[[], bool]) -> None:
    """Wait until *condition* holds, at most a minute."""
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("It did not come about within a minute.")


def is_alive(pid: int) -> bool:
    """Say whether there is a process *pid* that is no zombie."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False

    return status.rpartition(")")[2].split()[0] != "Z"


class TestLoop:
    """From labels that come in to the version that they asked for."""

    def test_end_to_end(self, deployed: Callable[..., Loop]) -> None:
        """
        A model that has become wrong fires an incident, which asks for a version that is promoted.

        From the version one gets back to the run, the incident, its measurements and their days.
        """
        loop = deployed(-1.0)
        loop.world.learn()
        steps = ["predictions", "actuals", "performance"]
        assert loop.world.runner.days(
            loop.world.spec, steps, date(2026, 1, 1), date(2026, 1, 30)
        ).success
        ((request,), _) = loop.world.tick("retraining")
        result = loop.world.runner.request(request)
        assert result.success

        champion = loop.world.store.champion("churn")
        assert champion is not None
        lineage = trace(
            loop.world.spec,
            loop.world.store,
            ModelRegistry(loop.world.store, Path("unused")),
            champion.version,
        )
        assert result.run_id == lineage.version.run_id
        assert lineage.request is not None
        assert request.tags[CAUSE_TAG] == lineage.request.cause
        assert lineage.incident is not None
        windows = {row.last_partition for row in lineage.incident.evidence}
        assert windows == {day.partition for day in lineage.days}
        assert [Subject.PROMOTION] == [decision.subject for decision in lineage.decisions]
        ((reference,), _) = loop.world.tick("retraining")
        assert f"churn:reference:{champion.version}:2026-02-01:1:1" == reference.run_key
        assert loop.world.runner.request(reference).success
        assert "was answered already" in loop.world.tick("retraining")[1]
