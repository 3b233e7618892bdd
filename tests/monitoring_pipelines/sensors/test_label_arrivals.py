"""Tests of the sensor that follows labels, ticked as the daemon ticks it, on real tables."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg
import pyarrow as pa
import pytest
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.test_utils import create_run_for_test

from monitoring.partitions import contiguous
from monitoring_pipelines.jobs import RANGE_END_TAG, RANGE_START_TAG

if TYPE_CHECKING:
    from monitoring.results import Measurement
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
"""


def ran(world: World) -> World:
    """Return *world*, which has its reference, with three days, computed on 10 January."""
    assert world.run(FIRST, LAST).success

    return world


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Return a moment of January 2026."""
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


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

    @pytest.mark.parametrize("kind", ["TIMESTAMP", "TIMESTAMP_NS", "DATE"])
    def test_times(self, kind: str, make_learnt: MakeWorld) -> None:
        """
        Times without a zone are in UTC, and a date lasts all day: its labels are counted again.

        Regression: the first tick after a look at either raised, and no model's labels were found.
        """
        world = make_learnt(MONITOR)
        world.sql(f"ALTER TABLE actuals ALTER recorded TYPE {kind}")
        ran(world)
        assert [] == world.tick("label_arrivals")[0]
        world.sql(
            f"INSERT INTO actuals SELECT id, 1 - label, '2026-01-10 08:00:00.123456789'::{kind} "  # noqa: S608
            "FROM actuals WHERE id = '2026-01-01-250'"
        )
        world.clock.time = datetime(2026, 1, 10, 9, tzinfo=UTC)
        requests, _ = world.tick("label_arrivals")

        assert [("2026-01-02", "2026-01-02")] == spans(requests)
        assert () == world.runner.request(requests[0]).failures
        assert [] == world.tick("label_arrivals")[0]

    def test_no_calendar(self, make_learnt: MakeWorld) -> None:
        """
        Predictions of no day in the calendar have labels that ask for none.

        Regression: one that was dated infinity ended every tick, for all models.
        """
        world = ran(make_learnt(MONITOR))
        world.sql("UPDATE predictions SET \"at\" = 'infinity' WHERE id = '2026-01-01-0'")
        world.sql("UPDATE predictions SET \"at\" = '290000-01-01' WHERE id = '2026-01-01-1'")
        world.sql("UPDATE predictions SET \"at\" = '4000-01-01 (BC)' WHERE id = '2026-01-01-2'")
        world.sql(
            "UPDATE actuals SET recorded = '2026-01-10 08:00+00'"
            " WHERE id IN ('2026-01-01-0', '2026-01-01-1', '2026-01-01-2', '2026-01-01-250')"
        )
        world.clock.time = datetime(2026, 1, 10, 9, tzinfo=UTC)

        assert [("2026-01-02", "2026-01-02")] == spans(world.tick("label_arrivals")[0])

    def test_no_times(self, make_learnt: MakeWorld) -> None:
        """
        Labels without a time are counted once a day: the days that have more or fewer are read.
        """
        world = make_learnt(MONITOR.replace(", timestamp: recorded", ""))
        world.sql("CREATE TABLE truth AS SELECT * FROM actuals")
        world.sql("DELETE FROM actuals WHERE id <> '2026-01-01-0'")
        ran(world)
        assert [] == world.tick("label_arrivals")[0]
        world.sql("INSERT INTO actuals SELECT * FROM truth WHERE id IN ('2026-01-01-450')")
        world.clock.time = at(10, 20)
        assert [] == world.tick("label_arrivals")[0]
        world.clock.time = at(11, 7)
        requests, _ = world.tick("label_arrivals")
        assert [("2026-01-03", "2026-01-03")] == spans(requests)
        assert () == world.runner.request(requests[0]).failures
        world.sql("DELETE FROM actuals WHERE id = '2026-01-01-0'")
        world.clock.time = at(12, 8)

        assert [("2026-01-01", "2026-01-01")] == spans(world.tick("label_arrivals")[0])
        # After a month nobody looks any more, and what is not looked at has not changed.
        assert () == world.runner.request(world.tick("label_arrivals")[0][0]).failures
        for day in (28, 35, 36):
            world.clock.time = at(1) + timedelta(days=day)
            assert [] == world.tick("label_arrivals")[0]

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
        assert '"pending": {}' in (world.store.watermark("churn", "label_arrivals") or "")

    @pytest.mark.parametrize("status", ["QUEUED", "STARTING", "STARTED"])
    def test_under_way(self, make_learnt: MakeWorld, status: str) -> None:
        """
        Days of a run that has not ended are not asked for again, whatever the hour.

        Nor for another label of theirs; a neighbour is asked for alone. When the run has ended
        without having read them, they are asked for again.
        """
        world = ran(make_learnt(MONITOR))
        touch(world, at(10, 8), 0, 1)
        world.clock.time = at(10, 10, 57)
        (request,), _ = world.tick("label_arrivals")
        run = launched(world, request, status)
        world.clock.time = at(10, 11, 2)
        assert [] == world.tick("label_arrivals")[0]
        touch(world, at(10, 11, 3), 1, 2)
        world.clock.time = at(10, 11, 7)
        (neighbour,), _ = world.tick("label_arrivals")
        assert [("2026-01-03", "2026-01-03")] == spans([neighbour])
        launched(world, neighbour, status)
        assert [] == world.tick("label_arrivals")[0]
        world.instance.report_run_failed(run)
        again, _ = world.tick("label_arrivals")

        assert [("2026-01-01", "2026-01-02")] == spans(again)
        assert request.run_key != again[0].run_key

    def test_others_under_way(self, make_learnt: MakeWorld) -> None:
        """Runs of other models, and runs that were made and not handed over, hold no day."""
        world = ran(make_learnt(MONITOR))
        touch(world, at(10, 8), 0)
        world.clock.time = at(10, 9)
        (request,), _ = world.tick("label_arrivals")
        launched(world, request, "NOT_STARTED")
        launched(world, request, "STARTED", model="fraud")
        launched(world, dg.RunRequest(), "STARTED")

        assert [request.run_key] == [again.run_key for again in world.tick("label_arrivals")[0]]

    def test_dead_run(self, make_learnt: MakeWorld) -> None:
        """A run that began six hours ago and says nothing does not hold its days for ever."""
        world = ran(make_learnt(MONITOR))
        world.clock.time = datetime.now(UTC)
        recorded = world.clock.time - timedelta(minutes=1)
        touch(world, recorded, 0)
        (request,), _ = world.tick("label_arrivals")
        launched(world, request, "STARTED")
        assert [] == world.tick("label_arrivals")[0]
        world.clock.time += timedelta(hours=5)
        assert [] == world.tick("label_arrivals")[0]
        world.clock.time += timedelta(hours=2)

        assert spans([request]) == spans(world.tick("label_arrivals")[0])

    def test_mature(self, make_learnt: MakeWorld) -> None:
        """A day is computed again when its labels have become due."""
        world = make_learnt(MONITOR)
        world.clock.time = datetime(2026, 1, 3, 6, tzinfo=UTC)
        world.run(FIRST, date(2026, 1, 2))
        world.clock.time = datetime(2026, 1, 4, 0, tzinfo=UTC)
        requests, _ = world.tick("label_arrivals")

        assert [("2026-01-02", "2026-01-02")] == spans(requests)

    def test_settling(self, make_learnt: MakeWorld, make_rows: Callable[..., pa.Table]) -> None:
        """
        Labels that take longer than the monitor file says hold their day until they should be here.

        They are due after a day and take two and a half, and one in ten never comes; of the last
        day nine in ten. It is computed again at the hour that it has named, judged, and left alone.
        """
        world = make_learnt(MONITOR, predictions=make_rows(FIRST, 8, seed=4))
        world.sql(
            "UPDATE actuals SET recorded = recorded + INTERVAL 3 DAY "
            "WHERE recorded < '2026-01-08' OR id NOT LIKE '%3'"
        )
        world.sql("DELETE FROM actuals WHERE id LIKE '%7' OR recorded > '2026-01-11'")
        world.clock.time = at(9, 12)
        assert world.run(FIRST, date(2026, 1, 8)).success
        world.tick("label_arrivals")
        assert "provisional: labels are due 57h after" in reasons(world)["2026-01-08"]
        for hour, asked in ((8, ["2026-01-07"]), (9, ["2026-01-08"]), (10, [])):
            world.clock.time = at(11, hour)
            requests, _ = world.tick("label_arrivals")
            settle(world, requests)
            assert [(day, day) for day in asked] == spans(requests)

        assert "2026-01-08" not in reasons(world)

    def test_late_commit(self, make_learnt: MakeWorld) -> None:
        """
        A label recorded before its day was read, and committed after it, is found within the hour.

        So is one that is gone.
        """
        world = ran(make_learnt(MONITOR))
        world.tick("label_arrivals")
        world.clock.time = at(10, 6, 5)
        world.tick("label_arrivals")
        world.sql("INSERT INTO actuals VALUES ('2026-01-01-0', 1, '2026-01-10 05:59+00')")
        requests, _ = world.tick("label_arrivals")
        assert [("2026-01-01", "2026-01-01")] == spans(requests)
        world.clock.time = at(10, 6, 6)
        settle(world, requests)
        assert [] == world.tick("label_arrivals")[0]
        world.sql("DELETE FROM actuals WHERE recorded = '2026-01-10 05:59+00'")
        world.clock.time = at(10, 6, 7)

        assert [("2026-01-01", "2026-01-01")] == spans(world.tick("label_arrivals")[0])

    def test_deleted_long_ago(self, make_learnt: MakeWorld) -> None:
        """Labels that vanish later than an hour after they came are found once a day."""
        world = ran(make_learnt(MONITOR))
        world.tick("label_arrivals")
        world.sql("DELETE FROM actuals WHERE id IN ('2026-01-01-0', '2026-01-01-450')")
        world.clock.time = at(10, 20)
        assert [] == world.tick("label_arrivals")[0]
        world.clock.time = at(11, 7)
        requests, _ = world.tick("label_arrivals")
        assert [("2026-01-01", "2026-01-01"), ("2026-01-03", "2026-01-03")] == spans(requests)
        world.clock.time = at(11, 8)
        settle(world, requests)
        assert [] == world.tick("label_arrivals")[0]
        coverage = world.measured(metric="label_coverage", window="1d")

        assert [0.995, 1.0, 0.995] == [row.value for row in coverage]

    def test_any_order(self, make_learnt: MakeWorld, make_rows: Callable[..., pa.Table]) -> None:
        """
        However labels come, in the end every day says what the complete tables say.

        Shuffled over days, revised, sent twice and deleted; at every step as many days are computed
        as were touched, and no others.
        """
        world = make_learnt(MONITOR, predictions=make_rows(FIRST, 6, seed=5))
        world.sql("CREATE TABLE truth AS SELECT * FROM actuals")
        world.sql("DELETE FROM actuals")
        world.clock.time = at(12)
        assert world.run(FIRST, date(2026, 1, 6)).success
        world.tick("label_arrivals")
        generator = random.Random(6)  # noqa: S311 - not a secret
        for hour in range(1, 4):
            days = set(generator.sample(range(6), 2))
            for day in days:
                arrive(world, day, part=hour, recorded=at(12, hour))
            world.clock.time = at(12, hour, 5)
            requests, _ = world.tick("label_arrivals")
            touched = {FIRST + timedelta(days=day) for day in days}
            assert [(str(a), str(b)) for a, b in contiguous(touched)] == spans(requests)
            world.clock.time = at(12, hour, 6)
            settle(world, requests)
            assert [] == world.tick("label_arrivals")[0]
        # Labels as late as these hold their days; when they are due, all are mature.
        world.clock.time = at(28)
        settle(world, world.tick("label_arrivals")[0])
        followed = comparable(world)
        world.run(FIRST, date(2026, 1, 6))

        assert len(followed) > 100
        assert comparable(world) == followed


def touch(world: World, recorded: datetime, *days: int) -> None:
    """Let labels of *days*, counted from the first, be *recorded* at a moment."""
    for day in days:
        world.sql(
            f"UPDATE actuals SET recorded = '{recorded}' "  # noqa: S608
            f"WHERE split_part(id, '-', 4)::INT // 200 = {day}"
        )


def launched(
    world: World, request: dg.RunRequest, status: str, *, model: str = "churn"
) -> dg.DagsterRun:
    """Record what the daemon records of a request that it has launched."""
    key = {"dagster/partition": request.partition_key} if request.partition_key else {}
    run = create_run_for_test(
        world.instance,
        job_name="monitor_churn",
        status=dg.DagsterRunStatus.NOT_STARTED,
        remote_job_origin=RemoteJobOrigin(
            RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("monitoring"), "repository"),
            "monitor_churn",
        ),
        tags={"monitor/model": model, **request.tags, **key},
    )
    events = {
        "NOT_STARTED": [],
        "QUEUED": [dg.DagsterEventType.RUN_ENQUEUED],
        "STARTING": [dg.DagsterEventType.RUN_STARTING],
        "STARTED": [dg.DagsterEventType.RUN_STARTING, dg.DagsterEventType.RUN_START],
    }
    for event in events[status]:
        world.instance.report_dagster_event(
            dg.DagsterEvent(event_type_value=event.value, job_name=run.job_name), run.run_id
        )
    found = world.instance.get_run_by_id(run.run_id)
    assert found is not None
    assert status == found.status.value

    return found


def arrive(world: World, day: int, *, part: int, recorded: datetime) -> None:
    """Let labels of a *day* come, each twice; revise some of those there are, and delete one."""
    mine = f"split_part(id, '-', 4)::INT // 200 = {day}"
    world.sql(f"DELETE FROM actuals WHERE id = '2026-01-01-{day * 200 + part}'")  # noqa: S608
    world.sql(
        f"INSERT INTO actuals SELECT id, 1 - label, '{recorded}' FROM actuals "  # noqa: S608
        f"WHERE {mine} AND id LIKE '%3' AND recorded < '{recorded}'"
    )
    for _ in range(2):
        world.sql(
            f"INSERT INTO actuals SELECT id, label, '{recorded}' FROM truth "  # noqa: S608
            f"WHERE {mine} AND (right(id, 1)::INT + {day}) % 4 = {part - 1}"
        )


def settle(world: World, requests: list[dg.RunRequest]) -> None:
    """Run what the sensor asked for."""
    for request in requests:
        assert world.runner.request(request).success


def reasons(world: World) -> dict[str, str]:
    """Return why the accuracy of a day has no verdict."""
    rows = world.measured(metric="accuracy", window="1d", segment="*", version="*")

    return {row.window_start: row.reason or "" for row in rows if row.verdict is None}


def comparable(world: World) -> list[Measurement]:
    """
    Return the measurements of performance without what says when they were made.

    A row that has no label says of the delay how long it has waited when it was read.
    """
    return [
        replace(row, run_id="", as_of=at(1))
        for row in world.measured(step="performance")
        if not row.metric.startswith("label_delay")
    ]
