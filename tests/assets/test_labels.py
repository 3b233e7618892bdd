"""Tests of what the graph of a model says of labels that are late, silent, early or revised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import dagster as dg
import pyarrow as pa
import pytest

from assets.keys import LABEL_STEPS
from monitoring.alerting.incident import Cause, State
from monitoring.results import Measurement, Verdict
from resources.journal import Journal
from resources.label_history import LabelHistory

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
segments: [plan]
windows: {drift: [1d], performance: [1d, 2d]}
quality: {generate: false}
"""

#: Nobody knows when a label was recorded.
UNTIMED = MONITOR.replace(", timestamp: recorded", "")


def day(number: int, hour: int = 6) -> datetime:
    """Return a moment of January 2026."""
    return datetime(2026, 1, number, hour, tzinfo=UTC)


def shown(world: World, step: str, partition: str) -> dict[str, object]:
    """Return the metadata of the latest materialization of a day."""
    (record,) = world.instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=dg.AssetKey(["churn", step]), asset_partitions=[partition]),
        limit=1,
    ).records
    assert record.asset_materialization is not None

    return {name: entry.value for name, entry in record.asset_materialization.metadata.items()}


def checked(world: World) -> dg.AssetCheckEvaluation:
    """Return the latest evaluation of the check of the labels."""
    key = dg.AssetCheckKey(dg.AssetKey(["churn", "actuals"]), "labels_on_time")
    record = world.instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
    assert record.event is not None
    assert record.event.dagster_event is not None

    return record.event.dagster_event.asset_check_evaluation_data


@pytest.fixture
def world(make_learnt: MakeWorld, make_rows: Callable[..., pa.Table]) -> World:
    """
    Twelve days with labels in time, and four whose labels stopped coming after that.
    """
    world = make_learnt(MONITOR, predictions=make_rows(FIRST, 16, seed=4))
    world.sql("DELETE FROM actuals WHERE recorded >= '2026-01-13 00:00+00'")
    world.clock.time = day(13)
    run(world, 1, 12)

    return world


def run(world: World, first: int, last: int) -> None:
    """Compute the labels of the days from *first* to *last*."""
    days = date(2026, 1, first), date(2026, 1, last)
    assert () == world.runner.days(world.spec, LABEL_STEPS, *days).failures


