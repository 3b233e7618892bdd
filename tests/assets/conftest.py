"""A deployed model that can be retrained: a trainer, a month of labels, and the steps to run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import pyarrow as pa
import pytest

from assets.keys import RETRAINING_STEPS
from assets.retraining import CAUSE_TAG
from monitoring_pipelines.jobs import RETRAIN, keys_of
from resources.results.records import RetrainingRecord, VersionStatus

if TYPE_CHECKING:
    from tests.conftest import MakeWorld, World


@pytest.fixture
def segmented(monitor_text: str) -> str:
    """
    Return the monitor file of the small world, watching one feature, but for its windows.
    """
    head, _, _ = monitor_text.partition("windows:")

    return f"{head.replace('[amount, plan]', '[amount]')}quality: {{generate: false}}\n"


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


@dataclass(frozen=True, slots=True)
class Loop:
    """A deployed model and the steps of its retraining, as the sensor asks for them."""

    world: World

    def retrain(
        self, steps: Sequence[str] = RETRAINING_STEPS, *, cause: str | None = None
    ) -> tuple[str, ...]:
        """Run the chain as the sensor asks for it; return what failed."""
        request = dg.RunRequest(
            job_name=RETRAIN,
            asset_selection=keys_of(self.world.spec, steps),
            tags={} if cause is None else {CAUSE_TAG: cause},
        )

        return self.world.runner.request(request).failures

    def decide(self, job: str, *, model: str = "churn", **config: str) -> dg.ExecuteInProcessResult:
        """Run a job by which a person decides, as the launchpad does."""
        resolved = self.world.definitions.resolve_job_def(job)
        (op,) = (node.name for node in resolved.nodes)

        return resolved.execute_in_process(
            run_config={"ops": {op: {"config": {"model": model, **config}}}},
            instance=self.world.instance,
            raise_on_error=False,
        )

    def ask(self) -> RetrainingRecord:
        """Store a request as the sensor does."""
        cause = "churn:performance:2026-01-25"
        record = RetrainingRecord(f"retrain:{cause}", "churn", cause, self.world.clock.now())
        with self.world.store.transaction() as transaction:
            transaction.request_retraining(record)

        return record

    def versions(self) -> list[tuple[str, VersionStatus]]:
        """Return the versions of the model and what became of them."""
        return [
            (record.version, record.status) for record in self.world.store.model_versions("churn")
        ]


@pytest.fixture
def deployed(
    make_world: MakeWorld,
    make_rows: Callable[..., pa.Table],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Loop]:
    """
    Deploy a model whose truth has *slope* times the log-odds of its scores, for thirty days.
    """
    (tmp_path / "tiny_trainer.py").write_text(TRAINER, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "tiny_trainer", raising=False)

    def deploy(slope: float, changes: Mapping[str, str] | None = None) -> Loop:
        monitor = MONITOR
        for found, wanted in (changes or {}).items():
            monitor = monitor.replace(found, wanted)
        rows = make_rows(date(2026, 1, 1), 30, seed=5, slope=slope)
        world = make_world(monitor, predictions=rows)
        world.clock.time = datetime(2026, 2, 1, 6, tzinfo=UTC)

        return Loop(world)

    return deploy


@pytest.fixture
def trainer_source() -> str:
    """
    Return the program text of the trainer.
    """
    return TRAINER
