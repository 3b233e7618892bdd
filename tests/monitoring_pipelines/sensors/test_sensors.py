"""Tests of the sensors, ticked as the daemon ticks them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg
import pyarrow as pa

from monitoring.alerting.incident import Cause, Incident, State
from monitoring.results import Verdict
from monitoring_pipelines.jobs import RANGE_END_TAG, RANGE_START_TAG
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


def ran(world: World) -> World:
    """Return *world*, which has its reference, with three days, computed on 10 January."""
    assert world.run(FIRST, LAST).success

    return world


def spans(requests: list[dg.RunRequest]) -> list[tuple[str, str]]:
    """Return the first and the last day of each request."""
    return [
        (
            str(request.partition_key or request.tags[RANGE_START_TAG]),
            str(request.partition_key or request.tags[RANGE_END_TAG]),
        )
        for request in requests
    ]


class TestLabelArrivals:
    """Labels that come late."""

    def test_touched_days(self, make_learnt: MakeWorld) -> None:
        """A label asks for the day of its prediction and no other; silence says so."""
        world = ran(make_learnt(MONITOR))
        assert ([], "No new labels for 1 models.") == world.tick("label_arrivals")
        world.sql("UPDATE actuals SET recorded = '2026-01-10 08:00+00' WHERE id = '2026-01-01-250'")
        world.clock.time = datetime(2026, 1, 10, 9, tzinfo=UTC)
        requests, _ = world.tick("label_arrivals")

        assert [("2026-01-02", "2026-01-02")] == spans(requests)

    def test_watermark(self, make_learnt: MakeWorld) -> None:
        """A request is repeated until its days were computed; then the watermark moves on."""
        world = ran(make_learnt(MONITOR))
        world.sql("UPDATE actuals SET recorded = '2026-01-10 08:00+00' WHERE id = '2026-01-01-0'")
        world.clock.time = datetime(2026, 1, 10, 9, tzinfo=UTC)
        (request,), _ = world.tick("label_arrivals")
        assert [request.run_key] == [again.run_key for again in world.tick("label_arrivals")[0]]
        # Dagster starts no second run for a key, so one that failed needs another.
        world.clock.time += timedelta(hours=1)
        assert [request.run_key] != [later.run_key for later in world.tick("label_arrivals")[0]]
        assert world.runner.request(request).success
        requests, _ = world.tick("label_arrivals")

        assert [] == requests
        assert world.clock.time.isoformat() == world.store.watermark("churn", "labels")

    def test_mature(self, make_learnt: MakeWorld) -> None:
        """A day is computed again when its labels have become due."""
        world = make_learnt(MONITOR)
        world.clock.time = datetime(2026, 1, 3, 6, tzinfo=UTC)
        world.run(FIRST, date(2026, 1, 2))
        world.clock.time = datetime(2026, 1, 4, 0, tzinfo=UTC)
        requests, _ = world.tick("label_arrivals")

        assert [("2026-01-02", "2026-01-02")] == spans(requests)


class TestRunFailures:
    """A monitor that does not run."""

    def test_incident(self, make_world: MakeWorld) -> None:
        """A run that really failed is one incident; a later good one ends it; a third is told."""
        world = make_world(MONITOR)
        failed = world.run(FIRST)
        run = world.instance.get_run_by_id(failed.run_id)
        assert run is not None
        assert run.status is dg.DagsterRunStatus.FAILURE
        now = world.clock.now()
        for _ in range(2):
            record_failure(world.spec, world.store, run, now=now, reason="no reference")
        record_recovery(world.spec, world.store, run, now=now)
        record_failure(world.spec, world.store, run, now=now, reason="again")
        told = [record.notification.key for record in world.store.notifications("churn")]

        assert [
            "churn:run_failure:2026-01-01:firing",
            "churn:run_failure:2026-01-01:firing:2",
            "churn:run_failure:2026-01-01:resolved",
        ] == sorted(told)


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
