"""Tests of the retraining chain: a real trainer, on labels, against the scores of the champion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import pyarrow as pa
import pytest

from assets.keys import RETRAINING_STEPS
from monitoring_pipelines.jobs import RETRAIN, keys_of
from resources.results.records import VersionStatus

if TYPE_CHECKING:
    from tests.conftest import MakeWorld, World

#: A logistic regression of one feature, by Newton's method.
TRAINER = """
import json
import numpy as np
from resources.training import TrainedModel

def train(request):
    x = np.asarray(request.rows["amount"], dtype=float)
    y = np.asarray(request.rows["label"], dtype=float)
    slope = 0.0
    for _ in range(20):
        p = 1 / (1 + np.exp(-slope * x))
        slope += (x * (y - p)).sum() / (x * x * p * (1 - p)).sum()
    artefact = request.output / "model.json"
    artefact.write_text(json.dumps(slope))
    return TrainedModel(artefact, request.features, {"slope": slope}, request.start, request.end)

def score(artefact, rows):
    slope = json.loads(artefact.read_text())
    return 1 / (1 + np.exp(-slope * np.asarray(rows["amount"], dtype=float)))
"""

MONITOR = """\
model: churn
task: binary_classification
start: 2026-01-01
predictions: {table: predictions, id: id, timestamp: at, score: score}
positive_class: 1
actuals: {table: actuals, id: id, label: label, timestamp: recorded, delay: 1d}
reference: {table: reference, label: label}
features: [amount]
windows: {drift: [1d], performance: [1d]}
retraining: {trainer: "tiny_trainer:train", window: 20d, evaluation: 7d, minimum_labels: 1000}
"""


@pytest.fixture
def deployed(
    make_world: MakeWorld,
    make_rows: Callable[..., pa.Table],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[float], World]:
    """
    Deploy a model whose truth has *slope* times the log-odds of its scores, for thirty days.
    """
    (tmp_path / "tiny_trainer.py").write_text(TRAINER, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    def deploy(slope: float) -> World:
        rows = make_rows(date(2026, 1, 1), 30, seed=5, slope=slope)
        world = make_world(MONITOR, predictions=rows)
        world.clock.time = datetime(2026, 2, 1, 6, tzinfo=UTC)

        return world

    return deploy


def retrain(world: World, steps: Sequence[str] = RETRAINING_STEPS) -> tuple[str, ...]:
    """Run the chain as the sensor asks for it; return what failed."""
    selection = keys_of(world.spec, steps)

    return world.runner.request(dg.RunRequest(job_name=RETRAIN, asset_selection=selection)).failures


class TestChallenge:
    """Champion and challenger on days that neither saw."""

    def test_promoted(self, deployed: Callable[[float], World]) -> None:
        """A challenger that learnt what has changed is promoted, and says by how much."""
        world = deployed(-1.0)
        assert () == retrain(world)
        champion = world.store.champion("churn")

        assert champion is not None
        assert abs(-1.0 - (champion.metrics["slope"] or 0)) < 0.15
        # Evaluated on the last mature week, trained on the twenty days before it.
        assert ("2026-01-04", "2026-01-24") == (champion.trained_from, champion.trained_to)
        assert (champion.reason or "").startswith("better: log-loss lower by")

    def test_refused(self, deployed: Callable[[float], World]) -> None:
        """Against a perfect champion the challenger is refused, and the champion stays."""
        world = deployed(1.0)
        assert () == retrain(world)
        (version,) = world.store.model_versions("churn")

        assert VersionStatus.REFUSED is version.status
        assert world.store.champion("churn") is None

    def test_tampered(self, deployed: Callable[[float], World], tmp_path: Path) -> None:
        """An artefact that changed since it was trained is not evaluated."""
        world = deployed(-1.0)
        assert () == retrain(world, RETRAINING_STEPS[:1])
        (artefact,) = (tmp_path / "models").rglob("model.json")
        artefact.write_text("7", "utf-8")

        (failure,) = retrain(world, RETRAINING_STEPS[1:])
        assert "has changed since it was trained" in failure
        assert world.store.champion("churn") is None

    def test_few_labels(self, deployed: Callable[[float], World]) -> None:
        """Too few labelled rows fail the training, with how many there are and are needed."""
        world = deployed(1.0)
        world.sql("DELETE FROM actuals WHERE id NOT LIKE '%-10__'")

        (failure,) = retrain(world)
        assert "expected 1000 labelled rows from 2026-01-04 to 2026-01-24, got 100" in failure
