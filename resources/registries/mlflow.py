"""The embedded registry, shown in MLflow: versions with their artefacts, and the alias in use."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from monitoring.errors import RegistryError
from resources.registry import ModelRegistry
from resources.results.records import ModelVersionRecord, VersionStatus

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

#: The alias that serving follows: ``models:/<model>@champion``.
CHAMPION = "champion"
CHALLENGER = "challenger"

#: The tag by which a version of MLflow is found again, whatever number it got there.
VERSION_TAG = "monitor.version"

#: The watermark that says what was shown last.
_SHOWN = "mlflow"

_WAITING = {VersionStatus.CHALLENGER, VersionStatus.AWAITING_APPROVAL}


@dataclass(frozen=True, slots=True)
class MlflowRegistry(ModelRegistry):
    """
    Keeps the book of this home, and shows it in MLflow's model registry at *url*.

    A promotion moves the alias ``champion``, a rollback moves it back. What MLflow shows follows
    from the book: a publication that a crash cut off is completed by the next one.
    """

    url: str = field(default="", repr=False)

    def publish(self, model: str) -> None:
        """
        Register every version that MLflow lacks, and point the aliases at those in use.

        What was shown already asks nothing of MLflow, so this may be called as often as one likes.

        Raises:
            RegistryError: when MLflow is not installed, or cannot be reached.
        """
        state = self._state(model)
        if self.store.watermark(model, _SHOWN) == state:
            return
        client = self._client()
        try:
            self._show(client, model)
        except Exception as error:  # noqa: BLE001 - told below, and why not chained
            # MLflow raises its own errors, and those of whatever keeps its artefacts. They name the
            # URL, which may hold a password: neither it nor they may come into the log.
            told = f"{type(error).__name__}: {error}".splitlines()[0]
            told = told.replace(urlsplit(self.url).password or self.url, "***")
            msg = f"MLflow at {_place(self.url)}: {model} cannot be published: {told}."
            raise RegistryError(msg) from None
        with self.store.transaction() as transaction:
            transaction.set_watermark(model, _SHOWN, state)

    def _state(self, model: str) -> str:
        """Return a digest of what there is to show, and of where."""
        shown = [
            (record.version, record.status.value, record.reason)
            for record in self.store.model_versions(model)
        ]

        return hashlib.sha256(json.dumps([self.url, shown]).encode()).hexdigest()

    def _show(self, client: "MlflowClient", model: str) -> None:
        versions = self.store.model_versions(model)
        known = _known(client, model)
        for record in versions:
            if record.version not in known and record.artefact is not None:
                known[record.version] = _add(client, record)
        for record in versions:
            if record.version in known:
                _describe(client, record, known[record.version])
        in_use = [record for record in versions if record.status is VersionStatus.CHAMPION]
        waiting = [record for record in versions if record.status in _WAITING]
        _point(client, model, CHAMPION, in_use, known)
        _point(client, model, CHALLENGER, waiting[-1:], known)

    def _client(self) -> "MlflowClient":
        try:
            from mlflow.tracking import MlflowClient
        except ModuleNotFoundError as error:
            msg = (
                "MONITOR_MLFLOW_URL is set and MLflow is not installed: "
                "pip install 'monitoring-pipelines[mlflow]'."
            )
            raise RegistryError(msg) from error

        return MlflowClient(tracking_uri=self.url, registry_uri=self.url)


def _known(client: "MlflowClient", model: str) -> dict[str, str]:
    """Return the numbers that MLflow gave to our versions; the model is registered if it is not."""
    if not client.search_registered_models(f"name = '{model}'"):
        client.create_registered_model(model, description="Kept by monitoring-pipelines.")
    found: dict[str, str] = {}
    token: str | None = None
    while True:
        page = client.search_model_versions(f"name = '{model}'", page_token=token)
        found |= {
            entry.tags[VERSION_TAG]: str(entry.version)
            for entry in page
            if VERSION_TAG in entry.tags
        }
        token = page.token
        if not token:
            return found


def _add(client: "MlflowClient", record: ModelVersionRecord) -> str:
    """Upload the artefact of *record* within a run of its own; return its number in MLflow."""
    experiment = client.get_experiment_by_name(record.model)
    experiment_id = (
        experiment.experiment_id if experiment else client.create_experiment(record.model)
    )
    run = client.create_run(experiment_id, run_name=record.version, tags=_tags(record))
    run_id = run.info.run_id
    for name, value in record.metrics.items():
        if value is not None:
            client.log_metric(run_id, name, value)
    path = Path(str(record.artefact))
    upload = client.log_artifacts if path.is_dir() else client.log_artifact
    upload(run_id, str(path), "model")
    client.set_terminated(run_id)
    added = client.create_model_version(
        record.model, f"{run.info.artifact_uri}/model", run_id=run_id, tags=_tags(record)
    )

    return str(added.version)


def _tags(record: ModelVersionRecord) -> dict[str, Any]:
    return {
        VERSION_TAG: record.version,
        "monitor.run_id": record.run_id,
        "monitor.checksum": record.checksum or "",
        "monitor.trained_from": record.trained_from or "",
        "monitor.trained_to": record.trained_to or "",
    }


def _describe(client: "MlflowClient", record: ModelVersionRecord, number: str) -> None:
    """Tell what became of *record*, and why, where that is not told yet."""
    told = {"monitor.status": record.status.value, "monitor.reason": (record.reason or "")[:5000]}
    tags = client.get_model_version(record.model, number).tags
    for name, value in told.items():
        if tags.get(name, "") != value:
            client.set_model_version_tag(record.model, number, name, value)


def _point(
    client: "MlflowClient",
    model: str,
    alias: str,
    wanted: list[ModelVersionRecord],
    known: dict[str, str],
) -> None:
    """Move *alias* to the version that is wanted; without one it is taken away."""
    current = client.get_registered_model(model).aliases.get(alias)
    number = next((known[record.version] for record in wanted if record.version in known), None)
    if number is not None and str(current) != number:
        client.set_registered_model_alias(model, alias, number)
    if number is None and current is not None:
        client.delete_registered_model_alias(model, alias)


def _place(url: str) -> str:
    """Return *url* without a user and a password."""
    parts = urlsplit(url)

    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
