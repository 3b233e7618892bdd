"""Tests of a regression whose performance is estimated before its labels are known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, cast

import pyarrow as pa
import pytest

from assets.keys import LABEL_STEPS
from monitoring.errors import EncodingError, TrainingError
from monitoring.results import Measurement, Verdict
from monitoring.spec.model import FeatureSpec, FeatureType
from resources.journal import Journal
from resources.loss_estimation import LossEstimation
from resources.loss_model import BoostedLossModel, fit_loss_model
from resources.warehouse.query import Query

if TYPE_CHECKING:
    from resources.warehouse.warehouse import Warehouse
    from tests.conftest import MakeWorld, World

REGRESSION = """\
model: churn
task: regression
start: 2026-01-01
predictions: {table: predictions, id: id, timestamp: at, prediction: score, version: version}
actuals: {table: actuals, id: id, label: label, timestamp: recorded, delay: 1d}
reference: {table: reference, label: label}
features: [amount, plan]
windows: {drift: [1d], performance: [1d, 2d]}
"""

DAYS = [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)]


def of_window(world: World, metric: str) -> Measurement:
    """Return what was measured of the last two days."""
    *_, row = world.measured(metric=metric, window="2d", segment="*", version="*")
    return row


def estimation_of(world: World) -> LossEstimation:
    """Return what estimates the losses of *world*'s model."""
    warehouse = cast("Warehouse", world.resources["warehouse"])
    return LossEstimation(Query(world.spec, warehouse), Journal(world.spec, world.store))