class TestLateLabels:
    """Labels that are late, and labels that come no more."""

    def test_incident(self, world: World) -> None:
        """
        Labels that stop are an incident of their own, and fail the check of the labels.

        The morning after the last of them nothing is known yet; three days later it is sure.
        """
        assert checked(world).passed
        for number in (13, 14, 15, 16):
            world.clock.time = day(number + 1)
            run(world, number, number)
        silence = world.measured(step="labels", metric="label_silence")
        late = world.measured(step="labels", metric="late_label_fraction")

        assert [1.0, 1.0] == [row.value for row in late[-2:]]
        assert Verdict.WARNING is late[-1].verdict
        assert (4.0 + 1.0, 2.0) == (silence[-1].value, silence[-1].threshold_high)
        assert Verdict.CRITICAL is silence[-1].verdict
        metadata = shown(world, "actuals", "2026-01-16")
        assert (1.0, 5.0) == (metadata["late_label_fraction"], metadata["label_silence"])
        assert 0.0 == metadata["label_settling"]
        (incident,) = world.store.incidents(cause=Cause.LABELS)
        assert Verdict.CRITICAL is incident.severity
        evaluation = checked(world)
        assert not evaluation.passed
        assert "days without a label" in (evaluation.description or "")

    def test_never(self, make_learnt: MakeWorld, make_rows: Callable[..., pa.Table]) -> None:
        """
        Labels that never arrive are an incident once some are due, which ends when labels come.
        """
        world = make_learnt(MONITOR, predictions=make_rows(FIRST, 30, seed=4))
        world.sql("CREATE TABLE truth AS SELECT * FROM actuals")
        world.sql("DELETE FROM actuals")
        for last in (2, 7, 12):
            world.clock.time = day(last + 1)
            run(world, max(last - 4, 1), last)
            assert (last == 2) == (not world.store.incidents(cause=Cause.LABELS))
        (incident,) = world.store.incidents(cause=Cause.LABELS)
        assert ("2026-01-03", Verdict.CRITICAL) == (incident.since, incident.severity)
        assert "no label was ever recorded" in (incident.evidence[0].reason or "")
        assert not checked(world).passed
        world.sql("INSERT INTO actuals SELECT id, label, recorded + INTERVAL 13 DAY FROM truth")
        world.clock.time = day(30)
        run(world, 13, 29)
        (incident,) = world.store.incidents(cause=Cause.LABELS)

        assert State.RESOLVED is incident.state

    def test_long_silence(self, make_learnt: MakeWorld, make_rows: Callable[..., pa.Table]) -> None:
        """After more than two months a silence still counts from the last label that was known."""
        world = make_learnt(MONITOR, predictions=make_rows(FIRST, 90, seed=4))
        world.sql("DELETE FROM actuals WHERE recorded >= '2026-01-13 00:00+00'")
        world.clock.time = day(13)
        run(world, 1, 12)
        world.clock.time = datetime(2026, 3, 31, 6, tzinfo=UTC)
        days = date(2026, 3, 28), date(2026, 3, 30)
        assert () == world.runner.days(world.spec, LABEL_STEPS, *days).failures
        silence = world.measured(step="labels", metric="label_silence")[-1]

        assert (78.0, 2.0) == (silence.value, silence.threshold_high)
        assert Verdict.CRITICAL is silence.verdict

    def test_as_of(self, world: World) -> None:
        """What was read later than the moment of which a run is to know is not known to it."""
        journal = Journal(world.spec, world.store)
        layout = journal.reference().labelled_layout().fingerprint
        earlier = LabelHistory(journal, world.spec.actuals, layout, day(13, 5))

        assert {} == earlier.before(["2026-01-12"]).times
        later = LabelHistory(journal, world.spec.actuals, layout, day(13))
        assert 12 == len(later.before(["2026-01-12"]).times)

    def test_no_times(self, make_learnt: MakeWorld) -> None:
        """Labels without a time are silent or not, and have no delay."""
        world = make_learnt(UNTIMED)
        run(world, 1, 3)

        assert {"label_silence"} == {row.metric for row in world.measured(step="labels")}
        assert {"no labels with a time"} == {
            row.reason for row in world.measured(metric="label_delay_p50")
        }

    def test_untimed_stop(self, make_learnt: MakeWorld, make_rows: Callable[..., pa.Table]) -> None:
        """
        Labels without a time that come no more are an incident too: days that are due have none.

        Days whose labels were not looked for since they were due say nothing.
        """
        world = make_learnt(UNTIMED, predictions=make_rows(FIRST, 18, seed=4))
        world.sql("DELETE FROM actuals WHERE recorded >= '2026-01-10 00:00+00'")
        for number in range(2, 18):
            world.clock.time = day(number + 1)
            # The sensor asks for the day that has become due.
            run(world, number - 1, number)
            if number == 11:
                assert [] == world.store.incidents(cause=Cause.LABELS)
        silence = world.measured(metric="label_silence")

        assert [0.0] * 8 == [row.value for row in silence[1:9]]
        assert (7.0, 2.0) == (silence[15].value, silence[15].threshold_high)
        (incident,) = world.store.incidents(cause=Cause.LABELS)
        assert Verdict.CRITICAL is incident.severity
        assert not checked(world).passed

    def test_untimed_never(
        self, make_learnt: MakeWorld, make_rows: Callable[..., pa.Table]
    ) -> None:
        """Labels without a time that never arrive are an incident once some were due and sought."""
        world = make_learnt(UNTIMED, predictions=make_rows(FIRST, 6, seed=4))
        world.sql("DELETE FROM actuals")
        for number in range(1, 7):
            world.clock.time = day(number + 1)
            run(world, number, number)
        assert [] == world.store.incidents(cause=Cause.LABELS)
        run(world, 1, 6)
        (incident,) = world.store.incidents(cause=Cause.LABELS)

        assert Verdict.CRITICAL is incident.severity
        assert "no label was ever recorded" in (incident.evidence[0].reason or "")


