"""``monitor check``: monitor files against the warehouse, before anything is computed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from monitoring.errors import MonitorError
from monitoring.spec.check import check_spec
from monitoring_pipelines.cli.console import (
    Exit,
    HomeOption,
    err,
    out,
    plain_errors,
    settings_for,
)
from resources.monitor_files import BrokenFile, MonitorFile, load_monitor, load_monitors
from resources.warehouse.inspection import describe_tables, find_facts
from resources.warehouse.open import open_warehouse
from resources.warehouse.warehouse import Warehouse


def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Monitor files; default all of MONITOR_MONITORS.")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Validate monitor files against the warehouse; computes nothing, exit 2 on any problem."""
    with plain_errors():
        settings = settings_for(home)
        if files:
            loaded = [load_monitor(path) for path in files]
        else:
            folder = load_monitors(settings.monitors)
            loaded = [*folder.specs, *folder.broken]
        warehouse = open_warehouse(settings.warehouse_url)
        problems = {str(file.path): _problems(file, warehouse) for file in loaded}
    for path, lines in problems.items():
        for line in lines:
            err.print(line, style="red", markup=False, highlight=False, soft_wrap=True)
        if not lines:
            out.print(f"{path}: ok", markup=False, highlight=False, soft_wrap=True)
    if any(problems.values()) or not loaded:
        raise typer.Exit(Exit.MISUSED)


def _problems(file: MonitorFile | BrokenFile, warehouse: Warehouse) -> list[str]:
    if isinstance(file, BrokenFile):
        return list(file.problems)
    tables = describe_tables(file.spec, warehouse)
    try:
        facts = find_facts(file.spec, warehouse, tables)
    except MonitorError as error:
        return [f"{file.path}: {error}"]

    return check_spec(file.spec, tables, facts=facts, as_of=datetime.now(UTC), source=file.source)
