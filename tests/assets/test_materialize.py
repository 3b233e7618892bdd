"""Tests of the graph of one model, run for real: DuckDB, SQLite, Great Expectations, Dagster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import dagster as dg
import numpy as np
import pyarrow as pa
import pytest

from assets.keys import daily_steps
from monitoring.alerting.incident import Cause, State
from monitoring.results import Measurement

if TYPE_CHECKING:
    from tests.conftest import MakeWorld, World

#: All rows of a model.
WHOLE = {"segment": "*", "version": "*"}

EMPTY_SECOND_DAY = "DELETE FROM predictions WHERE \"at\"::DATE = DATE '2026-01-02'"

DAYS = [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)]


def comparable(rows: list[Measurement]) -> list[Measurement]:
    """Return *rows* without what says which run wrote them."""
    return [replace(row, run_id="", as_of=datetime(2026, 1, 1, tzinfo=UTC)) for row in rows]


def value(world: World, metric: str, day: date, column: str = "*") -> Measurement:
    """Return the measurement of one day."""
    (row,) = (
        row
        for row in world.measured(
            metric=metric, column=column, window="1d", segment="*", version="*"
        )
        if row.last_partition == day.isoformat()
    )
    return row


class TestThreeDays:
    """Three days of a binary classifier, in one run."""

    def test_performance(self, make_learnt: MakeWorld, make_rows: Callable[..., pa.Table]) -> None:
        """Each day's AUC and log-loss are scikit-learn's, on the rows that they name."""
        metrics = pytest.importorskip("sklearn.metrics")
        world, rows = make_learnt(), make_rows(DAYS[0], 3, seed=1)

        assert world.run(DAYS[0], DAYS[2]).success
        for index, day in enumerate(DAYS):
            part = rows.slice(index * 200, 200)
            label, score = part["label"].to_numpy(), part["score"].to_numpy()
            auc = value(world, "roc_auc", day)
            assert 200 == auc.rows
            assert abs(metrics.roc_auc_score(label, score) - auc.value) < 1e-3
            assert abs(metrics.log_loss(label, score) - value(world, "log_loss", day).value) < 1e-9

    def test_metadata(self, make_learnt: MakeWorld) -> None:
        """A range leaves one materialization a day, each with its own numbers."""
        world = make_learnt()
        world.sql("DELETE FROM predictions WHERE id LIKE '%-1' OR id = '2026-01-01-2'")
        world.run(DAYS[0], DAYS[2])
        events = world.instance.fetch_materializations(
            dg.AssetKey(["churn", "predictions"]), limit=10
        ).records

        assert {d.isoformat() for d in DAYS} == {event.partition_key for event in events}
        assert 3 == len(events)
        shown = {e.partition_key: e.asset_materialization.metadata["rows"].value for e in events}
        assert {"2026-01-01": 198, "2026-01-02": 200, "2026-01-03": 200} == shown

    def test_range_equals_single_days(self, make_learnt: MakeWorld) -> None:
        """One run of three days and three runs of a day write the same measurements."""
        world = make_learnt()
        for day in DAYS:
            world.run(day)
        single = comparable(world.measured())
        world.run(DAYS[0], DAYS[2])

        assert len(single) > 100
        assert single == comparable(world.measured())

    def test_idempotent(self, make_learnt: MakeWorld) -> None:
        """A run that is repeated changes no number."""
        world = make_learnt()
        world.run(DAYS[0], DAYS[2])
        once = comparable(world.measured())
        world.run(DAYS[0], DAYS[2])

        assert once == comparable(world.measured())


class TestTrouble:
    """Days that are not as they should be."""

    def test_empty_day(self, make_learnt: MakeWorld) -> None:
        """
        A day without rows is a day with 0 rows, and no schema failure.

        Regression: DuckDB gives no batch where no row is found, so the day seemed to have no
        columns, and the schema check blocked it for that.
        """
        world = make_learnt()
        world.sql(
            "DELETE FROM predictions WHERE id LIKE '2026-01-01-2__' OR id LIKE '2026-01-01-3__'"
        )

        assert world.run(DAYS[0], DAYS[2]).success
        assert (0.0, 0) == (
            value(world, "blocked", DAYS[1]).value,
            value(world, "blocked", DAYS[1]).rows,
        )
        assert value(world, "roc_auc", DAYS[1]).value is None
        assert 200 == value(world, "roc_auc", DAYS[2]).rows

    def test_feature_lost(self, make_learnt: MakeWorld) -> None:
        """A feature that the table has no more fails the schema, and stops no run."""
        world = make_learnt()
        world.sql("ALTER TABLE predictions DROP COLUMN amount")

        assert world.run(DAYS[0]).success
        failed = value(world, "failed_expectations", DAYS[0])
        assert failed.value >= 1
        assert "amount" in (failed.reason or "")

    def test_blocked(self, make_world: MakeWorld) -> None:
        """A blocked day is in no window of drift and performance, and its numbers say why."""
        monitor = """\
