"""What the commands share: consoles, settings from options, and exits that scripts can read."""

import os
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Column, Table

from monitoring.errors import MonitorError, MonitorSpecError, SettingsError
from monitoring_pipelines.settings import Settings

#: How wide what a file or another program reads is, unless COLUMNS says otherwise.
_UNSEEN = 160

_SEEN = sys.stdout.isatty() or "COLUMNS" in os.environ

#: Results go to standard output, everything else to standard error.
out = Console(width=None if _SEEN else _UNSEEN)
err = Console(stderr=True)

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home", help="The folder of results and runs; default $MONITOR_HOME or .monitor."
    ),
]


class Exit(IntEnum):
    """What the exit code of a command says."""

    DONE = 0
    ALERTING = 1
    MISUSED = 2
    FAILED = 3


def settings_for(home: Path | None) -> Settings:
    """Return the settings of the environment, with *home* in place of its own."""
    environment = dict(os.environ)
    if home is not None:
        environment["MONITOR_HOME"] = str(home)
        os.environ["MONITOR_HOME"] = str(home.absolute())

    return Settings.from_environment(environment)


@contextmanager
def plain_errors() -> Iterator[None]:
    """End the command with one line for each mistake, and without a traceback."""
    try:
        yield
    except (MonitorSpecError, SettingsError) as error:
        fail(str(error), Exit.MISUSED)
    except MonitorError as error:
        fail(str(error), Exit.FAILED)


def table_of(*names: str, title: str | None = None, whole: Collection[str] = ()) -> Table:
    """
    Return a table that breaks its words where the terminal is narrow, and cuts none off.

    Cells of columns in *whole* keep to one line.
    """
    columns = (Column(name, overflow="fold", no_wrap=name in whole) for name in names)

    return Table(*columns, title=title, box=box.SIMPLE_HEAD)


def fail(message: str, code: Exit) -> None:
    """Print *message* and end with *code*."""
    err.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(code)
