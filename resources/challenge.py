"""A challenger from its training to the verdict on it, with the rows of the warehouse."""

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitoring.errors import TrainingError
from monitoring.partitions import Partitions
from monitoring.retraining.evaluation import Evaluation, evaluate
from monitoring.retraining.guards import Guards
from monitoring.retraining.spans import RetrainingSpans, seen_days
from monitoring.spec.columns import feature_columns
from monitoring.spec.model import MonitorSpec
from monitoring.spec.retraining import RetrainingSpec
from monitoring.windows import Window
from resources.due_spans import due_spans
from resources.journal import Journal
from resources.registries.registry import Registry
from resources.results.records import (
    ModelVersionRecord,
    RetrainingRecord,
    RetrainingStatus,
    VersionStatus,
)
from resources.results.store import ResultsStore
from resources.trainers.answers import Answers
from resources.trainers.trainer import Trainer
from resources.training import LABEL, TrainingRequest
from resources.training_rows import TrainingRows
from resources.version_rows import version_rows
from resources.warehouse.query import Query


@dataclass(frozen=True, slots=True)
class Challenge:
    """The retraining of one model under the policy of its monitor file."""

    spec: MonitorSpec
    policy: RetrainingSpec
    query: Query
    store: ResultsStore
    registry: Registry
    trainer: Trainer

    def train(self, cause: str, *, as_of: datetime, run_id: str) -> ModelVersionRecord:
        """
        Train a challenger on the labels known when it was asked for, and register it.

        The same cause gives the same version from the same days, so that a run that died can be
        run again; one that was registered before the run died is not trained twice, and one that
        was decided upon stays as it is.

        Raises:
            TrainingError: when there are too few labels, or the trainer fails.
        """
        request = self._request(cause)
        asked = as_of if request is None else request.requested_at
        version = version_name(cause, asked)
        known = {record.version: record for record in self.store.model_versions(self.spec.model)}
        undecided = version not in known or known[version].status is VersionStatus.CHALLENGER
        if request is not None and undecided:
            with self.store.transaction() as transaction:
                transaction.update_retraining(
                    request.key, status=RetrainingStatus.RUNNING, run_id=run_id, version=version
                )
        if version in known:
            return self.registry.find(self.spec.model, version)
        trained = self.trainer.train(self._asked(version, as_of=asked))

        return self.registry.register(
            self.spec.model, version, trained, created_at=as_of, run_id=run_id
        )

    def evaluate(self, cause: str, *, as_of: datetime) -> Evaluation:
        """
        Compare a challenger with the champion on the latest labelled days that neither has seen.

        The champion of the registry scores the rows again; one without an artefact, which was
        deployed before monitoring began, is known by its answers in the table. A version that was
        decided upon keeps the evaluation that it was decided by.
        """
        record = version_of(cause, self.spec, self.store, self.registry)
        if record.status is not VersionStatus.CHALLENGER and record.evaluation is not None:
            return Evaluation.decode(record.evaluation)
        champion = self.store.champion(self.spec.model)
        window = self._spans(as_of).evaluation
        refused = self._refused(window, record, champion)
        rows = self._rows(window, refused, as_of=as_of)
        answers = self._score(record, rows)
        sample = rows.sample(self._champion_answers(champion, rows), answers)
        outcome = replace(
            evaluate(self.spec.task, sample, window=window, guards=Guards.of(self.policy)),
            champion=None if champion is None else champion.version,
            challenger=record.version,
            refused_days=tuple(sorted(day.isoformat() for day in refused)),
        )
        if outcome.better and self.policy.rebase:
            kept = (self.spec.predictions.id, *self._features())
            normal = version_rows(rows, answers, version=record.version, kept=kept)
            record = self.registry.keep_reference(record, normal)
        self.registry.record_evaluation(record, outcome.encode())

        return outcome

    def _spans(self, as_of: datetime) -> RetrainingSpans:
        return due_spans(Journal(self.spec, self.store), now=as_of)

    def _asked(self, version: str, *, as_of: datetime) -> TrainingRequest:
        """Return what the trainer is asked for: the labelled rows of the training days."""
        window = self._spans(as_of).training
        features, answers = self._features(), Answers.of(self.spec)
        rows = self._rows(window, self._blocked(window), as_of=as_of).table
        if rows.num_rows < self.policy.minimum_labels:
            msg = (
                f"{self.spec.model}: expected {self.policy.minimum_labels} labelled rows from "
                f"{window.start} to {window.end}, got {rows.num_rows}."
            )
            raise TrainingError(msg)

        return TrainingRequest(
            model=self.spec.model,
            version=version,
            start=window.start,
            end=window.end,
            rows=rows.select([*features, LABEL]),
            features=features,
            positive_class=self.spec.positive_class,
            output=self.registry.output_folder(self.spec.model, version),
            task=answers.task,
            classes=answers.classes,
        )

    def _champion_answers(
        self, champion: ModelVersionRecord | None, rows: TrainingRows
    ) -> NDArray[np.float64]:
        if champion is None or champion.artefact is None:
            return rows.deployed

        return self._score(champion, rows)

    def _score(self, record: ModelVersionRecord, rows: TrainingRows) -> NDArray[np.float64]:
        # Not the labels: what scores must not see them.
        return self.trainer.score(Path(str(record.artefact)), rows.table.select(self._features()))

    def _refused(
        self, window: Window, record: ModelVersionRecord, champion: ModelVersionRecord | None
    ) -> frozenset[date]:
        """Return the days that one of the two has learnt from, or whose rows failed a check."""
        both = (record, champion) if champion is not None else (record,)
        seen = (seen_days(window, (version.trained_from, version.trained_to)) for version in both)

        return self._blocked(window).union(*seen)

    def _blocked(self, window: Window) -> frozenset[date]:
        blocked = Journal(self.spec, self.store).blocked()

        return frozenset(day for day in window.days if day.isoformat() in blocked)

    def _rows(self, window: Window, refused: frozenset[date], *, as_of: datetime) -> TrainingRows:
        days = Partitions.of_days(day for day in window.days if day not in refused)

        columns = dict.fromkeys((self.spec.predictions.id, *self._features()))

        return TrainingRows.read(self.query, days, tuple(columns), as_of=as_of)

    def _features(self) -> tuple[str, ...]:
        schema = self.query.warehouse.schema(self.query.reference_table)

        return tuple(feature_columns(self.spec, schema))

    def _request(self, cause: str) -> RetrainingRecord | None:
        """Return the request for *cause*; a retraining by hand has none."""
        requests = self.store.retrainings(self.spec.model)

        return next((request for request in requests if request.cause == cause), None)


def version_name(cause: str, asked: datetime) -> str:
    """Return the version that a retraining for *cause* gives: its day and a digest of the cause."""
    return f"{asked:%Y-%m-%d}-{_digest(cause)}"


def version_of(
    cause: str, spec: MonitorSpec, store: ResultsStore, registry: Registry
) -> ModelVersionRecord:
    """
    Return the version that the retraining for *cause* gave, else the latest that waits.

    Raises:
        MonitorError: when there is neither, or the artefact has changed.
    """
    for record in store.model_versions(spec.model):
        if record.version.endswith(f"-{_digest(cause)}"):
            return registry.find(spec.model, record.version)

    return registry.challenger(spec.model)


def _digest(cause: str) -> str:
    return hashlib.sha256(cause.encode()).hexdigest()[:6]
