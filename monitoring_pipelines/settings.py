"""What the environment and the command line say about this deployment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from monitoring.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Settings:
    """
    Where things are.

    Secrets are left out of every representation; see :meth:`from_environment` for the names of the
    variables.
    """

    home: Path
    monitors: Path
    warehouse_url: str = field(repr=False)
    results_url: str = field(repr=False)
    dagster_url: str = "http://localhost:3000"
    slack_token: str | None = field(default=None, repr=False)
    slack_base_url: str = "https://slack.com/api/"
    mlflow_url: str | None = field(default=None, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """
        Read ``MONITOR_HOME``, ``MONITOR_MONITORS``, ``MONITOR_WAREHOUSE_URL`` and others.

        Raises:
            SettingsError: when a value cannot be used; names the variable and the remedy.
        """
        given = os.environ if environment is None else environment
        home = Path(given.get("MONITOR_HOME") or ".monitor").absolute()
        warehouse = given.get("MONITOR_WAREHOUSE_URL") or f"duckdb:///{home / 'warehouse.duckdb'}"
        results = given.get("MONITOR_RESULTS_URL") or f"sqlite:///{home / 'results.db'}"
        for name, url in (("MONITOR_WAREHOUSE_URL", warehouse), ("MONITOR_RESULTS_URL", results)):
            _check_url(name, url)

        return cls(
            home=home,
            monitors=Path(given.get("MONITOR_MONITORS") or "monitors").absolute(),
            warehouse_url=warehouse,
            results_url=results,
            dagster_url=given.get("MONITOR_DAGSTER_URL") or "http://localhost:3000",
            slack_token=given.get("SLACK_BOT_TOKEN") or None,
            slack_base_url=given.get("SLACK_API_URL") or "https://slack.com/api/",
            mlflow_url=given.get("MONITOR_MLFLOW_URL") or None,
        )

    @property
    def dagster_home(self) -> Path:
        """The folder in which Dagster keeps its runs, when none is set."""
        return self.home / "dagster"

    @property
    def artefacts(self) -> Path:
        """The folder of trained models."""
        return self.home / "models"


def _check_url(name: str, url: str) -> None:
    try:
        make_url(url)
    except ArgumentError:
        # The value may hold a password, so it is not repeated.
        msg = (
            f"{name}: not a database URL; expected something such as duckdb:///warehouse.duckdb "
            "or postgresql+psycopg2://user@host/database."
        )
        raise SettingsError(msg) from None
