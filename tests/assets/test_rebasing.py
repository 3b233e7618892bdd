"""Tests of a monitor that goes over to the reference of a promoted version, and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from assets.keys import ACTUALS, DRIFT, PERFORMANCE, PREDICTIONS
from monitoring.windows import Window
from monitoring_pipelines.rebasing import REFERENCE_TAG
from resources.journal import TABLE, Journal
from resources.promotion import Promotion
from resources.reference_basis import Basis, basis_of
from resources.registry import ModelRegistry
from resources.results.records import DecisionRecord, Subject, VersionStatus

if TYPE_CHECKING:
    from tests.assets.conftest import Loop
    from tests.conftest import World

STEPS = (PREDICTIONS, ACTUALS, DRIFT, PERFORMANCE)

#: Incidents start no retraining here.
UNNAMED = {
    "features: [amount]": "features: [amount]\nquality: {generate: false}",
    "window: 20d": 'window: 20d, hours: "23:00-23:01"',
}
NAMED = UNNAMED | {"score: score}": "prediction: said, score: score, version: version}"}


@pytest.fixture
def promoted(deployed: Callable[..., Loop]) -> Callable[[dict[str, str]], tuple[World, str]]:
    """
    Promote a version on 28 January, when the day before was read; return its name.
    """

    def promote(changes: dict[str, str]) -> tuple[World, str]:
        loop = deployed(-1.0, changes)
        loop.world.clock.time = datetime(2026, 1, 28, 6, tzinfo=UTC)
        loop.world.learn()
        assert () == compute(loop.world, 27, 27)
        assert () == loop.retrain()
        champion = loop.world.store.champion("churn")
        assert champion is not None
        loop.world.clock.time += timedelta(days=3)

        return loop.world, champion.version

    return promote


def compute(world: World, first: int, last: int) -> tuple[str, ...]:
    """Run the steps that are judged by the reference for days of January."""
    days = (date(2026, 1, first), date(2026, 1, last))

    return world.runner.days(world.spec, STEPS, *days).failures


def serve(world: World, version: str, day: str) -> None:
    """Let *version*, which answers the opposite, answer from *day* on."""
    answers = f"version = '{version}', score = 1 - score, said = 1 - said"
    world.sql(f"UPDATE predictions SET {answers} WHERE \"at\" >= '{day}'")  # noqa: S608 - our own day


def layouts(world: World, *days: int) -> list[str]:
    """Return the layouts under which the days of January were counted."""
    keys = [f"2026-01-{day:02}" for day in days]
    records = world.store.profiles("churn", TABLE, partitions=keys, segment="*")

    return [record.layout for record in records if record.version == "*"]


def spans(world: World) -> list[tuple[str, str | None]]:
    """Return from which days on which versions are normal."""
    return [(span.valid_from, span.version) for span in world.store.reference_spans("churn")]


def due(world: World) -> list[str]:
    """Do what the sensor asks for; return the keys."""
    requests, _ = world.tick("retraining")
    for request in requests:
        assert () == world.runner.request(request).failures

    return [str(request.run_key) for request in requests]


class TestNamed:
    """Predictions that name their version."""

    def test_there_and_back(
        self, promoted: Callable[[dict[str, str]], tuple[World, str]], tmp_path: Path
    ) -> None:
        """
        The version is judged by its own rows from the day on which it answers, others as ever.

        Days that were read meanwhile are counted again. Thresholds, edges and all are the new
        ones, history tells of it, and no run goes beyond the change. A rollback leads back.
        """
        world, version = promoted(NAMED)
        assert () == compute(world, 28, 28)
        assert [] == due(world)
        assert [("", None)] == spans(world)

        serve(world, version, "2026-01-29")
        assert () == compute(world, 29, 30)
        before = layouts(world, 27, 28, 29, 30)
        assert [f"churn:reference:{version}:2026-01-29:1:1"] == due(world)

        assert [("", None), ("2026-01-29", version)] == spans(world)
        old, *changed = layouts(world, 28, 29, 30)
        assert [old] * 4 == before
        assert [changed[0]] * 2 == changed
        assert old != changed[0]
        assert [] == due(world)
        (told,) = world.store.decisions("churn", Subject.REFERENCE)
        assert version == told.version
        assert f"days from 2026-01-29 on are judged by rows of {version}" == told.reason
        verdicts = world.measured(metric="log_loss", version="*", segment="*", window="1d")
        highs = {row.last_partition: row.threshold_high for row in verdicts}
        assert highs["2026-01-27"] == highs["2026-01-28"]
        assert highs["2026-01-28"] != highs["2026-01-29"]

        assert () == compute(world, 26, 28)
        assert {old} == set(layouts(world, 26, 27, 28))
        assert "the reference has changed on 2026-01-29" in compute(world, 28, 29)[0]
        month = Window("30d", date(2026, 1, 1), date(2026, 1, 31))
        assert 5 * 200 == Journal(world.spec, world.store).labels_in(month)

        registry = ModelRegistry(world.store, tmp_path / "models")
        world.clock.time = datetime(2026, 1, 30, 6, tzinfo=UTC)
        Promotion(world.spec, world.store, registry).roll_back("no good", at=world.clock.now())
        assert ["churn:reference:file:2026-01-30:2:1"] == due(world)
        assert [("", None), ("2026-01-29", version), ("2026-01-30", None)] == spans(world)
        assert [old, changed[0], old] == layouts(world, 28, 29, 30)


class TestUnnamed:
    """Predictions that do not say which version answered."""

    def test_from_the_promotion(
        self, promoted: Callable[[dict[str, str]], tuple[World, str]]
    ) -> None:
        """The new reference holds from the day of the promotion, also before that day is read."""
        world, version = promoted(UNNAMED)

        assert [f"churn:reference:{version}:2026-01-28:1:1"] == due(world)
        assert [("", None), ("2026-01-28", version)] == spans(world)
        assert () == compute(world, 28, 28)
        assert layouts(world, 27) != layouts(world, 28)

    def test_not_due(self, promoted: Callable[[dict[str, str]], tuple[World, str]]) -> None:
        """
        With ``rebase: false`` the reference of the file holds; rows that have changed are refused.
        """
        world, version = promoted(UNNAMED)
        policy, champion = world.spec.retraining, world.store.champion("churn")
        assert policy is not None
        assert champion is not None
        assert basis_of(world.spec, world.store).is_new
        off = world.spec.model_copy(
            update={"retraining": policy.model_copy(update={"rebase": False})}
        )
        assert Basis() == basis_of(off, world.store)

        Path(str(champion.reference)).write_bytes(b"else")
        requests, reason = world.tick("retraining")
        assert [] == requests
        assert f"the rows that are normal for {version} have changed" in reason


class TestRepeated:
    """A run that learns the reference and fails."""

    def test_failed(self, promoted: Callable[[dict[str, str]], tuple[World, str]]) -> None:
        """
        It is asked for again, after a wait that grows, and the tick says why it waits.

        Regression: the key was the same for ever, and Dagster drops one that has had a run, so one
        hiccup of the warehouse left the monitor on the old reference for good.
        """
        world, version = promoted(UNNAMED)
        name = f"churn:reference:{version}:2026-01-28:1"
        world.sql("ALTER TABLE reference RENAME TO away")
        for attempt, minutes in ((1, 5), (2, 10)):
            ((request,), _) = world.tick("retraining")
            assert f"{name}:{attempt}" == request.run_key
            assert not world.runner.request(request).success
            ended = self.end_of(world, name)
            world.clock.time = ended + timedelta(minutes=minutes, seconds=-1)
            requests, reason = world.tick("retraining")
            assert [] == requests
            assert f"the reference of {version} is not learnt: run" in reason
            assert "ended in failure; the next is at" in reason
            world.clock.time += timedelta(seconds=1)

        world.sql("ALTER TABLE away RENAME TO reference")
        assert [f"{name}:3"] == due(world)
        assert [("", None), ("2026-01-28", version)] == spans(world)
        assert [] == due(world)

    def test_under_way(self, promoted: Callable[[dict[str, str]], tuple[World, str]]) -> None:
        """
        While a run is under way no other is asked for; one that was cancelled is repeated.

        One that was never started keeps its key: by that Dagster starts it.
        """
        world, version = promoted(UNNAMED)
        name = f"churn:reference:{version}:2026-01-28:1"
        idle = dg.DagsterRun(job_name="monitor_churn", tags={REFERENCE_TAG: name})
        world.instance.add_run(idle)
        ((request,), _) = world.tick("retraining")
        assert f"{name}:1" == request.run_key
        world.instance.delete_run(idle.run_id)
        run = dg.DagsterRun(
            job_name="monitor_churn",
            tags={REFERENCE_TAG: name},
            status=dg.DagsterRunStatus.STARTED,
        )
        world.instance.add_run(run)
        requests, reason = world.tick("retraining")
        assert [] == requests
        assert f"run {run.run_id} is under way" in reason

        world.instance.report_run_canceled(run)
        world.clock.time = self.end_of(world, name) + timedelta(minutes=5)
        assert [f"{name}:2"] == due(world)

    def test_learnt_but_not_counted(
        self, promoted: Callable[[dict[str, str]], tuple[World, str]]
    ) -> None:
        """A run that learnt the reference and failed on a day of it is repeated as well."""
        world, version = promoted(UNNAMED)
        assert () == compute(world, 28, 28)
        old = layouts(world, 28)
        world.sql("ALTER TABLE predictions RENAME TO away")
        ((request,), _) = world.tick("retraining")
        assert not world.runner.request(request).success
        assert [("", None), ("2026-01-28", version)] == spans(world)
        assert old == layouts(world, 28)

        world.sql("ALTER TABLE away RENAME TO predictions")
        name = request.tags[REFERENCE_TAG]
        world.clock.time = self.end_of(world, name) + timedelta(minutes=5)
        assert [f"{name}:2"] == due(world)
        assert old != layouts(world, 28)

    def test_same_day_twice(
        self, promoted: Callable[[dict[str, str]], tuple[World, str]], tmp_path: Path
    ) -> None:
        """
        Two changes of the version in use on one day are two runs, though both lead to the file.
        """
        world, version = promoted(UNNAMED)
        promotion = Promotion(
            world.spec, world.store, ModelRegistry(world.store, tmp_path / "models")
        )
        promotion.roll_back("no good", at=world.clock.now())
        assert [] == due(world)
        (record,) = world.store.model_versions("churn")
        for number in (4, 6):
            world.clock.time += timedelta(minutes=1)
            again = DecisionRecord(
                "churn", world.clock.now(), Subject.PROMOTION, "yes", "after all", version=version
            )
            promotion.registry.settle(record, VersionStatus.CHAMPION, again)
            assert [f"churn:reference:{version}:2026-01-31:{number - 1}:1"] == due(world)
            promotion.roll_back("no good", at=world.clock.now())
            assert [f"churn:reference:file:2026-01-31:{number}:1"] == due(world)

    @staticmethod
    def end_of(world: World, name: str) -> datetime:
        """Return when the latest run for the change *name* was over."""
        (record,) = world.instance.get_run_records(
            dg.RunsFilter(tags={REFERENCE_TAG: name}), limit=1
        )
        assert record.end_time is not None

        return datetime.fromtimestamp(record.end_time, UTC)
