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

if TYPE_CHECKING:
    from tests.assets.conftest import Loop


class TestCrash:
    """A run that dies, and is run again."""

    def test_during_training(
        self,
        deployed: Callable[..., Loop],
        tmp_path: Path,
        trainer_source: str,
        monkeypatch: pytest.MonkeyPatch,
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
        monkeypatch.delitem(sys.modules, "tiny_trainer")
        loop.world.clock.time += timedelta(days=2)
        assert () == loop.retrain(cause=request.cause)

        (record,) = loop.world.store.model_versions("churn")
        assert leftover.parent.name == record.version
        assert ("2026-01-04", "2026-01-24") == (record.trained_from, record.trained_to)
        assert ["model.json"] == [path.name for path in leftover.parent.iterdir()]

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

    def test_between_evaluation_and_promotion(self, deployed: Callable[..., Loop]) -> None:
        """Promotion goes on where the run died, and once it has decided it decides no more."""
        loop = deployed(-1.0)
        request = loop.ask()
        assert () == loop.retrain(RETRAINING_STEPS[:2], cause=request.cause)
        assert [VersionStatus.CHALLENGER] == [status for _, status in loop.versions()]
        for _ in range(2):
            assert () == loop.retrain(RETRAINING_STEPS[2:], cause=request.cause)
            loop.world.clock.time += timedelta(days=1)

        assert [VersionStatus.CHAMPION] == [status for _, status in loop.versions()]
        assert 1 == len(loop.world.store.decisions("churn", Subject.PROMOTION))
        (settled,) = loop.world.store.retrainings("churn")
        assert RetrainingStatus.SUCCEEDED is settled.status

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


KILLED = """
import sys
from datetime import datetime
from pathlib import Path
from resources.challenge import Challenge
from resources.monitor_files import load_monitor
from resources.lineage import trace
from resources.registry import ModelRegistry
from resources.results.store import ResultsStore
from resources.training import load_trainer
from resources.warehouse.duckdb import DuckDBWarehouse
from resources.warehouse.query import Query

root, folder, cause, as_of = sys.argv[1:]
sys.path[:0] = [root, folder]
home = Path(folder)
spec = load_monitor(home / "churn.yaml").spec
store = ResultsStore(f"sqlite:///{home / 'results.db'}")
query = Query(spec, DuckDBWarehouse(home / "warehouse.duckdb"))
registry = ModelRegistry(store, home / "models")
trainer = load_trainer(spec.retraining.trainer)
challenge = Challenge(spec, spec.retraining, query, store, registry, trainer)
challenge.train(cause, as_of=datetime.fromisoformat(as_of), run_id="killed")
"""


class TestKilled:
    """A process that is killed while it trains."""

    def test_kill_9(
        self, deployed: Callable[..., Loop], tmp_path: Path, trainer_source: str
    ) -> None:
        """
        Nothing is registered, and the run that follows makes the version as if nothing had been.
        """
        loop = deployed(-1.0)
        request = loop.ask()
        trainer = tmp_path / "tiny_trainer.py"
        sleepy = "    import time\n    time.sleep(60)\n    return Trained"
        trainer.write_text(trainer_source.replace("    return Trained", sleepy), "utf-8")
        (tmp_path / "killed.py").write_text(KILLED, "utf-8")
        root = str(Path(__file__).parents[2])
        moment = loop.world.clock.now().isoformat()
        arguments = [str(tmp_path / "killed.py"), root, str(tmp_path), request.cause, moment]
        process = subprocess.Popen(  # noqa: S603 - our interpreter, our script
            [sys.executable, *arguments], env={"PYTHONPATH": root}
        )
        for _ in range(1200):
            if list((tmp_path / "models").rglob("model.json")) or process.poll() is not None:
                break
            time.sleep(0.05)
        process.kill()
        assert -signal.SIGKILL == process.wait()
        assert [] == loop.versions()
        assert RetrainingStatus.RUNNING is loop.world.store.retrainings("churn")[0].status

        trainer.write_text(trainer_source, "utf-8")
        assert () == loop.retrain(cause=request.cause)
        assert [VersionStatus.CHAMPION] == [status for _, status in loop.versions()]


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
        assert f"churn:reference:{champion.version}:2026-02-01" == reference.run_key
        assert loop.world.runner.request(reference).success
        assert "was answered already" in loop.world.tick("retraining")[1]
