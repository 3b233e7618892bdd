"""Tests of a retraining that a person started and that fails: somebody hears of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from monitoring.alerting.incident import Cause, State

if TYPE_CHECKING:
    from tests.assets.conftest import Loop

DAY = date(2026, 1, 30)


def tell(loop: Loop) -> None:
    """Let the sensors see the latest run as the daemon does."""
    world = loop.world
    run = world.instance.get_runs(limit=1)[0]
    failed = run.status is dg.DagsterRunStatus.FAILURE
    name = "run_failures" if failed else "run_recoveries"
    kind = dg.DagsterEventType.RUN_FAILURE if failed else dg.DagsterEventType.RUN_SUCCESS
    (entry,) = world.instance.all_logs(run.run_id, of_type=kind)
    assert entry.dagster_event is not None
    context = dg.build_run_status_sensor_context(
        sensor_name=name,
        dagster_instance=world.instance,
        dagster_run=run,
        dagster_event=entry.dagster_event,
        resources=world.resources,
    )
    sensor = world.definitions.resolve_sensor_def(name)
    sensor(context.for_run_failure() if failed else context)


class TestByHand:
    """The job `retrain`, started in the UI: its run names no model."""

    def test_heard_of(
        self, deployed: Callable[..., Loop], tmp_path: Path, trainer_source: str
    ) -> None:
        """
        Its failure is an incident of the model; a good day does not end it, a retraining does.

        Regression: such a run bears no tag with the model, and failed unheard.
        """
        loop = deployed(-1.0)
        trainer = tmp_path / "tiny_trainer.py"
        trainer.write_text("def train(request):\n    1 / 0\n", "utf-8")
        assert loop.retrain() != ()
        tell(loop)
        (incident,) = loop.world.store.incidents(state=State.FIRING)
        assert Cause.RUN_FAILURE is incident.cause

        loop.world.learn()
        assert loop.world.runner.days(loop.world.spec, ["predictions"], DAY, DAY).success
        tell(loop)
        assert [incident] == loop.world.store.incidents(state=State.FIRING)

        trainer.write_text(trainer_source, "utf-8")
        assert () == loop.retrain()
        tell(loop)
        assert [] == loop.world.store.incidents(state=State.FIRING)
