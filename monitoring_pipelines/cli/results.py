"""``monitor results``: the numbers as a table, CSV or JSON."""

import sys
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Annotated

import typer
from rich.text import Text

from monitoring.results import Measurement
from monitoring_pipelines.cli.console import (
    HomeOption,
    err,
    out,
    plain_errors,
    settings_for,
    table_of,
)
from monitoring_pipelines.wiring import open_results
from resources.results.export import write_csv, write_json

_SHOWN_COLUMNS = (
    "model",
    "window",
    "end",
    "version",
    "segment",
    "column",
    "metric",
    "value",
    "rows",
    "verdict",
)

#: A terminal shows this many rows; files have them all.
SHOWN_ROWS = 200


class Format(StrEnum):
    """How the results are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def results(  # noqa: PLR0913, PLR0917 - the columns by which one asks
    model: Annotated[str | None, typer.Option(help="Only this model.")] = None,
    metric: Annotated[str | None, typer.Option(help="Only this metric.")] = None,
    column: Annotated[str | None, typer.Option(help="Only this column; * for the model.")] = None,
    window: Annotated[str | None, typer.Option(help="Only this window, such as 7d.")] = None,
    segment: Annotated[str | None, typer.Option(help="Only this segment; * for all rows.")] = None,
    start: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First last day.")
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Day after the last.")
    ] = None,
    format: Annotated[Format, typer.Option(help="How to print.")] = Format.TABLE,  # noqa: A002 - the option's name
    home: HomeOption = None,
) -> None:
    """Print the measurements: one row for each number."""
    with plain_errors():
        found = open_results(settings_for(home)).measurements(
            model=model,
            metric=metric,
            column=column,
            window=window,
            segment=segment,
            start=start.date() if start is not None else None,
            end=end.date() if end is not None else None,
        )
        if format is Format.CSV:
            write_csv(found, sys.stdout)
        elif format is Format.JSON:
            write_json(found, sys.stdout)
        else:
            _print_table(found)


def _print_table(measurements: Iterable[Measurement]) -> None:
    rows = iter(measurements)
    table = table_of(*_SHOWN_COLUMNS)
    for row in islice(rows, SHOWN_ROWS):
        cells = (
            row.model,
            row.window,
            row.last_partition,
            row.version,
            row.segment,
            row.column,
            row.metric,
            "" if row.value is None else f"{row.value:.5g}",
            str(row.rows),
            row.verdict.value if row.verdict is not None else row.reason or "",
        )
        # As plain text: what a segment is called must not become markup.
        table.add_row(*(Text(cell) for cell in cells))
    out.print(table)
    if next(rows, None) is not None:
        err.print(f"Only the first {SHOWN_ROWS} rows are shown; --format csv prints them all.")