model: churn
task: binary_classification
start: 2026-01-01
predictions: {table: predictions, id: id, timestamp: at, prediction: said, score: score}
positive_class: 1
actuals: {table: actuals, id: id, label: label, timestamp: recorded, delay: 1d}
reference: {table: reference, label: label}
features: [amount, plan]
windows: {drift: [1d, 2d], performance: [1d, 2d]}
quality: {block_on: [volume]}
"""
        world = make_world(monitor)
        world.sql(
            "DELETE FROM predictions WHERE id LIKE '2026-01-01-2__' OR id LIKE '2026-01-01-3__'"
        )
        world.learn()
        world.run(DAYS[0], DAYS[2])
        two_days = {
            row.last_partition: row.rows
            for row in world.measured(metric="roc_auc", window="2d", **WHOLE)
        }

        assert 1.0 == value(world, "blocked", DAYS[1]).value
        assert {"2026-01-02": 200, "2026-01-03": 200} == two_days
        for metric, column in (("roc_auc", "*"), ("psi", "amount"), ("rows", "*")):
            gone = value(world, metric, DAYS[1], column)
            assert (None, "blocked by volume") == (gone.value, gone.reason)
        partial = {
            (row.last_partition, row.value, row.reason)
            for row in world.measured(metric="rows", window="2d", **WHOLE)
        }
        assert ("2026-01-03", 200, "without 2026-01-02: blocked by volume") in partial

    def test_no_reference(self, make_world: MakeWorld) -> None:
        """Without a reference the step fails and names the asset to materialize."""
        failures = make_world().run(DAYS[0]).failures

        assert any("materialize the asset churn/reference" in line for line in failures)


class TestOtherModels:
    """Monitors of other kinds."""

    def test_without_actuals(self, make_world: MakeWorld) -> None:
        """A monitor without actuals has quality and drift, and nothing else."""
        world = make_world(
            "model: churn\ntask: binary_classification\nstart: 2026-01-01\n"
            "predictions: {table: predictions, id: id, timestamp: at, score: score}\n"
            "positive_class: 1\nreference: {table: reference}\nfeatures: [amount, plan]\n"
            "windows: {drift: [1d], performance: [1d]}\n"
        )
        world.learn()

        assert world.run(DAYS[0], DAYS[2]).success
        assert value(world, "psi", DAYS[0], "amount").value >= 0
        assert [] == world.measured(metric="label_coverage")

    def test_regression(self, make_world: MakeWorld, make_rows: Callable[..., pa.Table]) -> None:
        """The mean absolute error of a regression is that of its rows."""
        world = make_world(
            "model: churn\ntask: regression\nstart: 2026-01-01\n"
            "predictions: {table: predictions, id: id, timestamp: at, prediction: score}\n"
            "actuals: {table: actuals, id: id, label: label, timestamp: recorded}\n"
            "reference: {table: reference, label: label}\nfeatures: [amount]\n"
            "windows: {drift: [1d], performance: [1d]}\n"
        )
        world.learn()
        part = make_rows(DAYS[0], 3, seed=1).slice(0, 200)
        expected = np.abs(part["score"].to_numpy() - part["label"].to_numpy()).mean()

        assert world.run(DAYS[0]).success
        assert abs(expected - value(world, "mae", DAYS[0]).value) < 1e-9

    def test_multiclass(self, make_world: MakeWorld) -> None:
        """Each class has a score of its own; the accuracy is the share of right answers."""
        world = make_world(
            "model: churn\ntask: multiclass_classification\nstart: 2026-01-01\n"
            "predictions: {table: predictions, id: id, timestamp: at, prediction: said,"
            " score: {'0': stay, '1': score}}\n"
            "actuals: {table: actuals, id: id, label: label, timestamp: recorded}\n"
            "reference: {table: reference, label: label}\nfeatures: [amount]\n"
            "windows: {drift: [1d], performance: [1d]}\n"
        )
        for table in ("predictions", "reference"):
            world.sql(f"ALTER TABLE {table} ADD COLUMN stay DOUBLE")
            world.sql(f"UPDATE {table} SET stay = 1 - score")  # noqa: S608
        world.learn()

        assert world.run(DAYS[0]).success
        assert 0.5 < value(world, "accuracy", DAYS[0]).value < 1.0

    def test_batches(self, make_world: MakeWorld) -> None:
        """Batches are measured one by one; their names need not sort by time."""
        world = make_world(
            "model: churn\ntask: binary_classification\n"
            "predictions: {table: predictions, id: id, timestamp: at, score: score, batch: batch}\n"
            "positive_class: 1\nactuals: {table: actuals, id: id, label: label}\n"
            "reference: {table: reference, label: label}\nfeatures: [amount]\n"
            "windows: {drift: [1d], performance: [1d]}\n"
        )
        world.sql("ALTER TABLE predictions ADD COLUMN batch VARCHAR")
        world.sql("UPDATE predictions SET batch = 'b' || (12 - day(\"at\"))")
        world.learn()
        result = world.runner.batches(world.spec, daily_steps(world.spec), ["b11", "b10", "b9"])
        rows = {
            r.window_start: r.rows
            for r in world.measured(metric="roc_auc", segment="*", version="*")
        }

        assert result.success
        assert {"b11": 200, "b10": 200, "b9": 200} == rows


class TestIncidents:
    """What the measurements of several days amount to."""

    def test_retracted(self, make_learnt: MakeWorld, make_rows: Callable[..., pa.Table]) -> None:
        """
        A table that is corrected ends the incident that its mistake had opened.

        Regression: an incident that the replay no longer found went on firing for ever.
        """
        world = make_learnt(predictions=make_rows(DAYS[0], 3, seed=1, shift=3.0))
        world.run(DAYS[0], DAYS[2])
        (firing,) = world.store.incidents(cause=Cause.DRIFT, state=State.FIRING)
        world.sql("UPDATE predictions SET amount = amount - 3, score = 1 / (1 + exp(3 - amount))")
        world.sql("UPDATE predictions SET said = CASE WHEN score >= 0.5 THEN 1 ELSE 0 END")
        world.run(DAYS[0], DAYS[2])
        (after,) = world.store.incidents(cause=Cause.DRIFT)

        assert (firing.fingerprint, State.RESOLVED) == (after.fingerprint, after.state)
