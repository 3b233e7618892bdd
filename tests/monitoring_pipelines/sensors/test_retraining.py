"""Tests of the sensor that starts retrainings: once for a cause, whatever crashes or repeats."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg
import pyarrow as pa
import pytest

from assets.retraining import CAUSE_TAG
from monitoring.alerting.incident import Cause, Incident, State
from monitoring.results import ALL, Measurement, Verdict
from monitoring_pipelines.sensors.run_failures import record_failure
from resources.results.records import (
    DecisionRecord,
    ModelVersionRecord,
    RetrainingStatus,
    Subject,
    VersionStatus,
)
from resources.retraining_requests import RetrainingRequests

if TYPE_CHECKING:
    from tests.conftest import MakeWorld, World

FIRST = date(2026, 1, 1)
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
retraining:
  trainer: "some.module:train"
  on: [performance, drift]
  minimum_labels: 100
  probation: 14d
"""


@pytest.fixture
def world(make_learnt: MakeWorld, make_rows: Callable[..., pa.Table]) -> World:
    """
    A world with twenty days of labels, on 25 January.
    """
    made = make_learnt(MONITOR, predictions=make_rows(FIRST, 20, seed=3))
    made.clock.time = datetime(2026, 1, 25, tzinfo=UTC)
    made.runner.days(made.spec, ["predictions", "actuals"], FIRST, date(2026, 1, 20))

    return made


def fire(world: World, since: str = "2026-01-02", cause: Cause = Cause.PERFORMANCE) -> Incident:
    """Open an incident whose evidence is a day."""
    end = (date.fromisoformat(since) + timedelta(days=1)).isoformat()
    number = (0.4, None, None, 200, 0.7, None, Verdict.CRITICAL, world.clock.now(), "run")
    evidence = Measurement("churn", ALL, ALL, "1d", since, end, ALL, "roc_auc", *number)
    incident = Incident(
        "churn", cause, State.FIRING, Verdict.CRITICAL, since, since, evidence=(evidence,)
    )
    with world.store.transaction() as transaction:
        transaction.save_incident(incident, run_id="run", at=world.clock.now())

    return incident


def statuses(world: World) -> dict[str, RetrainingStatus]:
    """Return how far the retraining of each cause is."""
    return {record.cause: record.status for record in world.store.retrainings("churn")}


class TestOnce:
    """One incident starts at most one retraining."""

    def test_two_incidents_at_once(self, world: World) -> None:
        """Of two incidents that fire together one starts a run, and the other is folded into it."""
        first = fire(world)
        second = fire(world, "2026-01-03", Cause.DRIFT)
        requests = [request for _ in range(3) for request in world.tick("retraining")[0]]

        assert 1 == len({request.run_key for request in requests})
        assert {RetrainingStatus.REQUESTED, RetrainingStatus.FOLDED} == set(
            statuses(world).values()
        )
        assert {first.fingerprint, second.fingerprint} == set(statuses(world))

    def test_two_ticks_at_once(self, world: World) -> None:
        """Two daemons that decide in the same moment store one request."""
        fire(world)
        fire(world, "2026-01-03", Cause.DRIFT)
        requests = RetrainingRequests(world.spec, world.store)
        with ThreadPoolExecutor(4) as threads:
            decisions = list(
                threads.map(lambda _: requests.decide(now=world.clock.now()), range(4))
            )

        assert 1 == sum(decision.start for decision in decisions)
        assert 1 == len(requests.open())

    def test_while_one_runs(self, world: World) -> None:
        """An incident that comes while a retraining runs is folded in, and is answered by it."""
        first = fire(world)
        ((request,), _) = world.tick("retraining")
        world.instance.add_run(dg.DagsterRun(job_name="retrain", tags=dict(request.tags)))
        with world.store.transaction() as transaction:
            transaction.update_retraining(str(request.run_key), status=RetrainingStatus.RUNNING)
        second = fire(world, "2026-01-05", Cause.DRIFT)
        requests, reason = world.tick("retraining")

        assert [] == requests
        assert f"{second.fingerprint} is folded into the retraining for" in reason
        assert RetrainingStatus.FOLDED is statuses(world)[second.fingerprint]
        with world.store.transaction() as transaction:
            transaction.update_retraining(str(request.run_key), status=RetrainingStatus.SUCCEEDED)
        assert "was answered already" in world.tick("retraining")[1]
        assert first.fingerprint == request.tags[CAUSE_TAG]

    def test_run_that_died(self, world: World) -> None:
        """
        A request whose run has failed is closed, also where no sensor saw the failure.

        The trainer of this world does not exist, so the run fails; were its request open for
        ever, every later incident would be folded into a retraining that nobody does.
        """
        incident = fire(world)
        ((request,), _) = world.tick("retraining")
        result = world.runner.request(request)
        assert not result.success
        requests, _ = world.tick("retraining")

        assert [] == requests
        (record,) = world.store.retrainings("churn")
        assert RetrainingStatus.FAILED is record.status
        assert f"run {result.run_id} ended in failure" == record.reason
        assert incident.fingerprint == record.cause
        assert world.store.champion("churn") is None

    def test_run_that_was_deleted(self, world: World) -> None:
        """
        A request whose run was deleted is closed; one whose run is still to come is not.

        Regression: it stayed open, and every later incident was folded into it.
        """
        fire(world)
        ((request,), _) = world.tick("retraining")
        assert [request.run_key] == [asked.run_key for asked in world.tick("retraining")[0]]
        run = dg.DagsterRun(job_name="retrain", tags=dict(request.tags))
        world.instance.add_run(run)
        with world.store.transaction() as transaction:
            transaction.update_retraining(
                str(request.run_key), status=RetrainingStatus.RUNNING, run_id=run.run_id
            )
        world.tick("retraining")
        assert [RetrainingStatus.RUNNING] == list(statuses(world).values())

        world.instance.delete_run(run.run_id)
        world.tick("retraining")
        (record,) = world.store.retrainings("churn")
        assert RetrainingStatus.FAILED is record.status
        assert f"run {run.run_id} is not known to Dagster any more" == record.reason

    @pytest.mark.parametrize("status", [RetrainingStatus.SUCCEEDED, RetrainingStatus.REFUSED])
    def test_failed_after_the_decision(self, world: World, status: RetrainingStatus) -> None:
        """A run that dies after its version was decided upon leaves the request as decided."""
        fire(world)
        ((request,), _) = world.tick("retraining")
        with world.store.transaction() as transaction:
            transaction.update_retraining(str(request.run_key), status=status, reason="decided")
        run = dg.DagsterRun(job_name="retrain", tags=dict(request.tags))
        record_failure(world.spec, world.store, run, now=world.clock.now(), reason="killed")

        assert [(status, "decided")] == [
            (record.status, record.reason) for record in world.store.retrainings("churn")
        ]


