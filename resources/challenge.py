"""A challenger from its training to the verdict on it, with the rows of the warehouse."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from monitoring.errors import TrainingError
from monitoring.partitions import Partitions
from monitoring.profile.outcomes.labels import class_key
from monitoring.retraining import Evaluation, evaluate, retraining_spans
from monitoring.spec.columns import feature_columns
from monitoring.spec.model import MonitorSpec, RetrainingSpec, Task
from monitoring.windows import Window
from resources.registry import ModelRegistry
from resources.results.records import ModelVersionRecord, RetrainingStatus
from resources.results.store import ResultsStore
from resources.training import LABEL, TrainingRequest, load_trainer
from resources.warehouse.query import Query
from resources.warehouse.warehouse import read_table


@dataclass(frozen=True, slots=True)
class Challenge:
    """The retraining of one model under the policy of its monitor file."""

    spec: MonitorSpec
    policy: RetrainingSpec
    query: Query
    store: ResultsStore
    registry: ModelRegistry

    def train(self, cause: str, *, as_of: datetime, run_id: str) -> ModelVersionRecord:
        """
        Train a challenger on the labels known at *as_of* and register it.

        The same cause gives the same version, so that a run that died can be run again.

        Raises:
            TrainingError: when there are too few labels, or the trainer fails.
        """
        window = retraining_spans(self.spec, now=as_of).training
        features = self._features()
        rows = self._labelled(window, features, as_of=as_of)
        if rows.num_rows < self.policy.minimum_labels:
            msg = (
                f"{self.spec.model}: expected {self.policy.minimum_labels} labelled rows from "
                f"{window.start} to {window.end}, got {rows.num_rows}."
            )
            raise TrainingError(msg)
        version = version_name(cause, as_of)
        self._progress(cause, RetrainingStatus.RUNNING, run_id=run_id, version=version)
        request = TrainingRequest(
            model=self.spec.model,
            version=version,
            start=window.start,
            end=window.end,
            rows=rows.select([*features, LABEL]),
            features=features,
            positive_class=self.spec.positive_class,
            output=self.registry.output_folder(self.spec.model, version),
        )
        trained = load_trainer(self.policy.trainer).train(request)

        return self.registry.register(
            self.spec.model, version, trained, created_at=as_of, run_id=run_id
        )

    def evaluate(self, *, as_of: datetime) -> Evaluation:
        """
        Compare the waiting challenger with the champion on the latest labelled days.

        The champion of the registry scores the rows again; one without an artefact, which was
        deployed before monitoring began, is known by the scores in the table.

        Raises:
            TrainingError: when the challenger was trained on days of the evaluation.
        """
        record = self.registry.challenger(self.spec.model)
        window = retraining_spans(self.spec, now=as_of).evaluation
        if str(record.trained_to) > window.start.isoformat():
            msg = (
                f"{self.spec.model}: {record.version} was trained up to {record.trained_to} and "
                f"cannot be evaluated from {window.start} on."
            )
            raise TrainingError(msg)
        rows = self._labelled(window, self._features(), as_of=as_of)
        challenger = load_trainer(self.policy.trainer).score(Path(str(record.artefact)), rows)
        outcome = evaluate(
            self._champion_scores(rows), challenger, self._positive(rows), window=window
        )
        self.registry.record_evaluation(record, outcome.encode())

        return outcome

    def decide(self) -> tuple[ModelVersionRecord, Evaluation]:
        """
        Promote or refuse the waiting challenger as its evaluation says.

        Raises:
            TrainingError: when it has not been evaluated.
        """
        record = self.registry.challenger(self.spec.model)
        if record.evaluation is None:
            msg = (
                f"{self.spec.model}: {record.version} has not been evaluated; "
                f"materialize the asset {self.spec.model}/evaluation first."
            )
            raise TrainingError(msg)
        outcome = Evaluation.decode(record.evaluation)
        self.registry.decide(record, promoted=outcome.better, reason=outcome.verdict)
        status = RetrainingStatus.SUCCEEDED if outcome.better else RetrainingStatus.REFUSED
        for request in self.store.retrainings(self.spec.model):
            if request.version == record.version:
                self._progress(request.cause, status, reason=outcome.verdict)

        return record, outcome

    def _champion_scores(self, rows: pa.Table) -> NDArray[np.float64]:
        champion = self.store.champion(self.spec.model)
        if champion is None or champion.artefact is None:
            return np.asarray(rows["score"].to_numpy(), dtype=np.float64)

        return load_trainer(self.policy.trainer).score(Path(champion.artefact), rows)

    def _features(self) -> tuple[str, ...]:
        schema = self.query.warehouse.schema(self.query.reference_table)

        return tuple(feature_columns(self.spec, schema))

    def _labelled(self, window: Window, features: tuple[str, ...], *, as_of: datetime) -> pa.Table:
        """Return the rows of *window* that have a label at *as_of*, and a score."""
        if self.spec.task is not Task.BINARY:
            msg = f"{self.spec.model}: retraining supports binary_classification only as yet."
            raise TrainingError(msg)
        days = Partitions.of_days(window.days)
        statement = self.query.outcomes(days, as_of=as_of, features=features)
        rows = read_table(self.query.warehouse, statement)

        usable = pc.and_(pc.is_valid(rows[LABEL]), pc.is_finite(rows["score"]))

        return rows.filter(usable)

    def _positive(self, rows: pa.Table) -> NDArray[np.bool_]:
        wanted = class_key(self.spec.positive_class)

        return np.array([class_key(label) == wanted for label in rows[LABEL].to_pylist()])

    def _progress(
        self,
        cause: str,
        status: RetrainingStatus,
        *,
        reason: str | None = None,
        run_id: str | None = None,
        version: str | None = None,
    ) -> None:
        """Note how far the request of *cause* is; a retraining by hand has no request."""
        known = {request.cause: request.key for request in self.store.retrainings(self.spec.model)}
        if cause not in known:
            return
        with self.store.transaction() as transaction:
            transaction.update_retraining(
                known[cause], status=status, reason=reason, run_id=run_id, version=version
            )


def version_name(cause: str, as_of: datetime) -> str:
    """Return the version that a retraining for *cause* gives: its day and a digest of the cause."""
    digest = hashlib.sha256(cause.encode()).hexdigest()[:6]

    return f"{as_of:%Y-%m-%d}-{digest}"
