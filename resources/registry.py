"""The embedded registry of model versions: rows of the results store, artefacts in a folder."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from monitoring.errors import MonitorError
from resources.results.records import (
    DecisionRecord,
    ModelVersionRecord,
    RetrainingStatus,
    VersionStatus,
)
from resources.results.store import ResultsStore
from resources.results.transaction import Transaction
from resources.training import TrainedModel, checksum, is_intact
from resources.version_news import Also

#: What the retraining that made a version has come to when the version has.
_OUTCOMES = {
    VersionStatus.CHAMPION: RetrainingStatus.SUCCEEDED,
    VersionStatus.REFUSED: RetrainingStatus.REFUSED,
    VersionStatus.AWAITING_APPROVAL: RetrainingStatus.WAITING,
}


@dataclass(frozen=True, slots=True)
class ModelRegistry:
    """Keeps every version of a model with its checksum, its training days and what became of it."""

    store: ResultsStore
    folder: Path

    def output_folder(self, model: str, version: str) -> Path:
        """Return the folder of *version*, which is made, or emptied of what a crash left there."""
        folder = self.folder / model / version
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)

        return folder

    def register(
        self, model: str, version: str, trained: TrainedModel, *, created_at: datetime, run_id: str
    ) -> ModelVersionRecord:
        """Keep *trained* as a challenger."""
        record = ModelVersionRecord(
            model=model,
            version=version,
            status=VersionStatus.CHALLENGER,
            created_at=created_at,
            run_id=run_id,
            artefact=str(trained.artefact),
            checksum=checksum(trained.artefact),
            trained_from=trained.trained_from.isoformat(),
            trained_to=trained.trained_to.isoformat(),
            metrics=dict(trained.metrics),
        )
        with self._writing(model) as transaction:
            transaction.save_model_version(record)

        return record

    def find(self, model: str, version: str) -> ModelVersionRecord:
        """
        Return a version whose artefact is what was trained.

        Raises:
            MonitorError: when there is none, or its artefact has changed.
        """
        versions = {record.version: record for record in self.store.model_versions(model)}
        if version not in versions:
            known = ", ".join(versions) or "none"
            msg = f"{model}: no version {version}; there are: {known}."
            raise MonitorError(msg)

        return _intact(versions[version])

    def challenger(self, model: str) -> ModelVersionRecord:
        """
        Return the latest version that waits for a decision.

        Raises:
            MonitorError: when none waits, or its artefact is not what was trained.
        """
        waiting = [
            version
            for version in self.store.model_versions(model)
            if version.status is VersionStatus.CHALLENGER
        ]
        if not waiting:
            msg = (
                f"{model}: no challenger waits; materialize the asset {model}/trained_model first."
            )
            raise MonitorError(msg)

        return _intact(waiting[-1])

    def keep_reference(self, record: ModelVersionRecord, rows: pa.Table) -> ModelVersionRecord:
        """
        Keep the *rows* that are normal for a version beside its folder; return where.

        The file is there whole or not at all, and recorded with the evaluation.
        """
        path = self.folder / record.model / f"{record.version}.reference.parquet"
        unfinished = path.with_suffix(".tmp")
        pq.write_table(rows, unfinished)
        unfinished.replace(path)

        return replace(record, reference=str(path.absolute()), reference_checksum=checksum(path))

    def record_evaluation(self, record: ModelVersionRecord, evaluation: str) -> None:
        """Keep the *evaluation* (JSON text) of a version."""
        with self._writing(record.model) as transaction:
            transaction.save_model_version(replace(record, evaluation=evaluation))

    def settle(
        self,
        record: ModelVersionRecord,
        status: VersionStatus,
        decision: DecisionRecord,
        *,
        also: Also | None = None,
    ) -> ModelVersionRecord:
        """
        Bring a version to *status*: version, decision and retraining change at once or not at all.

        A version that becomes champion, or that waits for approval, archives those that waited.
        """
        settled = replace(record, status=status, reason=decision.reason)
        with self._writing(record.model) as transaction:
            if status in {VersionStatus.CHAMPION, VersionStatus.AWAITING_APPROVAL}:
                self._archive_waiting(transaction, record)
            transaction.save_model_version(settled)
            transaction.record_decision(decision)
            if also is not None:
                also(transaction)
            for request in self.store.retrainings(record.model):
                if request.version == record.version and status in _OUTCOMES:
                    transaction.update_retraining(
                        request.key, status=_OUTCOMES[status], reason=decision.reason
                    )

        return settled

    def roll_back(
        self, model: str, decision: DecisionRecord, *, also: Also | None = None
    ) -> ModelVersionRecord | None:
        """
        Take the champion back; return the version before it, which is the champion again.

        Without one before it there is none: the model that was deployed before monitoring began
        is in use again, and known by what it answers in the table of predictions.

        Raises:
            MonitorError: when there is no champion, or the artefact of the one before has changed.
        """
        champion = self.store.champion(model)
        if champion is None:
            msg = f"{model}: no version was promoted, so there is none to take back."
            raise MonitorError(msg)
        before = [
            version
            for version in self.store.model_versions(model)
            if version.status is VersionStatus.ARCHIVED and version.created_at < champion.created_at
        ]
        previous = _intact(before[-1]) if before else None
        bad = replace(champion, status=VersionStatus.ROLLED_BACK, reason=decision.reason)
        with self._writing(model) as transaction:
            transaction.save_model_version(bad)
            if previous is not None:
                reason = f"in use again: {champion.version} was taken back"
                transaction.save_model_version(
                    replace(previous, status=VersionStatus.CHAMPION, reason=reason)
                )
            transaction.record_decision(replace(decision, version=champion.version))
            if also is not None:
                also(transaction)

        return previous

    def publish(self, model: str) -> None:
        """Show *model* nowhere else: the rows of the store are what there is to see."""

    def _archive_waiting(self, transaction: Transaction, record: ModelVersionRecord) -> None:
        reason = f"superseded by {record.version}"
        for other in self.store.model_versions(record.model):
            waits = other.status is VersionStatus.AWAITING_APPROVAL
            if waits and other.version != record.version:
                transaction.save_model_version(
                    replace(other, status=VersionStatus.REFUSED, reason=reason)
                )

    @contextmanager
    def _writing(self, model: str) -> Iterator[Transaction]:
        with self.store.transaction() as transaction:
            transaction.lock(model)
            yield transaction


def _intact(record: ModelVersionRecord) -> ModelVersionRecord:
    """
    Return *record* when its artefact is what was trained.

    Raises:
        MonitorError: when the artefact has changed, or is gone.
    """
    if record.artefact is not None:
        path = Path(record.artefact)
        if not is_intact(path, record.checksum):
            msg = (
                f"{record.model}: the artefact of {record.version} has changed since it was "
                f"trained; expected {path} with SHA-256 {record.checksum}."
            )
            raise MonitorError(msg)

    return record
