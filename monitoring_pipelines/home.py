"""The home of a deployment: its folder, and the Dagster instance that remembers its runs."""

import os
from importlib.resources import files
from pathlib import Path

import dagster as dg
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData

from monitoring_pipelines.event_log import KeptOpenStorage
from monitoring_pipelines.settings import Settings

_IN_TERMINAL = {
    "compute_logs": {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
    }
}


def dagster_home(settings: Settings) -> Path:
    """Return ``DAGSTER_HOME`` where it is set, else the folder below the monitor's home."""
    given = os.environ.get("DAGSTER_HOME")

    return Path(given).absolute() if given else settings.dagster_home


def prepare_home(settings: Settings) -> Path:
    """Make the folder of Dagster's instance with our configuration, unless it has one."""
    folder = dagster_home(settings)
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "dagster.yaml"
    if not configuration.exists():
        template = files("monitoring_pipelines").joinpath("dagster_home.yaml").read_text("utf-8")
        configuration.write_text(template, encoding="utf-8")

    return folder


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """
    Return the Dagster instance of this home for runs of this process; made if it is not there.

    What such runs print stays in the terminal: to keep it too, Dagster starts four processes for
    each run. Its structured log of events is kept as ever.
    """
    ref = InstanceRef.from_dir(str(prepare_home(settings)), overrides=_IN_TERMINAL)
    stored = ref.storage_data
    if stored is not None and stored.class_name == DagsterSqliteStorage.__name__:
        storage = KeptOpenStorage.__module__, KeptOpenStorage.__name__
        ref = ref._replace(storage_data=ConfigurableClassData(*storage, stored.config_yaml))

    return dg.DagsterInstance.from_ref(ref)