class TestEstimatedPerformance:
    """The errors that the features let expect."""

    def test_inputs_shift(self, make_learnt: MakeWorld, make_rows: Callable[..., pa.Table]) -> None:
        """When rows become easier, the estimate falls with the truth, which lies in its bounds."""
        easier = make_rows(DAYS[0], 3, seed=3, shift=2.0)
        world = make_learnt(REGRESSION, predictions=easier)

        assert world.run(DAYS[0], DAYS[2]).success
        estimate, truth = of_window(world, "estimated_mae"), of_window(world, "mae")
        assert None not in {estimate.lower, estimate.upper, truth.value}
        assert estimate.lower < truth.value < estimate.upper  # type: ignore[operator]
        assert estimate.upper < 0.3  # type: ignore[operator] - the reference's is 0.41
        assert 400 == estimate.rows

    def test_error(self, make_learnt: MakeWorld) -> None:
        """Once labels are there, the estimate minus the truth is a metric of its own."""
        world = make_learnt(REGRESSION)

        assert world.run(DAYS[0], DAYS[1]).success
        assert world.runner.days(world.spec, LABEL_STEPS, DAYS[0], DAYS[1]).success
        error = of_window(world, "estimation_error_mae").value
        estimate, truth = of_window(world, "estimated_mae").value, of_window(world, "mae").value
        assert None not in {estimate, truth}
        assert error == estimate - truth  # type: ignore[operator]

    def test_error_beyond_its_bounds(self, make_learnt: MakeWorld) -> None:
        """The monitor file can bound that error."""
        world = make_learnt(f"{REGRESSION}thresholds: {{estimation_error_mae: {{low: 0}}}}\n")
        world.sql("UPDATE actuals SET label = label + 3")

        assert world.run(DAYS[0], DAYS[1]).success
        assert world.runner.days(world.spec, LABEL_STEPS, DAYS[0], DAYS[1]).success
        error = of_window(world, "estimation_error_mae")
        assert (0.0, Verdict.WARNING) == (error.threshold_low, error.verdict)

    def test_as_of(self, make_learnt: MakeWorld) -> None:
        """As of a moment, windows with days that were read later are left as they are."""
        world = make_learnt(REGRESSION)
        world.run(DAYS[0], DAYS[1])
        before = of_window(world, "estimated_mae")
        world.clock.time -= timedelta(days=3)
        world.run(DAYS[0], DAYS[0])

        assert before == of_window(world, "estimated_mae")

    def test_before_labels(self, make_learnt: MakeWorld) -> None:
        """There is an estimate although no label has come."""
        world = make_learnt(REGRESSION)
        world.sql("DELETE FROM actuals")

        assert world.run(DAYS[0], DAYS[1]).success
        assert of_window(world, "mae").value is None
        assert of_window(world, "estimated_rmse").value is not None

    def test_versions(self, make_learnt: MakeWorld) -> None:
        """Each model version has an estimate of its own; a second run replaces the first."""
        world = make_learnt(REGRESSION)
        world.sql("UPDATE predictions SET version = 'v2' WHERE plan = 'pro'")

        for _ in range(2):
            assert world.run(DAYS[0], DAYS[1]).success
        rows = {
            row.version: row.rows for row in world.measured(metric="estimated_mae", window="2d")
        }
        assert {"*", "v1", "v2"} == set(rows)
        assert rows["*"] == rows["v1"] + rows["v2"]

    def test_segments(self, make_learnt: MakeWorld) -> None:
        """Each segment value has an estimate and its error; small ones are marked as such."""
        world = make_learnt(f"{REGRESSION}segments: [plan]\n")
        world.sql("UPDATE predictions SET plan = 'new' WHERE right(id, 2) = '77'")

        assert world.run(DAYS[0], DAYS[1]).success
        found = {
            metric: {
                row.segment: row for row in world.measured(metric=metric, window="2d", version="*")
            }
            for metric in ("estimated_mae", "mae", "estimation_error_mae")
        }
        estimates, truths, errors = found.values()
        parts = {"plan=basic", "plan=pro", "plan=other"}
        assert {"*", *parts} == set(estimates) == set(truths) == set(errors)
        sums = {name: (row.value or 0) * row.rows for name, row in estimates.items()}
        assert sums["*"] == pytest.approx(sum(sums[name] for name in parts))
        for name, row in errors.items():
            assert row.value == pytest.approx(
                (estimates[name].value or 0) - (truths[name].value or 0)
            )
            assert None not in {row.lower, row.upper}
        assert Verdict.INSUFFICIENT_DATA is estimates["plan=other"].verdict
        assert Verdict.INSUFFICIENT_DATA is errors["plan=other"].verdict
        assert estimates["plan=pro"].verdict is None

    def test_repeated(self, make_learnt: MakeWorld) -> None:
        """
        A prediction that is there twice counts once, as it does in what is realised.

        Regression: the estimate counted both.
        """
        world = make_learnt(f"{REGRESSION}quality: {{block_on: []}}\n")
        world.sql("INSERT INTO predictions SELECT * FROM predictions WHERE id = '2026-01-01-3'")

        assert world.run(DAYS[0], DAYS[1]).success
        assert 400 == of_window(world, "estimated_mae").rows == of_window(world, "mae").rows

    def test_lost_segment(self, make_learnt: MakeWorld) -> None:
        """A segment column that is gone leaves the estimate of all rows."""
        world = make_learnt(f"{REGRESSION}segments: [plan]\nquality: {{block_on: []}}\n")
        world.sql("ALTER TABLE predictions DROP COLUMN plan")

        assert world.run(DAYS[0], DAYS[1]).success
        assert of_window(world, "estimated_mae").value is not None

    def test_lost_feature(self, make_learnt: MakeWorld) -> None:
        """A feature that is gone counts as missing; the estimate is made of the others."""
        world = make_learnt(REGRESSION + "quality: {block_on: []}\n")
        world.sql("ALTER TABLE predictions DROP COLUMN plan")

        assert world.run(DAYS[0], DAYS[1]).success
        assert of_window(world, "estimated_mae").value is not None

    def test_few_labels(self, make_world: MakeWorld) -> None:
        """Too few labels give no model; the reference is built none the less, and days are run."""
        world = make_world(REGRESSION)
        world.sql("DELETE FROM reference WHERE id NOT LIKE '%-1'")
        world.learn()

        with pytest.raises(TrainingError, match="50 or more"):
            estimation_of(world).learn(reference="any", as_of=datetime(2026, 1, 1, tzinfo=UTC))
        assert world.run(DAYS[0], DAYS[1]).success
        assert [] == world.measured(metric="estimated_mae")

    def test_another_reference(self, make_learnt: MakeWorld) -> None:
        """A new reference that gives no model does not estimate by the model of the one before."""
        world = make_learnt(REGRESSION)
        estimation, before = estimation_of(world), Journal(world.spec, world.store).reference()
        assert estimation.model(reference=before.fingerprint) is not None

        world.sql("DELETE FROM reference WHERE id NOT LIKE '%-1'")
        world.learn()
        now = Journal(world.spec, world.store).reference()
        assert estimation.model(reference=now.fingerprint) is None


class TestEncoding:
    """A loss model as bytes."""

    def test_round_trip(self) -> None:
        """What was read expects the same losses."""
        rows = pa.table(
            {
                "size": [float(number % 7) for number in range(200)],
                "prediction": [1.0] * 200,
                "label": [float(number % 7) for number in range(200)],
            }
        )
        model = fit_loss_model(rows, [FeatureSpec(name="size", type=FeatureType.NUMERIC)])
        again = BoostedLossModel.decode(model.encode())

        assert (model.losses(rows) == again.losses(rows)).all()
        assert (model.fingerprint, model.rows) == (again.fingerprint, again.rows)

    def test_damaged(self) -> None:
        """Bytes that are no model are refused with the remedy."""
        with pytest.raises(EncodingError, match="Materialize the reference again"):
            BoostedLossModel.decode(b"PK no model")
