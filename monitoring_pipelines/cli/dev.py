"""``monitor dev``: the Dagster UI on this home, with the daemon that runs schedules and sensors."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from monitoring_pipelines.cli.console import HomeOption, err, plain_errors, settings_for
from monitoring_pipelines.home import prepare_home
from monitoring_pipelines.wiring import open_results


def dev(
    home: HomeOption = None,
    port: Annotated[int, typer.Option(help="The port of the web server.")] = 3000,
    host: Annotated[str, typer.Option(help="The address it listens on.")] = "127.0.0.1",
) -> None:
    """Open the Dagster UI: assets, lineage, checks, schedules and sensors of every monitor."""
    with plain_errors():
        settings = settings_for(home)
        open_results(settings)
        os.environ |= {
            "DAGSTER_HOME": str(prepare_home(settings)),
            "MONITOR_HOME": str(settings.home),
            "MONITOR_MONITORS": str(settings.monitors),
            "MONITOR_WAREHOUSE_URL": settings.warehouse_url,
            "MONITOR_RESULTS_URL": settings.results_url,
            "MONITOR_DAGSTER_URL": f"http://{host}:{port}",
        }
    err.print(f"The Dagster UI starts at http://{host}:{port}; stop it with Ctrl-C.")
    dagster = Path(sys.executable).with_name("dagster")
    module = "monitoring_pipelines.definitions"
    arguments = ["dev", "-m", module, "--host", host, "--port", str(port)]
    os.execv(dagster, [str(dagster), *arguments])  # noqa: S606 - our own interpreter's dagster
