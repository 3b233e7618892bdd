"""Tests of the schedule of a model: which days a morning asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from monitoring_pipelines.jobs import MODEL_TAG, PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG
from resources.results.records import ProfileRecord

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeWorld, World


def morning(world: World, day: date) -> tuple[list[tuple[str, str]], str, list[dg.RunRequest]]:
    """Evaluate the schedule at six; return the spans that it asks for, and why it skips."""
    now = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=6)
    context = dg.build_schedule_context(
        instance=world.instance,
        scheduled_execution_time=now,
        resources=world.resources,
        repository_def=world.definitions.get_repository_def(),
    )
    schedule = world.definitions.resolve_schedule_def("monitor_churn_schedule")
    data = schedule.evaluate_tick(context)
    requests = list(data.run_requests or ())
    spans = [
        (request.partition_key, request.partition_key)
        if request.partition_key
        else (request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG])
        for request in requests
    ]

    return [(str(a), str(b)) for a, b in spans], data.skip_message or "", requests


def see(world: World, *days: date, late: timedelta = timedelta(hours=30)) -> None:
    """Note that *days* were read *late* after their beginning."""
    for kind in ("predictions", "outcomes"):
        for day in days:
            read = datetime.combine(day, datetime.min.time(), UTC) + late
            record = ProfileRecord("churn", kind, day.isoformat(), "*", "*", "layout", 5, read, b"")
            with world.store.transaction() as transaction:
                transaction.replace_profiles("churn", kind, day.isoformat(), [record])


def january(day: int) -> date:
    """Return a day of January 2026."""
    return date(2026, 1, day)


class TestDays:
    """The days of a morning."""

    def test_first(self, make_world: MakeWorld) -> None:
        """The first morning asks for yesterday, and for the reference before it."""
        spans, _, (request,) = morning(make_world(), january(8))

        assert [("2026-01-07", "2026-01-07")] == spans
        assert dg.AssetKey(["churn", "reference"]) in (request.asset_selection or ())

    def test_missed(self, make_world: MakeWorld) -> None:
        """Days that were missed come with yesterday, in one run."""
        world = make_world()
        see(world, january(4))

        assert [("2026-01-05", "2026-01-07")] == morning(world, january(8))[0]

    def test_hole(self, make_world: MakeWorld) -> None:
        """
        A day in between whose run failed is asked for again.

        Regression: only days after the latest were found, so a failed day stayed open for ever.
        """
        world = make_world()
        see(world, january(3), january(5), january(6))

        spans = morning(world, january(8))[0]
        assert [("2026-01-04", "2026-01-04"), ("2026-01-07", "2026-01-07")] == spans

    def test_partial(self, make_world: MakeWorld) -> None:
        """A day that was read before it was over is read again."""
        world = make_world()
        see(world, january(5))
        see(world, january(6), late=timedelta(hours=12))

        assert [("2026-01-06", "2026-01-07")] == morning(world, january(8))[0]

    @pytest.mark.parametrize(
        ("end", "day", "words"),
        [
            ("", date(2026, 1, 1), "monitored from 2026-01-01"),
            ("end: 2026-01-05\n", january(8), ""),
        ],
        ids=["before the start", "after the end"],
    )
    def test_outside(self, make_world: MakeWorld, end: str, day: date, words: str) -> None:
        """Before the first day, and when the last is done, a morning says why it skips."""
        from tests.conftest import MONITOR

        world = make_world(MONITOR.replace("positive_class", f"{end}positive_class"))
        see(world, january(5))
        spans, skipped, _ = morning(world, day)

        assert [] == spans
        assert words in skipped


class TestBatches:
    """The batches of a morning."""

    def test_failed(self, make_world: MakeWorld, tmp_path: Path) -> None:
        """
        A batch whose run failed is asked for again under a key of its own.

        Regression: Dagster starts no second run of a key, so the batch stayed open for ever.
        """
        from tests.conftest import MONITOR

        monitor = MONITOR.replace("start: 2026-01-01\n", "").replace(
            "timestamp: at", "batch: batch"
        )
        world = make_world(monitor)
        world.sql("ALTER TABLE predictions ADD COLUMN batch TEXT")
        world.sql("UPDATE predictions SET batch = 'first'")
        tags, job = {MODEL_TAG: "churn", PARTITION_TAG: "first"}, "monitor_churn"
        with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
            lived = replace(world, instance=instance)
            (asked,) = morning(lived, january(8))[2]
            run = instance.create_run_for_job(world.definitions.resolve_job_def(job), tags=tags)
            (again,) = morning(lived, january(9))[2]
            instance.report_run_failed(run)
            (later,) = morning(lived, january(9))[2]

        assert ("churn:first", "churn:first") == (asked.run_key, again.run_key)
        assert "churn:first:2" == later.run_key
