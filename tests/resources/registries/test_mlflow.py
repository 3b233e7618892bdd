"""Tests of the registry that MLflow shows, on a real MLflow: its SQLite store, and its server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING
from urllib.request import urlopen
from uuid import uuid4

import pytest

from monitoring.errors import RegistryError
from resources.registries.mlflow import CHALLENGER, CHAMPION, VERSION_TAG, MlflowRegistry
from resources.results.records import DecisionRecord, ModelVersionRecord, Subject, VersionStatus
from resources.results.store import ResultsStore
from resources.training import TrainedModel

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

# MLflow's tables use a loader that SQLAlchemy 2.1 gives up.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

NOW = datetime(2026, 1, 10, tzinfo=UTC)


@pytest.fixture(scope="module", params=["sqlite", "server"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """
    Where MLflow is: its store in a file, and then a server in front of that.
    """
    store = f"sqlite:///{tmp_path_factory.mktemp('mlflow') / 'mlflow.db'}"
    if request.param == "sqlite":
        yield store
        return
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    artefacts = tmp_path_factory.mktemp("artefacts")
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", port]
    command += ["--backend-store-uri", store, "--artifacts-destination", str(artefacts)]
    server = subprocess.Popen(  # noqa: S603 - our own interpreter
        [*command, "--workers", "1"],
        env=os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/health", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def wait_for(health: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until *server* answers, at most two minutes; it makes its tables first."""
    for _ in range(480):
        assert server.poll() is None, "MLflow's server has ended."
        try:
            with urlopen(health, timeout=5):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.25)
    pytest.fail("MLflow's server does not answer.")


@pytest.fixture
def registry(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MlflowRegistry]:
    """
    A registry whose book is empty.
    """
    monkeypatch.chdir(tmp_path)
    store = ResultsStore(f"sqlite:///{tmp_path / 'results.db'}")
    store.upgrade()
    yield MlflowRegistry(store, tmp_path / "models", url)
    store.close()


@pytest.fixture
def model() -> str:
    """
    A name that no other test has given to a model of the server.
    """
    return f"churn_{uuid4().hex[:8]}"


@pytest.fixture
def client(url: str) -> MlflowClient:
    """
    A look at MLflow past the registry.
    """
    from mlflow.tracking import MlflowClient

    return MlflowClient(tracking_uri=url, registry_uri=url)


def trained(registry: MlflowRegistry, model: str, version: str, *, day: int) -> ModelVersionRecord:
    """Register a version with an artefact."""
    artefact = registry.output_folder(model, version) / "model.json"
    artefact.write_text(version)
    delivered = TrainedModel(
        artefact, ("amount",), {"auc": 0.7}, date(2025, 12, 1), date(2026, 1, 1)
    )

    return registry.register(
        model, version, delivered, created_at=NOW + timedelta(days=day), run_id="run-7"
    )


def promote(registry: MlflowRegistry, record: ModelVersionRecord) -> None:
    """Make a version the champion in the book."""
    decision = DecisionRecord(
        record.model, record.created_at, Subject.PROMOTION, "yes", "better", version=record.version
    )
    registry.settle(record, VersionStatus.CHAMPION, decision)


def alias(client: MlflowClient, model: str, name: str) -> str | None:
    """Return our name of the version at which an alias points."""
    found = client.get_registered_model(model).aliases.get(name)

    return None if found is None else client.get_model_version(model, found).tags[VERSION_TAG]


class TestPublish:
    """What MLflow shows follows from the book."""

    def test_life_of_a_version(
        self, registry: MlflowRegistry, client: MlflowClient, model: str
    ) -> None:
        """A challenger is shown, a promotion moves the alias, and a rollback moves it back."""
        first = trained(registry, model, "v1", day=0)
        registry.publish(model)
        assert (None, "v1") == (alias(client, model, CHAMPION), alias(client, model, CHALLENGER))

        promote(registry, first)
        registry.publish(model)
        assert ("v1", None) == (alias(client, model, CHAMPION), alias(client, model, CHALLENGER))

        second = trained(registry, model, "v2", day=1)
        promote(registry, second)
        registry.publish(model)
        assert "v2" == alias(client, model, CHAMPION)

        decision = DecisionRecord(model, NOW, Subject.ROLLBACK, "yes", "worse after all")
        registry.roll_back(model, decision)
        registry.publish(model)
        assert "v1" == alias(client, model, CHAMPION)
        taken_back = client.search_model_versions(f"name = '{model}'")
        assert {"champion", "rolled_back"} == {entry.tags["monitor.status"] for entry in taken_back}

    def test_artefact(
        self, registry: MlflowRegistry, client: MlflowClient, model: str, tmp_path: Path
    ) -> None:
        """The artefact, the metrics and the lineage of a version are there."""
        record = trained(registry, model, "v1", day=0)
        registry.publish(model)
        (entry,) = client.search_model_versions(f"name = '{model}'")
        (tmp_path / "loaded").mkdir()
        folder = client.download_artifacts(entry.run_id, "model", str(tmp_path / "loaded"))

        assert "v1" == (Path(folder) / "model.json").read_text()
        assert {"auc": 0.7} == client.get_run(entry.run_id).data.metrics
        assert ("run-7", record.checksum) == (
            entry.tags["monitor.run_id"],
            entry.tags["monitor.checksum"],
        )

    def test_after_a_crash(
        self, registry: MlflowRegistry, client: MlflowClient, model: str
    ) -> None:
        """
        What was promoted before MLflow was told is told the next time, and nothing twice.
        """
        promote(registry, trained(registry, model, "v1", day=0))
        for _ in range(3):
            registry.publish(model)

        assert 1 == len(client.search_model_versions(f"name = '{model}'"))
        assert "v1" == alias(client, model, CHAMPION)

    def test_nothing_new(
        self, registry: MlflowRegistry, model: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was shown is not shown again: nothing is asked of a server that has gone."""
        trained(registry, model, "v1", day=0)
        registry.publish(model)
        monkeypatch.setattr(MlflowRegistry, "_client", None)

        registry.publish(model)
        promote(registry, trained(registry, model, "v2", day=1))
        with pytest.raises(TypeError):
            registry.publish(model)


class TestUnreachable:
    """An MLflow that is not there."""

    def test_message(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The book is kept, and the error names the place without its password."""
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        store = ResultsStore(f"sqlite:///{tmp_path / 'results.db'}")
        store.upgrade()
        registry = MlflowRegistry(store, tmp_path / "models", "http://ada:hidden@127.0.0.1:9")
        promote(registry, trained(registry, "churn", "v1", day=0))

        with pytest.raises(
            RegistryError, match=r"MLflow at http://127\.0\.0\.1:9: churn"
        ) as caught:
            registry.publish("churn")
        assert "hidden" not in str(caught.value)
        champion = store.champion("churn")
        assert champion is not None
        assert "v1" == champion.version
        store.close()
