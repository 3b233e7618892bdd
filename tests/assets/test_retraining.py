"""Tests of the retraining chain: a real trainer, on labels, against the scores of the champion."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from assets.keys import LABEL_STEPS, RETRAINING_STEPS
from monitoring.results import ALL, Measurement
from monitoring.retraining.evaluation import Evaluation
from resources.promotion import Promotion
from resources.registry import ModelRegistry
from resources.results.records import (
    ModelVersionRecord,
    RetrainingStatus,
    VersionStatus,
    WindowKey,
)

if TYPE_CHECKING:
    from tests.assets.conftest import Loop
    from tests.conftest import World

#: The mean of the label by the sign of the feature.
NUMBERS = """
import json
import numpy as np
from resources.training import TrainedModel

def train(request):
    assert request.task == "regression"
    high = np.asarray(request.rows["amount"], dtype=float) > 0
    y = np.asarray(request.rows["label"], dtype=float)
    artefact = request.output / "model.json"
    artefact.write_text(json.dumps([y[~high].mean(), y[high].mean()]))
    return TrainedModel(artefact, request.features, {}, request.start, request.end)

def score(artefact, rows):
    low, high = json.loads(artefact.read_text())
    return np.where(np.asarray(rows["amount"], dtype=float) > 0, high, low)
"""

#: The same as probabilities of two classes.
CLASSES = (
    NUMBERS.replace("regression", "multiclass_classification").replace(
        "    return np.where(", "    one = np.where("
    )
    + """
    return np.stack([1 - one, one], axis=1)
