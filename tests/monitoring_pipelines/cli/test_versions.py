"""Tests of the commands about versions: approve, rollback and lineage."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from monitoring.alerting.incident import Cause, Incident, State
from monitoring.results import ALL, Measurement, Verdict
from monitoring.retraining.evaluation import Evaluation
from monitoring_pipelines.cli.app import app
from resources.results.records import (
    DecisionRecord,
    ModelVersionRecord,
    RetrainingRecord,
    RetrainingStatus,
    Subject,
    VersionStatus,
    WindowKey,
)
from resources.training import checksum

if TYPE_CHECKING:
    from tests.conftest import MakeWorld, World

NOW = datetime(2026, 1, 10, tzinfo=UTC)
CAUSE = "churn:performance:2026-01-02"


@pytest.fixture
def world(make_world: MakeWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """
    A world with a champion, a version that was better, and the incident that asked for it.
    """
    made = make_world()
    monkeypatch.setenv("MONITOR_HOME", str(tmp_path))
    monkeypatch.setenv("MONITOR_MONITORS", str(tmp_path))
    monkeypatch.setenv("MONITOR_WAREHOUSE_URL", f"duckdb:///{made.database}")
    monkeypatch.delenv("MONITOR_RESULTS_URL", raising=False)
    artefact = tmp_path / "model"
    artefact.write_text("model")
    kept = {"artefact": str(artefact), "checksum": checksum(artefact)}
    incident = Incident(
        "churn",
        Cause.PERFORMANCE,
        State.FIRING,
        Verdict.CRITICAL,
        "2026-01-02",
        "2026-01-03",
        evidence=(measured("*", 0.6, verdict=Verdict.CRITICAL),),
    )
    request = RetrainingRecord(
        f"retrain:{CAUSE}", "churn", CAUSE, NOW, RetrainingStatus.WAITING, version="v2"
    )
    with made.store.transaction() as tx:
        tx.save_model_version(
            ModelVersionRecord("churn", "v1", VersionStatus.CHAMPION, NOW, "", **kept)
        )
        tx.save_model_version(
            ModelVersionRecord(
                "churn",
                "v2",
                VersionStatus.AWAITING_APPROVAL,
                NOW + timedelta(days=1),
                "run-7",
                reason="better: log-loss lower",
                evaluation=compared("v1").encode(),
                **kept,
            )
        )
        tx.save_incident(incident, run_id="run-1", at=NOW)
        tx.request_retraining(request)
        tx.record_decision(
            DecisionRecord("churn", NOW, Subject.PROMOTION, "waiting", "better", version="v2")
        )
        tx.replace_measurements(
            "churn",
            "performance",
            [WindowKey("2d", "2026-01-02", "2026-01-04")],
            [measured("v1", 0.6), measured("v2", 0.8), difference()],
        )

    return made


def compared(champion: str) -> Evaluation:
    """Return the evaluation of a version that is better than *champion*."""
    days = (date(2025, 12, 20), date(2026, 1, 2))

    return Evaluation(True, "better: log-loss lower", 500, *days, champion=champion)  # noqa: FBT003


def measured(version: str, value: float, verdict: Verdict | None = None) -> Measurement:
    """Return the AUC of *version* in a window."""
    window = ("2d", "2026-01-02", "2026-01-04")
    number = (value, value - 0.03, value + 0.04, 400, 0.7, None, verdict, NOW, "run-1")

    return Measurement("churn", version, ALL, *window, ALL, "roc_auc", *number)


def difference() -> Measurement:
    """Return how far v2 is from the champion."""
    row = measured("v2", 0.2)

    return replace(
        row,
        metric="versus_champion_roc_auc",
        lower=0.15,
        upper=0.25,
        reason="against v1, other ids",
    )


def call(*arguments: str) -> Result:
    """Run the command line."""
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


def status(world: World) -> dict[str, str]:
    """Return what became of each version."""
    return {record.version: str(record.status) for record in world.store.model_versions("churn")}


class TestApprove:
    """``monitor approve``."""

    def test_promoted(self, world: World) -> None:
        """The version becomes champion, the one before is archived, and it is told who did it."""
        result = call("approve", "churn", "v2", "--by", "ada")

        assert 0 == result.exit_code, result.output
        assert {"v1": "archived", "v2": "champion"} == status(world)
        assert "approved by ada: better" in world.store.decisions("churn")[-1].reason
        assert RetrainingStatus.SUCCEEDED is world.store.retrainings("churn")[0].status

    @pytest.mark.parametrize(
        ("arguments", "code", "message"),
        [
            (("churn", "v1"), 3, "v1 is champion, and only a version that is awaiting_approval"),
            (("churn", "v7"), 3, "no version v7; there are: v1, v2."),
            (("chorn", "v2"), 2, "No usable monitor file for chorn; there are: churn."),
        ],
    )
    def test_refused(
        self, world: World, arguments: tuple[str, str], code: int, message: str
    ) -> None:
        """What does not wait cannot be approved; the message names what there is."""
        result = call("approve", *arguments)

        assert code == result.exit_code
        assert message in result.output
        assert {"v1": "champion", "v2": "awaiting_approval"} == status(world)

    def test_champion_changed(self, world: World) -> None:
        """
        A version that was better than one which was taken back has to be compared again.

        Regression: ``decide`` refused that, ``approve`` did not look.
        """
        waiting = ModelVersionRecord(
            "churn",
            "v3",
            VersionStatus.AWAITING_APPROVAL,
            NOW + timedelta(days=2),
            "run-8",
            evaluation=compared("v2").encode(),
        )
        with world.store.transaction() as tx:
            tx.save_model_version(waiting)
        result = call("approve", "churn", "v3")

        assert 3 == result.exit_code
        assert "v3 was compared with v2, and the champion is now v1; run the job" in result.output
        assert "awaiting_approval" == status(world)["v3"]


class TestRollback:
    """``monitor rollback``."""

    def test_and_again(self, world: World) -> None:
        """Back to the version before, then to the model before monitoring, then no further."""
        assert 0 == call("approve", "churn", "v2").exit_code
        first = call("rollback", "churn", "--reason", "too many complaints")
        assert "v1 is in use again" in first.output
        assert {"v1": "champion", "v2": "rolled_back"} == status(world)
        assert "too many complaints" in world.store.decisions("churn", Subject.ROLLBACK)[0].reason

        assert (
            "deployed before monitoring began is in use again" in call("rollback", "churn").output
        )
        assert world.store.champion("churn") is None
        last = call("rollback", "churn")
        assert 3 == last.exit_code
        assert "there is none to take back" in last.output

    def test_changed_artefact(self, world: World, tmp_path: Path) -> None:
        """A version whose artefact has changed is not put in use again; nothing is changed."""
        assert 0 == call("approve", "churn", "v2").exit_code
        (tmp_path / "model").write_text("other")
        result = call("rollback", "churn")

        assert 3 == result.exit_code
        assert "the artefact of v1 has changed" in result.output
        assert "champion" == status(world)["v2"]


class TestLineage:
    """``monitor lineage``."""

    @pytest.mark.usefixtures("world")
    def test_chain(self) -> None:
        """From the version to the run, the incident, its measurements and their days."""
        result = call("lineage", "churn", "v2")

        assert 0 == result.exit_code, result.output
        for link in (
            "churn v2: awaiting_approval",
            "training run run-7",
            f"incident {CAUSE}",
            "AUC fell to 0.6",
            "days of predictions, actuals, reference",
        ):
            assert link in result.output

    def test_json(self, world: World) -> None:
        """The same as JSON, with the days that were profiled."""
        world.learn()
        world.runner.days(
            world.spec,
            ["predictions", "actuals"],
            datetime(2026, 1, 2, tzinfo=UTC).date(),
            datetime(2026, 1, 3, tzinfo=UTC).date(),
        )
        found = json.loads(call("lineage", "churn", "v2", "--format", "json").stdout)

        assert "run-7" == found["version"]["run_id"]
        assert CAUSE == found["request"]["cause"]
        assert CAUSE == found["incident"]["fingerprint"]
        assert ["2026-01-02", "2026-01-03"] == [day["partition"] for day in found["days"]]

    @pytest.mark.usefixtures("world")
    def test_side_by_side(self) -> None:
        """Versions that answer at the same time stand there with their difference's interval."""
        result = call("lineage", "churn")

        assert 0 == result.exit_code, result.output
        assert "+0.2 (+0.15 to +0.25)" in result.output
        assert "against v1, other ids" in result.output
        assert "awaiting_approval" in result.output