class TestBatches:
    """Labels of a monitor by batch."""

    def test_late(self, make_learnt: MakeWorld, make_rows: Callable[..., pa.Table]) -> None:
        """
        Where predictions have times, labels of batches are late and silent as those of days are.

        The order is that in which the batches ended, and not that of their names.
        """
        world = batches(make_learnt, make_rows(FIRST, 14, seed=4))
        world.sql("DELETE FROM actuals WHERE recorded >= '2026-01-12 00:00+00'")
        for number in (12, 14):
            world.clock.time = day(number + 1)
            run_batches(world, *(f"{name}" for name in NAMES[:number]))
        late = {row.window_start: row for row in world.measured(metric="late_label_fraction")}
        silence = {row.window_start: row for row in world.measured(metric="label_silence")}

        assert "no mature days to learn from" == late[NAMES[0]].reason
        assert (0.0, Verdict.OK) == (late[NAMES[10]].value, late[NAMES[10]].verdict)
        assert (1.0, Verdict.WARNING) == (late[NAMES[13]].value, late[NAMES[13]].verdict)
        assert (4.0, Verdict.CRITICAL) == (silence[NAMES[13]].value, silence[NAMES[13]].verdict)
        assert [] == world.measured(metric="label_settling")
        (incident,) = world.store.incidents(cause=Cause.LABELS)
        assert Verdict.CRITICAL is incident.severity
        assert not checked(world).passed

    def test_no_time(self, make_learnt: MakeWorld, make_rows: Callable[..., pa.Table]) -> None:
        """Where predictions have none, nothing can be said of when labels should be there."""
        world = batches(make_learnt, make_rows(FIRST, 2, seed=4), time="")
        run_batches(world, *NAMES[:2])

        assert [] == world.measured(step="labels")
        assert 2 == len(world.measured(metric="label_coverage", segment="*", version="*"))


#: Batches by name, in the order in which they began.
NAMES = [f"b{number:02}" for number in range(20, 0, -1)]


def batches(make_learnt: MakeWorld, rows: pa.Table, *, time: str = ", timestamp: at") -> World:
    """Make a world in which each day of *rows* is a batch."""
    monitor = MONITOR.replace("start: 2026-01-01\n", "").replace(", timestamp: at", time)
    world = make_learnt(
        monitor.replace("score: score}", "score: score, batch: batch}"), predictions=rows
    )
    world.sql("ALTER TABLE predictions ADD COLUMN batch TEXT")
    world.sql("UPDATE predictions SET batch = format('b{:02}', 21 - day(\"at\"))")

    return world


def run_batches(world: World, *names: str) -> None:
    """Compute the labels of batches."""
    assert () == world.runner.batches(world.spec, LABEL_STEPS, names).failures


class TestAsOf:
    """What was known at a moment."""

    def test_for_ever(self, make_learnt: MakeWorld, make_rows: Callable[..., pa.Table]) -> None:
        """
        The same moment gives the same numbers, whatever came after it and was read since.

        Labels that came, were revised and deleted later change neither what is realised nor what
        was weighed, blended, late or learnt of how long labels take. Windows that hold days which
        were read later are left as they are.
        """
        world = make_learnt(MONITOR, predictions=make_rows(FIRST, 12, seed=4))
        world.sql("UPDATE actuals SET recorded = recorded + INTERVAL 24 HOURS WHERE label = 1")
        world.clock.time = day(11, 8)
        run(world, 1, 10)
        before = known_at(world, day(11, 8))
        assert {"weighted", "blended", "selection", "label", "late", "accuracy"} <= {
            row.metric.split("_")[0] for row in before
        }
        world.sql("INSERT INTO actuals SELECT id, 1 - label, '2026-01-12' FROM actuals")
        world.sql("DELETE FROM actuals WHERE recorded = '2026-01-12' AND id LIKE '%3'")
        world.clock.time = day(14)
        run(world, 1, 12)
        assert [] == known_at(world, day(11, 8))
        later = [row for row in known_at(world, day(14)) if row.window_end > "2026-01-11"]
        world.clock.time = day(11, 8)
        run(world, 1, 10)

        assert before == known_at(world, day(11, 8))
        assert later == known_at(world, day(14))

    def test_every_step(self, make_learnt: MakeWorld, make_rows: Callable[..., pa.Table]) -> None:
        """
        So it does for drift, estimates and quality.

        Regression: the windows that begin before the moment and end after it were computed of what
        was read since, and stamped with the moment.
        """
        windows = "windows: {drift: [1d, 3d], performance: [1d, 3d]}"
        monitor = MONITOR.replace("windows: {drift: [1d], performance: [1d, 2d]}", windows)
        world = make_learnt(monitor, predictions=make_rows(FIRST, 12, seed=4))
        days = FIRST, date(2026, 1, 8)
        world.clock.time = day(9)
        assert world.run(*days).success
        before = everything_at(world, day(9))
        assert {"psi", "estimated_accuracy", "accuracy", "rows"} <= {row.metric for row in before}
        world.clock.time = datetime(2026, 2, 9, tzinfo=UTC)
        assert world.run(FIRST, date(2026, 1, 12)).success
        later = everything_at(world, world.clock.time)
        world.clock.time = day(9)
        assert world.run(*days).success

        assert before == everything_at(world, day(9))
        after = [row for row in later if row.window_end > "2026-01-09"]
        assert after == everything_at(world, datetime(2026, 2, 9, tzinfo=UTC))


