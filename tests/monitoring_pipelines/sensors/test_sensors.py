"""Tests of the sensors, ticked as the daemon ticks them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import dagster as dg
import pyarrow as pa

from monitoring.alerting.incident import Cause, Incident, State
from monitoring.results import Verdict
from monitoring_pipelines.sensors.run_failures import record_failure, record_recovery
from resources.results.records import RetrainingStatus

if TYPE_CHECKING:
    from tests.conftest import MakeWorld, World

FIRST, LAST = date(2026, 1, 1), date(2026, 1, 3)
MONITOR = """\
model: churn
task: binary_classification
start: 2026-01-01
predictions: {table: predictions, id: id, timestamp: at, prediction: said, score: score}
positive_class: 1
actuals: {table: actuals, id: id, label: label, timestamp: recorded, delay: 1d}
reference: {table: reference, label: label}
features: [amount]
windows: {drift: [1d], performance: [1d]}
quality: {generate: false}
retraining: {trainer: "some.module:train", minimum_labels: 100, cooldown: 7d}
"""


class TestRunFailures:
    """A monitor that does not run."""

    def test_incident(self, make_world: MakeWorld) -> None:
        """A run that really failed is one incident; a later good one ends it; a third is told."""
        world = make_world(MONITOR)
        run = self.run_of(world, "drift", FIRST)
        assert run.status is dg.DagsterRunStatus.FAILURE
        now = world.clock.now()
        for _ in range(2):
            record_failure(world.spec, world.store, run, now=now, reason="no reference")
        world.learn()
        self.recover(world, "predictions", FIRST)
        assert [Cause.RUN_FAILURE] == self.firing(world)
        self.recover(world, "drift", FIRST)
        assert [] == self.firing(world)
        record_failure(world.spec, world.store, run, now=now, reason="again")
        told = [record.notification.key for record in world.store.notifications("churn")]

        assert [
            "churn:run_failure:2026-01-01:firing",
            "churn:run_failure:2026-01-01:firing:2",
            "churn:run_failure:2026-01-01:resolved",
        ] == sorted(told)

    def test_made_good(self, make_learnt: MakeWorld) -> None:
        """
        A failed day is made good by itself or a later one; each that failed has to be.

        Regression: a good run of any day, of any steps, ended the incident.
        """
        world = make_learnt(MONITOR)
        world.sql("ALTER TABLE predictions RENAME TO away")
        for day in (2, 3):
            run = self.run_of(world, "predictions", date(2026, 1, day))
            now = world.clock.now()
            record_failure(world.spec, world.store, run, now=now, reason="no table")
        world.sql("ALTER TABLE away RENAME TO predictions")

        self.recover(world, "predictions", FIRST)
        self.recover(world, "predictions", date(2026, 1, 2))
        assert [Cause.RUN_FAILURE] == self.firing(world)
        self.recover(world, "predictions", date(2026, 1, 4))
        assert [] == self.firing(world)

    def test_good_before(self, make_learnt: MakeWorld) -> None:
        """A good run that began before the failed one makes nothing of it good."""
        world = make_learnt(MONITOR)
        good = self.run_of(world, "predictions", FIRST)
        world.sql("ALTER TABLE predictions RENAME TO away")
        failed = self.run_of(world, "predictions", FIRST)
        now = world.clock.now()
        record_failure(world.spec, world.store, failed, now=now, reason="no table")
        record_recovery(world.spec, world.store, good, world.instance, now=now)

        assert [Cause.RUN_FAILURE] == self.firing(world)

    def run_of(self, world: World, step: str, day: date) -> dg.DagsterRun:
        """Run a step of a day; return the run."""
        result = world.runner.days(world.spec, [step], day, day)
        run = world.instance.get_run_by_id(result.run_id)
        assert run is not None

        return run

    def recover(self, world: World, step: str, day: date) -> None:
        """Run a step of a day well, and let the sensor know."""
        run = self.run_of(world, step, day)
        assert run.status is dg.DagsterRunStatus.SUCCESS
        now = world.clock.now()
        record_recovery(world.spec, world.store, run, world.instance, now=now)

    def firing(self, world: World) -> list[Cause]:
        """Return the causes of what fires."""
        return [found.cause for found in world.store.incidents(state=State.FIRING)]


class TestRetraining:
    """The incident that asks for a new version."""

    def fire(self, world: World, since: str = "2026-01-02") -> Incident:
        """Open an incident of performance."""
        incident = Incident(
            "churn", Cause.PERFORMANCE, State.FIRING, Verdict.CRITICAL, since, since
        )
        with world.store.transaction() as transaction:
            transaction.save_incident(incident, run_id="run", at=world.clock.now())

        return incident

    def test_once(self, make_learnt: MakeWorld, make_rows: Callable[..., pa.Table]) -> None:
        """
        One incident is one request under one key, also when the tick is repeated after a crash.
        """
        world = make_learnt(MONITOR, predictions=make_rows(FIRST, 20, seed=3))
        world.clock.time = datetime(2026, 1, 25, tzinfo=UTC)
        world.runner.days(world.spec, ["predictions", "actuals"], FIRST, date(2026, 1, 20))
        assert "no incident of performance is firing" in world.tick("retraining")[1]
        incident = self.fire(world)
        keys = {request.run_key for _ in range(3) for request in world.tick("retraining")[0]}

        assert {f"retrain:{incident.fingerprint}"} == keys
        with world.store.transaction() as transaction:
            transaction.update_retraining(*keys, status=RetrainingStatus.SUCCEEDED)
        assert "was answered already" in world.tick("retraining")[1]
        self.fire(world, since="2026-01-15")
        assert "cooling down until 2026-02-01" in world.tick("retraining")[1]

    def test_few_labels(self, make_world: MakeWorld) -> None:
        """Without labels to train on there is no request; the reason says how many it takes."""
        world = make_world(MONITOR)
        self.fire(world)

        assert "expected 100 labelled rows to train on, got 0" in world.tick("retraining")[1]


class TestNotifications:
    """The sensor that empties the outbox."""

    def test_sent(self, make_world: MakeWorld) -> None:
        """What is due is sent, and the tick says so; then nothing is due."""
        world = make_world(MONITOR.replace("quality", 'alerts: {slack: {channel: "#ml"}}\nquality'))
        failed = world.run(FIRST)
        run = world.instance.get_run_by_id(failed.run_id)
        assert run is not None
        record_failure(world.spec, world.store, run, now=world.clock.now(), reason="x")

        assert "churn:run_failure:2026-01-01:firing: recorded" == world.tick("notifications")[1]
        assert "No message is due." == world.tick("notifications")[1]
