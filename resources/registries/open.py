"""Which registry a deployment has."""

from pathlib import Path

from resources.registries.mlflow import MlflowRegistry
from resources.registries.registry import Registry
from resources.registry import ModelRegistry
from resources.results.store import ResultsStore


def open_registry(store: ResultsStore, folder: Path, *, mlflow_url: str | None) -> Registry:
    """Return the embedded registry, which with *mlflow_url* is shown in MLflow as well."""
    if mlflow_url is None:
        return ModelRegistry(store, folder)

    return MlflowRegistry(store, folder, mlflow_url)