def everything_at(world: World, moment: datetime) -> list[Measurement]:
    """Return all measurements as of a *moment*, whoever made them."""
    return [replace(row, run_id="") for row in world.measured() if row.as_of == moment]


def known_at(world: World, moment: datetime) -> list[Measurement]:
    """Return the measurements of performance and of labels as of a *moment*, whoever made them."""
    return [
        replace(row, run_id="")
        for step in ("performance", "labels")
        for row in world.measured(step=step)
        if row.as_of == moment
    ]


class TestSeries:
    """One series from guess to truth."""

    def test_filling(self, make_learnt: MakeWorld, make_rows: Callable[..., pa.Table]) -> None:
        """
        A day is estimated before its labels, weighted while they come, and realised when they are.
        """
        world = make_learnt(MONITOR, predictions=make_rows(FIRST, 13, seed=4))
        # Positive labels come a day later than the others.
        world.sql("UPDATE actuals SET recorded = recorded + INTERVAL 24 HOURS WHERE label = 1")
        world.clock.time = day(13, 8)
        run(world, 1, 12)
        early = {row.metric: row for row in whole(world, "2026-01-12")}
        assert "provisional" == shown(world, "actuals", "2026-01-12")["labels"]
        assert early["accuracy"].verdict is None
        assert "weighted_accuracy" in early
        assert 0 < early["label_coverage"].value < 1
        (part,) = world.measured(metric="weighted_accuracy", window="1d", segment="plan=pro")
        assert early["weighted_accuracy"].lower < part.value < early["weighted_accuracy"].upper
        world.clock.time = day(16)
        run(world, 12, 12)
        late = {row.metric: row for row in whole(world, "2026-01-12")}

        assert "mature" == shown(world, "actuals", "2026-01-12")["labels"]
        assert 1.0 == late["label_coverage"].value
        assert "weighted_accuracy" not in late
        assert late["accuracy"].value == late["blended_accuracy"].value

    def test_wrong_estimate(self, make_learnt: MakeWorld) -> None:
        """
        An estimate that its labels refute is a performance incident, when these are due.

        Half of the labels are turned round: the scores still say what they said.
        """
        errors, others = "{low: -0.1, high: 0.1}", "log_loss: {high: 9}, roc_auc: {low: 0}"
        bounds = f"{{estimation_error_log_loss: {errors}, {others}}}"
        world = make_learnt(f"{MONITOR}thresholds: {bounds}\n")
        world.sql("UPDATE actuals SET label = 1 - label WHERE right(id, 1)::INT % 2 = 0")
        world.clock.time = day(3, 1)
        run(world, 1, 2)
        early = world.measured(
            metric="estimation_error_log_loss", window="2d", version="*", segment="*"
        )
        assert [None] == [row.verdict for row in early]
        assert [] == world.store.incidents(cause=Cause.PERFORMANCE)
        world.clock.time = day(5)
        run(world, 1, 2)
        (incident,) = world.store.incidents(cause=Cause.PERFORMANCE)

        assert "estimation_error_log_loss" == incident.evidence[0].metric
        assert Verdict.WARNING is incident.severity
        assert incident.evidence[0].value < -0.1

    def test_refuted_later(self, make_learnt: MakeWorld) -> None:
        """The verdict on the error of an old day follows the labels that are revised later."""
        errors, others = "{low: -0.3, high: 0.3}", "log_loss: {high: 9}, roc_auc: {low: 0}"
        bounds = f"{{estimation_error_log_loss: {errors}, {others}}}"
        world = make_learnt(f"{MONITOR}thresholds: {bounds}\n")
        world.clock.time = day(5)
        run(world, 1, 2)
        world.tick("label_arrivals")
        asked = {
            "metric": "estimation_error_log_loss",
            "window": "2d",
            "version": "*",
            "segment": "*",
        }
        (before,) = world.measured(**asked)
        world.sql("INSERT INTO actuals SELECT id, 1 - label, '2026-01-05 07:00+00' FROM actuals")
        world.clock.time = day(5, 8)
        requests, _ = world.tick("label_arrivals")
        for request in requests:
            assert () == world.runner.request(request).failures
        (after,) = world.measured(**asked)

        assert (Verdict.OK, Verdict.WARNING) == (before.verdict, after.verdict)
        (incident,) = world.store.incidents(cause=Cause.PERFORMANCE)
        assert "estimation_error_log_loss" == incident.evidence[0].metric

    def test_error_by_its_past(
        self, make_learnt: MakeWorld, make_rows: Callable[..., pa.Table]
    ) -> None:
        """
        The past of the error can bound it; a revised label makes the verdict anew.

        While labels are still coming in there is none.
        """
        monitor = f"{MONITOR}thresholds: {{estimation_error_log_loss: {{method: historical}}}}\n"
        world = make_learnt(monitor, predictions=make_rows(FIRST, 14, seed=4))
        asked = {
            "metric": "estimation_error_log_loss",
            "window": "1d",
            "version": "*",
            "segment": "*",
        }
        world.clock.time = day(15, 1)
        run(world, 1, 14)
        *_, due, early = world.measured(**asked)
        assert (Verdict.OK, None) == (due.verdict, early.verdict)
        assert "band of" in (early.reason or "")
        world.sql(
            "INSERT INTO actuals SELECT id, 1 - label, '2026-01-15' FROM actuals"
            " WHERE recorded >= '2026-01-13 00:00+00'"
        )
        world.clock.time = day(17)
        run(world, 13, 14)

        assert [Verdict.WARNING] * 2 == [row.verdict for row in world.measured(**asked)[-2:]]

    def test_change(self, world: World) -> None:
        """A day that is computed again shows what changed; a day computed first has nothing to."""
        before = {row.metric: row.value for row in whole(world, "2026-01-05")}
        assert "roc_auc_change" not in shown(world, "performance", "2026-01-05")
        world.sql("DELETE FROM actuals WHERE id LIKE '2026-01-01-8_0'")
        world.clock.time = day(14)
        run(world, 5, 5)
        after = {row.metric: row.value for row in whole(world, "2026-01-05")}
        metadata = shown(world, "performance", "2026-01-05")

        assert pytest.approx(-0.05) == metadata["label_coverage_change"]
        assert metadata["roc_auc_change"] == round(after["roc_auc"] - before["roc_auc"], 6) != 0

    @pytest.mark.parametrize(
        ("task", "answers", "headline"),
        [
            ("regression", "prediction: score", "mae"),
            ("multiclass_classification", "prediction: said", "accuracy"),
        ],
    )
    def test_change_of_other_tasks(
        self, make_learnt: MakeWorld, task: str, answers: str, headline: str
    ) -> None:
        """So does a day of a regression or of several classes."""
        monitor = (
            MONITOR.replace("binary_classification", task)
            .replace("prediction: said, score: score", answers)
            .replace("positive_class: 1\n", "")
        )
        world = make_learnt(monitor)
        run(world, 1, 2)
        before = {row.metric: row.value for row in whole(world, "2026-01-01")}
        world.sql("UPDATE actuals SET label = 1 - label WHERE id LIKE '2026-01-01-1_'")
        world.sql("DELETE FROM actuals WHERE id LIKE '2026-01-01-2_'")
        run(world, 1, 1)
        after = {row.metric: row.value for row in whole(world, "2026-01-01")}
        metadata = shown(world, "performance", "2026-01-01")

        assert pytest.approx(-0.05) == metadata["label_coverage_change"]
        assert round(after[headline] - before[headline], 6) == metadata[f"{headline}_change"] != 0


def whole(world: World, partition: str) -> list:
    """Return what was measured of all rows of a day."""
    rows = world.measured(step="performance", window="1d", segment="*", version="*", column="*")

    return [row for row in rows if row.window_start == partition]
