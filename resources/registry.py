"""The embedded registry of model versions: rows of the results store, artefacts in a folder."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from monitoring.errors import MonitorError
from resources.results.records import ModelVersionRecord, VersionStatus
from resources.results.store import ResultsStore
from resources.training import TrainedModel, checksum


@dataclass(frozen=True, slots=True)
class ModelRegistry:
    """Keeps every version of a model with its checksum, its training days and what became of it."""

    store: ResultsStore
    folder: Path

    def output_folder(self, model: str, version: str) -> Path:
        """Return the folder of *version*, made if it is not there."""
        folder = self.folder / model / version
        folder.mkdir(parents=True, exist_ok=True)

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
        self._save(record)

        return record

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
        record = waiting[-1]
        if record.artefact is None or checksum(Path(record.artefact)) != record.checksum:
            msg = f"{model}: the artefact of {record.version} has changed since it was trained."
            raise MonitorError(msg)

        return record

    def record_evaluation(self, record: ModelVersionRecord, evaluation: str) -> None:
        """Keep the *evaluation* (JSON text) of a version."""
        self._save(replace(record, evaluation=evaluation))

    def decide(self, record: ModelVersionRecord, *, promoted: bool, reason: str) -> None:
        """Make a version the champion, or refuse it; either way say why."""
        status = VersionStatus.CHAMPION if promoted else VersionStatus.REFUSED
        self._save(replace(record, status=status, reason=reason))

    def _save(self, record: ModelVersionRecord) -> None:
        with self.store.transaction() as transaction:
            transaction.lock(record.model)
            transaction.save_model_version(record)