"""
)

REGRESSION = {
    "binary_classification": "regression",
    "score: score": "prediction: score",
    "positive_class: 1\n": "",
}

MULTICLASS = {
    "binary_classification": "multiclass_classification",
    "score: score": "score: {0: other, 1: score}",
    "positive_class: 1\n": "",
}

APPROVE = {"retraining: {": "retraining: {mode: approve, "}
SLACK = {"features: [amount]": "features: [amount]\nalerts: {slack: {channel: '#ml'}}"}
OFF = {"retraining: {": "retraining: {mode: off, "}


class TestChallenge:
    """Champion and challenger on days that neither saw."""

    def test_promoted(self, deployed: Callable[..., Loop]) -> None:
        """A challenger that learnt what has changed is promoted, and says by how much."""
        loop = deployed(-1.0)
        assert () == loop.retrain()
        champion = loop.world.store.champion("churn")

        assert champion is not None
        assert abs(-1.0 - (champion.metrics["slope"] or 0)) < 0.15
        # Evaluated on the last mature week, trained on the twenty days before it.
        assert ("2026-01-04", "2026-01-24") == (champion.trained_from, champion.trained_to)
        assert (champion.reason or "").startswith("better: log-loss lower by")

    def test_slow_labels(self, deployed: Callable[..., Loop]) -> None:
        """Days whose labels are seen to take longer than the file says are not used yet."""
        loop = deployed(-1.0)
        loop.world.sql("UPDATE actuals SET recorded = recorded + INTERVAL 5 DAY")
        loop.world.learn()
        days = date(2026, 1, 1), date(2026, 1, 30)
        assert () == loop.world.runner.days(loop.world.spec, LABEL_STEPS, *days).failures
        assert () == loop.retrain()
        (version,) = loop.world.store.model_versions("churn")

        # Labels settle five days after the end of a day, not in one: 26 January is the last.
        assert ("2026-01-01", "2026-01-20") == (version.trained_from, version.trained_to)

    def test_refused(self, deployed: Callable[..., Loop]) -> None:
        """Against a perfect champion the challenger is refused, and the champion stays."""
        loop = deployed(1.0)
        assert () == loop.retrain()
        (version,) = loop.world.store.model_versions("churn")

        assert VersionStatus.REFUSED is version.status
        assert loop.world.store.champion("churn") is None

    def test_tampered(self, deployed: Callable[..., Loop], tmp_path: Path) -> None:
        """An artefact that changed since it was trained is not evaluated."""
        loop = deployed(-1.0)
        assert () == loop.retrain(RETRAINING_STEPS[:1])
        (artefact,) = (tmp_path / "models").rglob("model.json")
        artefact.write_text("7", "utf-8")

        (failure,) = loop.retrain(RETRAINING_STEPS[1:])
        assert "has changed since it was trained" in failure
        assert loop.world.store.champion("churn") is None

    def test_few_labels(self, deployed: Callable[..., Loop]) -> None:
        """Too few labelled rows fail the training, with how many there are and are needed."""
        loop = deployed(1.0)
        loop.world.sql("DELETE FROM actuals WHERE id NOT LIKE '%-10__'")

        (failure,) = loop.retrain()
        assert "expected 1000 labelled rows from 2026-01-04 to 2026-01-24, got 100" in failure


class TestSeenRows:
    """Rows that one of the two models has learnt from."""

    def champion(self, world: World, trained_to: str) -> None:
        """Make a model champion that was trained up to the day before *trained_to*."""
        record = ModelVersionRecord(
            "churn",
            "v0",
            VersionStatus.CHAMPION,
            world.clock.now() - timedelta(days=9),
            "",
            trained_from="2025-12-01",
            trained_to=trained_to,
        )
        with world.store.transaction() as transaction:
            transaction.save_model_version(record)

    def evaluated(self, loop: Loop) -> Evaluation:
        """Return the evaluation of the only challenger."""
        assert () == loop.retrain()
        record = loop.world.store.model_versions("churn")[-1]
        assert record.evaluation is not None

        return Evaluation.decode(record.evaluation)

    def test_champion(self, deployed: Callable[..., Loop]) -> None:
        """Days on which the champion was trained are refused, and the rest decides."""
        loop = deployed(-1.0)
        self.champion(loop.world, "2026-01-26")
        outcome = self.evaluated(loop)

        assert ("2026-01-24", "2026-01-25") == outcome.refused_days
        assert 5 * 200 == outcome.rows
        assert outcome.better
        assert "v0" == outcome.champion

    def test_nothing_left(self, deployed: Callable[..., Loop]) -> None:
        """When the champion has seen all days, the challenger cannot be told better."""
        loop = deployed(-1.0)
        self.champion(loop.world, "2026-02-10")
        outcome = self.evaluated(loop)

        assert outcome.verdict.startswith("cannot tell: expected 200 labelled rows")
        assert 0 == outcome.rows
        assert ("v0", VersionStatus.CHAMPION) in loop.versions()

    def test_blocked_days(self, deployed: Callable[..., Loop]) -> None:
        """Days whose rows failed a check that blocks are neither trained nor evaluated on."""
        loop = deployed(-1.0)
        blocked = ("churn", ALL, ALL, "1d", "2026-01-30", "2026-01-31", ALL, "blocked")
        told = (1.0, None, None, 200, None, None, None, loop.world.clock.now(), "run")
        with loop.world.store.transaction() as transaction:
            transaction.replace_measurements(
                "churn",
                "quality",
                [WindowKey("1d", "2026-01-30", "2026-01-31")],
                [Measurement(*blocked, *told)],
            )
        outcome = self.evaluated(loop)

        assert ("2026-01-30",) == outcome.refused_days


class TestApproval:
    """A monitor whose versions wait for a person."""

    def test_waits(self, deployed: Callable[..., Loop]) -> None:
        """A better version waits, the champion stays, and the request says so."""
        loop = deployed(-1.0, APPROVE)
        request = loop.ask()
        assert () == loop.retrain(cause=request.cause)
        ((_, status),) = loop.versions()

        assert VersionStatus.AWAITING_APPROVAL is status
        assert loop.world.store.champion("churn") is None
        assert RetrainingStatus.WAITING is loop.world.store.retrainings("churn")[0].status

    def test_from_the_ui(self, deployed: Callable[..., Loop]) -> None:
        """The jobs `approve` and `rollback` decide as the commands do, and say who asked."""
        loop = deployed(-1.0, APPROVE)
        assert () == loop.retrain()
        ((version, _),) = loop.versions()

        assert loop.decide("approve", version=version, by="ada").success
        assert [(version, VersionStatus.CHAMPION)] == loop.versions()
        assert not loop.decide("approve", version=version, by="ada").success
        assert loop.decide("rollback", by="bob", reason="too slow").success
        assert [(version, VersionStatus.ROLLED_BACK)] == loop.versions()
        assert ["approved by ada: better", "rolled back by bob: too slow"] == [
            decision.reason[:28].removesuffix(": log")
            for decision in loop.world.store.decisions("churn")
            if decision.outcome == "yes"
        ]

    def test_unknown_model(self, deployed: Callable[..., Loop]) -> None:
        """A model without a monitor is named, beside those that have one."""
        result = deployed(-1.0, APPROVE).decide("rollback", model="chrun", by="bob")
        (failure,) = (event for event in result.all_events if event.is_step_failure)

        assert "is about 'chrun'; there are: churn." in str(failure.step_failure_data)

    def test_superseded(self, deployed: Callable[..., Loop]) -> None:
        """A later version that is better takes the place of one that still waits."""
        loop = deployed(-1.0, APPROVE)
        assert () == loop.retrain()
        loop.world.clock.time += timedelta(days=1)
        assert () == loop.retrain()

        assert [VersionStatus.REFUSED, VersionStatus.AWAITING_APPROVAL] == [
            status for _, status in loop.versions()
        ]

    def test_off(self, deployed: Callable[..., Loop]) -> None:
        """The word off is a mode, and not the boolean that old YAML makes of it."""
        loop = deployed(1.0, OFF)
        assert loop.world.spec.retraining is not None

        assert "off" == loop.world.spec.retraining.mode
        assert "retraining is off" in loop.world.tick("retraining")[1]


class TestNews:
    """People hear of a version that waits for them, and of what became of it."""

    def test_from_waiting_to_rollback(self, deployed: Callable[..., Loop], tmp_path: Path) -> None:
        """
        Each decision is told once, in the thread of its version, with the command that approves.
        """
        loop = deployed(-1.0, APPROVE | SLACK)
        world, sent = loop.world, loop.world.notifier.sent
        cause = loop.ask().cause
        for _ in range(2):
            assert () == loop.retrain(cause=cause)
            world.tick("notifications")
        ((version, _),) = loop.versions()
        (waiting,) = sent
        assert waiting.text.startswith(f"churn {version} waits for approval: better: log-loss")
        assert f"To promote it: monitor approve churn {version}" in waiting.text
        assert waiting.text.endswith("http://localhost:3000/assets/churn/evaluation")

        registry = ModelRegistry(world.store, tmp_path / "models")
        promotion = Promotion(world.spec, world.store, registry)
        world.clock.time += timedelta(hours=1)
        promotion.approve(version, by="ada", at=world.clock.now())
        world.tick("notifications")
        world.clock.time += timedelta(hours=1)
        promotion.roll_back("rolled back by ada", at=world.clock.now())
        world.tick("notifications")

        _, promoted, back = sent
        assert promoted.text.startswith(f"churn {version} is promoted: approved by ada: better")
        assert back.text.startswith(f"churn {version} was taken back: rolled back by ada")
        assert ["#ml/1"] * 2 == [promoted.thread, back.thread]
        assert world.store.incidents() == []

    def test_refused(self, deployed: Callable[..., Loop]) -> None:
        """Nobody has to hear of a version that is not better."""
        loop = deployed(1.0, APPROVE | SLACK)
        assert () == loop.retrain()

        assert [] == loop.world.store.notifications("churn")


class TestOtherTasks:
    """Models that answer something else than a probability."""

    def test_regression(self, deployed: Callable[..., Loop], tmp_path: Path) -> None:
        """A model of numbers is trained, and promoted when its squared error is lower."""
        (tmp_path / "tiny_trainer.py").write_text(NUMBERS, "utf-8")
        loop = deployed(-1.0, REGRESSION)
        assert () == loop.retrain()
        champion = loop.world.store.champion("churn")

        assert champion is not None
        assert (champion.reason or "").startswith("better: mean squared error lower by")

    def test_multiclass(self, deployed: Callable[..., Loop], tmp_path: Path) -> None:
        """A model of several classes is held to probabilities of each of them."""
        (tmp_path / "tiny_trainer.py").write_text(CLASSES, "utf-8")
        loop = deployed(-1.0, MULTICLASS)
        loop.world.sql("ALTER TABLE predictions ADD COLUMN other DOUBLE")
        loop.world.sql("UPDATE predictions SET other = 1 - score")
        loop.world.sql("ALTER TABLE reference ADD COLUMN other DOUBLE")
        assert () == loop.retrain()
        champion = loop.world.store.champion("churn")

        assert champion is not None
        assert (champion.reason or "").startswith("better: log-loss lower by")


class TestRegistry:
    """The embedded registry."""

    def test_replaced_folder(self, deployed: Callable[..., Loop], tmp_path: Path) -> None:
        """The folder of a version is empty whenever training begins."""
        registry = ModelRegistry(deployed(1.0).world.store, tmp_path / "models")
        folder = registry.output_folder("churn", "v1")
        (folder / "torn").write_text("half")

        assert [] == list(registry.output_folder("churn", "v1").iterdir())
