"""What the retraining loop asks of a registry of model versions."""

from datetime import datetime
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from resources.results.records import DecisionRecord, ModelVersionRecord, VersionStatus
from resources.training import TrainedModel
from resources.version_news import Also


class Registry(Protocol):
    """
    Keeps the versions of models: the book of this home, and where else they are shown.

    The book comes first. What is shown elsewhere follows from it by :meth:`publish`, which can be
    repeated after a crash.
    """

    def output_folder(self, model: str, version: str) -> Path:
        """Return an empty folder for the artefact of a *version* that is to be trained."""
        ...

    def register(
        self, model: str, version: str, trained: TrainedModel, *, created_at: datetime, run_id: str
    ) -> ModelVersionRecord:
        """Keep *trained* as a challenger."""
        ...

    def find(self, model: str, version: str) -> ModelVersionRecord:
        """Return a version whose artefact is what was trained."""
        ...

    def challenger(self, model: str) -> ModelVersionRecord:
        """Return the latest version that waits for a decision."""
        ...

    def keep_reference(self, record: ModelVersionRecord, rows: pa.Table) -> ModelVersionRecord:
        """Keep the *rows* that are normal for a version; return where, to be recorded."""
        ...

    def record_evaluation(self, record: ModelVersionRecord, evaluation: str) -> None:
        """Keep the *evaluation* (JSON text) of a version."""
        ...

    def settle(
        self,
        record: ModelVersionRecord,
        status: VersionStatus,
        decision: DecisionRecord,
        *,
        also: Also | None = None,
    ) -> ModelVersionRecord:
        """Bring a version to *status*, with decision, reason and what is *also* told, at once."""
        ...

    def roll_back(
        self, model: str, decision: DecisionRecord, *, also: Also | None = None
    ) -> ModelVersionRecord | None:
        """Take the champion back; return the version before it, which is the champion again."""
        ...

    def publish(self, model: str) -> None:
        """Show the versions of *model* and its champion wherever else they are to be seen."""
        ...
