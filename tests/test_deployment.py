"""Tests of the files that start the project: Dagster instances, workspaces, containers."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.instance.config import dagster_instance_config
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
INSTANCES = [ROOT / "dagster.yaml", DEPLOY / "dagster.yaml"]


def loaded(path: Path) -> Any:  # noqa: ANN401 - YAML is whatever it is
    """Return what the YAML file *path* holds."""
    return YAML(typ="safe").load(path)


class TestDagsterInstance:
    """Tests of both dagster.yaml files."""

    @pytest.mark.parametrize("template", INSTANCES, ids=["home", "deploy"])
    def test_schema(self, template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Dagster accepts every key, and nothing is sent to its makers or popped up."""
        for name in ("HOST", "USER", "PASSWORD", "DB"):
            monkeypatch.setenv(f"DAGSTER_POSTGRES_{name}", "x")
        monkeypatch.setenv("DAGSTER_POSTGRES_PORT", "5432")

        config, _ = dagster_instance_config(str(template.parent))

        assert (False, False) == (config["telemetry"]["enabled"], config["nux"]["enabled"])

    def test_home(self, tmp_path: Path) -> None:
        """An instance of the home template starts, and keeps its storage in that home."""
        shutil.copy(ROOT / "dagster.yaml", tmp_path)

        with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
            assert [] == instance.get_runs()
            assert not instance.telemetry_enabled
            assert instance.run_monitoring_enabled

        assert {"history", "schedules"} <= {path.name for path in tmp_path.iterdir()}

    def test_postgres_driver(self) -> None:
        """
        The driver is written out.

        SQLAlchemy 2.1 reads plain ``postgresql://`` as psycopg 3, with which dagster-postgres fails
        on the first event.
        """
        database = loaded(DEPLOY / "dagster.yaml")["storage"]["postgres"]["postgres_db"]

        assert "postgresql+psycopg2" == database["scheme"]

    def test_postgres_secrets(self) -> None:
        """Whoever connects, and how, comes from the environment."""
        database = loaded(DEPLOY / "dagster.yaml")["storage"]["postgres"]["postgres_db"]
        written_out = [
            key for key, value in database.items() if key != "scheme" and list(value) != ["env"]
        ]

        assert [] == written_out


class TestWorkspace:
    """Tests of both workspace.yaml files."""

    def test_one_location(self) -> None:
        """
        Development and production give the location one name.

        Schedules and sensors are known to the instance by it.
        """
        local = loaded(ROOT / "workspace.yaml")["load_from"][0]["python_module"]
        remote = loaded(DEPLOY / "workspace.yaml")["load_from"][0]["grpc_server"]

        assert local["location_name"] == remote["location_name"]

    def test_server(self) -> None:
        """The web server and the daemon ask the service that serves the same module."""
        local = loaded(ROOT / "workspace.yaml")["load_from"][0]["python_module"]
        remote = loaded(DEPLOY / "workspace.yaml")["load_from"][0]["grpc_server"]
        command = loaded(DEPLOY / "docker-compose.yaml")["services"][remote["host"]]["command"]

        assert {str(remote["port"]), local["module_name"]} <= set(command)


class TestCompose:
    """Tests of docker-compose.yaml and the Dockerfile."""

    def test_secrets(self) -> None:
        """Passwords, tokens and URLs are interpolated, never written."""
        services = loaded(DEPLOY / "docker-compose.yaml")["services"]
        written_out = [
            f"{service}: {name}"
            for service, content in services.items()
            for name, value in content.get("environment", {}).items()
            if re.search("PASSWORD|TOKEN|URL", name) and "${" not in value
        ]

        assert [] == written_out

    def test_variables(self) -> None:
        """Every variable that dagster.yaml reads is given to every service that loads it."""
        wanted = set(re.findall(r"env: (\w+)", (DEPLOY / "dagster.yaml").read_text("utf-8")))
        services = loaded(DEPLOY / "docker-compose.yaml")["services"]

        assert all(
            wanted <= set(content["environment"])
            for name, content in services.items()
            if name != "postgres"
        )

    def test_copied_files(self) -> None:
        """Whatever the image is built from is there."""
        copies = re.findall(
            r"^COPY (?!--)(.+) \S+$", (DEPLOY / "Dockerfile").read_text("utf-8"), re.MULTILINE
        )
        missing = [name for line in copies for name in line.split() if not (ROOT / name).exists()]

        assert [] == missing
