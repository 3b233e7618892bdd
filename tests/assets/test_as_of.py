"""Tests of runs that look back: the same moment gives the same numbers, whatever ran after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from assets.keys import QUALITY
from monitoring.alerting.incident import Cause
from monitoring.measures.judging import Stamp, recorded
from monitoring.quality.verdict import BLOCKED, window_of
from monitoring.results import ALL, Measure, Measurement
from resources.journal import Journal
from resources.results.records import (
    DecisionRecord,
    ModelVersionRecord,
    Subject,
    VersionStatus,
)

if TYPE_CHECKING:
    from tests.conftest import MakeWorld, World

FIRST = date(2026, 1, 1)
THEN, SINCE = datetime(2026, 1, 11, 8, tzinfo=UTC), datetime(2026, 1, 13, 6, tzinfo=UTC)
MORE = """\
windows: {drift: [1d, 7d], performance: [1d, 7d]}
thresholds: {psi: {method: historical}, estimation_error_accuracy: {method: historical}}
"""


@pytest.fixture
def make_world_of(
    make_learnt: MakeWorld, make_rows: Callable[..., pa.Table], segmented: str
) -> Callable[[str], World]:
    """
    Make eleven days of two versions, with labels that come a day later where they are 1.
    """

    def make(task: str) -> World:
        monitor = segmented + MORE
        if task == "regression":
            monitor = monitor.replace("binary_classification", task)
            monitor = monitor.replace("prediction: said, score: score", "prediction: score")
            monitor = monitor.replace("positive_class: 1\n", "")
            monitor = monitor.replace("estimation_error_accuracy", "estimation_error_mae")
        world = make_learnt(monitor, predictions=make_rows(FIRST, 11, seed=4))
        world.sql("UPDATE predictions SET version = 'v2' WHERE right(id, 1) IN ('3', '6', '7')")
        world.sql("UPDATE actuals SET recorded = recorded + INTERVAL 24 HOURS WHERE label = 1")

        return world

    return make


def looked_at(world: World, first: int, last: int, moment: datetime) -> list[Measurement]:
    """Run all steps of the days from *first* to *last* as of a *moment*; return what that says."""
    world.clock.time = moment
    assert world.run(date(2026, 1, first), date(2026, 1, last)).success

    return [replace(row, run_id="") for row in world.measured() if row.as_of == moment]


def live_on(world: World) -> None:
    """Let two days pass: labels come and are revised, a day is blocked, a version is promoted."""
    world.sql("INSERT INTO actuals SELECT id, 1 - label, '2026-01-12' FROM actuals")
    looked_at(world, 1, 11, SINCE)
    journal = Journal(world.spec, world.store)
    window = window_of("2026-01-05", by_batch=False)
    fails = Measure(ALL, BLOCKED, 1.0, 200, reason="blocked by schema")
    stamp = Stamp("churn", SINCE, "checked again")
    row = recorded(fails, window, stamp, threshold=None, verdict=None)
    journal.save_measurements(QUALITY, [window], [row])
    version = ModelVersionRecord("churn", "v2", VersionStatus.CHAMPION, SINCE, "run")
    decision = DecisionRecord("churn", SINCE, Subject.PROMOTION, "yes", "better", version="v2")
    with world.store.transaction() as transaction:
        transaction.save_model_version(version)
        transaction.record_decision(decision)


class TestAsOf:
    """What was known at a moment."""

    @pytest.mark.parametrize("task", ["binary_classification", "regression"])
    def test_for_ever(self, task: str, make_world_of: Callable[[str], World]) -> None:
        """
        Every number of every step is the same again, and so are its bounds and its verdict.

        Incidents are of what is known now: a look back opens, changes and ends none.
        """
        world = make_world_of(task)
        before = looked_at(world, 1, 10, THEN)
        assert {"v1", "v2", ALL} == {row.version for row in before}
        live_on(world)
        now = world.store.incidents()
        assert {Cause.PERFORMANCE} <= {incident.cause for incident in now}

        assert before == looked_at(world, 1, 10, THEN)
        assert now == world.store.incidents()

    def test_part(self, make_world_of: Callable[[str], World]) -> None:
        """
        Windows that begin before the run, with days that were read since, stay as they are.

        Regression: they were made of the other days. A day that was blocked since was left out.
        """
        world = make_world_of("binary_classification")
        before = looked_at(world, 1, 10, THEN)
        live_on(world)
        again = looked_at(world, 9, 10, THEN)
        weeks = [row for row in world.measured(window="7d") if row.window_start < "2026-01-09"]

        assert {SINCE} == {row.as_of for row in weeks}
        numbers = {_key(row): (row.value, row.rows) for row in again if row.window == "1d"}
        known = {_key(row): (row.value, row.rows) for row in before}
        assert numbers
        # How labels came is learnt from days before, which were read since.
        learnt = ("weighted_", "selection_bias_", "blended_", "label_s", "late_")
        assert {key: value for key, value in numbers.items() if not key[0].startswith(learnt)} == {
            key: known[key] for key in numbers if not key[0].startswith(learnt)
        }


def _key(row: Measurement) -> tuple[str, ...]:
    return row.metric, row.version, row.segment, row.column, row.window, row.window_start
