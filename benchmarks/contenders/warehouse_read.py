"""Reads a day, or all days, of a warehouse: ``warehouse_read.py HOW URL TABLE FOLDER DAYS``."""

from __future__ import annotations

import operator
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from processes import cpu_seconds, tree

START = datetime(2026, 1, 1, tzinfo=UTC)

#: Of each day.
ROWS = 333_334

#: How long reading all days may take on a server.
PATIENCE = "60min"


def statement_of(warehouse: Any, table: str, days: int) -> sa.Select[Any]:  # noqa: ANN401
    """Select the features of the first *days* days, and the day."""
    from resources.warehouse.time import TimeColumn

    rows = warehouse.relation(table)
    time = TimeColumn(rows.c.predicted_at)
    features = [rows.c[name] for name in rows.c.keys() if name[:4] in {"numb", "text"}]  # noqa: SIM118

    return sa.select(*features, time.day.label("day")).where(
        time.compare(operator.ge, START), time.compare(operator.lt, START + timedelta(days=days))
    )


def read(url: str, table: str, _: Path, days: int) -> int:
    """Stream the rows and look at none of them."""
    from resources.warehouse.open import open_warehouse

    warehouse = open_warehouse(url)

    return sum(batch.num_rows for batch in warehouse.stream(statement_of(warehouse, table, days)))


def profile(url: str, table: str, folder: Path, days: int) -> int:
    """Make the profile of each day, as the asset of predictions does."""
    from monitoring.profile.grouping import GroupKeys
    from monitoring.profile.layout import TableLayout
    from monitoring.profile.table import TableProfile
    from resources.warehouse.collecting import collect_from
    from resources.warehouse.open import open_warehouse

    warehouse = open_warehouse(url)
    layout = TableLayout.decode((folder / "layout").read_bytes())
    profiles = collect_from(
        warehouse,
        statement_of(warehouse, table, days),
        GroupKeys("day"),
        partial(TableProfile.of, layout=layout),
        empty=TableProfile.empty(layout),
        partitions=[(START + timedelta(days=day)).date().isoformat() for day in range(days)],
    )

    return sum(profile.rows for profile in profiles.values())


def repeats(url: str, table: str, _: Path, days: int) -> int:
    """Ask which ids are there more than once, as every step does before it reads."""
    from resources.warehouse.open import open_warehouse
    from resources.warehouse.repeats import Identified, repeats
    from resources.warehouse.time import TimeColumn
    from resources.warehouse.warehouse import read_table

    warehouse = open_warehouse(url)
    rows = warehouse.relation(table)
    time = TimeColumn(rows.c.predicted_at)
    end = START + timedelta(days=days)
    within = sa.and_(time.compare(operator.ge, START), time.compare(operator.lt, end))
    found = read_table(warehouse, repeats(Identified(time.day, rows.c.prediction_id, (), within)))

    return days * ROWS - found.num_rows


def pandas(url: str, table: str, _: Path, days: int) -> int:
    """Read the rows with `pandas.read_sql`."""
    import pandas as pd

    end = START + timedelta(days=days)
    query = sa.text(f"SELECT * FROM {table} WHERE predicted_at >= :start AND predicted_at < :end")  # noqa: S608
    if url.startswith("duckdb"):
        import duckdb

        with duckdb.connect(url.removeprefix("duckdb:///"), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            bound = str(query).replace(":", "$")
            return len(connection.execute(bound, {"start": START, "end": end}).df())
    text = url.startswith("sqlite")
    bounds = (
        {"start": str(START)[:19], "end": str(end)[:19]} if text else {"start": START, "end": end}
    )
    with sa.create_engine(url).connect() as connection:
        return len(pd.read_sql(query, connection, params=bounds))


def aggregate(url: str, table: str, _: Path, days: int) -> int:
    """Ask the database for rows, nulls, mean, deviation and extremes of each number."""
    from resources.warehouse.open import open_warehouse
    from resources.warehouse.warehouse import read_table

    warehouse = open_warehouse(url)
    rows = statement_of(warehouse, table, days).subquery()
    numbers = [column for column in rows.c if column.key.startswith("number")]
    asked = [
        ask(column).label(f"{name}_{column.key}")
        for column in numbers
        for name, ask in _ASKED.items()
    ]
    found = read_table(
        warehouse, sa.select(sa.func.count().label("rows"), *asked).select_from(rows)
    )

    return int(found["rows"][0].as_py())


def histograms(url: str, table: str, folder: Path, days: int) -> int:
    """
    Ask the database for the histogram of each column and day, as one would write it in SQL.

    As many bins as a profile has, of equal width, since SQL knows no others alike everywhere.
    """
    from monitoring.profile.layout import TableLayout
    from resources.warehouse.open import open_warehouse
    from resources.warehouse.warehouse import read_table

    warehouse = open_warehouse(url)
    layout = TableLayout.decode((folder / "layout").read_bytes())
    rows = statement_of(warehouse, table, days).subquery()
    bins = [_bin(rows.c[name], fixed).label(name) for name, fixed in layout.columns.items()]
    binned = sa.select(rows.c.day, *bins).subquery()
    names = list(layout.columns)
    count = sa.func.count().label("rows")
    sets = [sa.tuple_(binned.c.day, binned.c[name]) for name in names]
    together = sa.select(count, *binned.c).group_by(sa.func.grouping_sets(*sets))
    # SQLite has no grouping sets, and PostgreSQL takes longer with them: one statement for
    # each column.
    asked = (
        [
            sa.select(count, binned.c.day, binned.c[name]).group_by(binned.c.day, binned.c[name])
            for name in names
        ]
        if url.startswith(("sqlite", "postgresql"))
        else [together]
    )
    counted = sum(sum(read_table(warehouse, each)["rows"].to_pylist()) for each in asked)

    return counted // len(names)


def _bin(column: sa.ColumnElement[Any], layout: Any) -> sa.ColumnElement[Any]:  # noqa: ANN401
    edges = getattr(layout, "edges", None)
    if edges is None:
        return column
    low, high = (float(edges[at]) for at in layout.extent)
    place = (column - low) * (len(edges) / (high - low))

    return sa.case(
        (column < low, -1), (column >= high, len(edges)), else_=sa.cast(place, sa.BigInteger)
    )


_ASKED = {
    "count": sa.func.count,
    "mean": sa.func.avg,
    "low": sa.func.min,
    "high": sa.func.max,
    "squares": lambda column: sa.func.avg(column * column),
}


_WORK = {
    "read": read,
    "profile": profile,
    "repeats": repeats,
    "pandas": pandas,
    "aggregate": aggregate,
    "histograms": histograms,
}


def main() -> None:
    """
    Read as the first argument says; print wall seconds, CPU seconds here and elsewhere, and rows.

    Elsewhere: in the processes that this one has started, and in the server whose id is given.
    """
    how, url, table, folder, days, *server = sys.argv[1:]
    work = _WORK[how]
    others = [int(pid) for pid in server]
    # Once without any row: imports and the first connection are no part of reading.
    work(url, table, Path(folder), 0)
    began, used, helped = time.perf_counter(), time.process_time(), _elsewhere(others)
    rows = work(url, table, Path(folder), int(days))
    print(
        time.perf_counter() - began,
        time.process_time() - used,
        _elsewhere(others) - helped,
        rows,
    )


def _elsewhere(others: list[int]) -> float:
    started = [pid for root in (os.getpid(), *others) for pid in tree(root)]

    return sum(cpu_seconds(pid) for pid in started if pid != os.getpid())


if __name__ == "__main__":
    main()