class TestRecorded:
    """Decisions are kept with their reasons."""

    def test_every_reason_once(self, world: World) -> None:
        """A no is recorded when its reason is new, and a yes always; repeats add nothing."""
        for _ in range(2):
            world.tick("retraining")
        world.clock.time += timedelta(minutes=1)
        incident = fire(world)
        for _ in range(2):
            world.tick("retraining")
            world.clock.time += timedelta(minutes=1)
        found = world.store.decisions("churn", Subject.RETRAINING)

        assert ["no", "yes", "no"] == [decision.outcome for decision in found]
        assert found[0].reason == "no incident of performance or drift is firing"
        assert incident.fingerprint == found[1].cause
        assert found[2].reason == f"{incident.fingerprint} was answered already"


class TestProbation:
    """A version that does not keep what it promised."""

    def promote(self, world: World) -> None:
        """Make a version champion on 10 January, in place of another."""
        day = datetime(2026, 1, 10, 6, tzinfo=UTC)
        old = ModelVersionRecord("churn", "v1", VersionStatus.ARCHIVED, day - timedelta(days=9), "")
        new = ModelVersionRecord("churn", "v2", VersionStatus.CHAMPION, day, "")
        promoted = DecisionRecord("churn", day, Subject.PROMOTION, "yes", "better", version="v2")
        with world.store.transaction() as transaction:
            transaction.save_model_version(old)
            transaction.save_model_version(new)
            transaction.record_decision(promoted)

    def test_rolled_back(self, world: World) -> None:
        """An incident of its own takes it back; the version before is in use, and it is told."""
        self.promote(world)
        incident = fire(world, "2026-01-15")
        world.tick("retraining")
        champion = world.store.champion("churn")

        assert champion is not None
        assert "v1" == champion.version
        (decision,) = world.store.decisions("churn", Subject.ROLLBACK)
        assert f"{incident.fingerprint} fires in the probation of v2" == decision.reason
        assert ("v2", incident.fingerprint) == (decision.version, decision.cause)

    def test_rolled_back_once(self, world: World) -> None:
        """
        The incident that took a version back leaves alone the one before, which is in probation.

        Regression: v1 was promoted on 5 January, v2 on the 10th; one bad v2 took back both.
        """
        self.promote(world)
        day = datetime(2026, 1, 5, 6, tzinfo=UTC)
        with world.store.transaction() as transaction:
            transaction.record_decision(
                DecisionRecord("churn", day, Subject.PROMOTION, "yes", "better", version="v1")
            )
        fire(world, "2026-01-15")
        for _ in range(3):
            world.tick("retraining")
            world.clock.time += timedelta(minutes=1)
        champion = world.store.champion("churn")

        assert champion is not None
        assert "v1" == champion.version
        assert ["v2"] == [
            decision.version for decision in world.store.decisions("churn", Subject.ROLLBACK)
        ]

    @pytest.mark.parametrize("since", ["2026-01-09", "2026-01-25"])
    def test_kept(self, world: World, since: str) -> None:
        """An incident from before the promotion, or after the probation, leaves it in use."""
        self.promote(world)
        fire(world, since)
        world.tick("retraining")

        assert [] == world.store.decisions("churn", Subject.ROLLBACK)
