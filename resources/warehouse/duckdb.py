"""DuckDB: a database file opened for reading only, and Parquet or CSV files by path."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import pyarrow as pa
import sqlalchemy as sa
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_exponential

from monitoring.errors import TableNotFoundError, WarehouseError
from monitoring.spec.tables import is_file, split_name
from resources.warehouse.duckdb_files import is_many, listed
from resources.warehouse.duckdb_sql import run
from resources.warehouse.duckdb_tables import FileTable, file_table
from resources.warehouse.types import typed_columns
from resources.warehouse.warehouse import Statement, no_rows

#: Rows of a record batch; about 30 MB for 30 columns of doubles.
BATCH_ROWS = 122_880

#: How long to wait for a process that has the file open for writing.
PATIENCE_SECONDS = 10.0


class DuckDBWarehouse:
    """A DuckDB file, or with *path* ``None`` just the files that the monitors name."""

    def __init__(self, path: Path | None = None, *, patience: float = PATIENCE_SECONDS) -> None:
        self._path = path
        self._patience = patience
        self._columns: dict[str, pa.Schema] = {}
        self._files: dict[str, tuple[Sequence[str], FileTable]] = {}
        self._guard = Lock()
        self._sessions = 0
        self._kept: duckdb.DuckDBPyConnection | None = None

    def __repr__(self) -> str:
        return f"DuckDBWarehouse({str(self._path or ':memory:')!r})"

    def schema(self, table: str) -> pa.Schema:
        """Return the column names and Arrow types of *table*."""
        if not is_file(table):
            return self._described(table)
        self._files.pop(table, None)

        return self._file(table).schema

    def relation(self, table: str) -> sa.FromClause:
        """Return *table* as something to select from, with its columns."""
        if is_file(table):
            return self._file(table).relation()
        if table not in self._columns:
            self._columns[table] = self._described(table)
        schema = self._columns[table]

        # An alias of its own, so that a table may be joined with itself.
        return _named(table, *typed_columns(schema, schema.names)).alias()

    def _described(self, table: str) -> pa.Schema:
        statement = sa.select(sa.text("*")).select_from(_named(table)).limit(0)
        with self._connection() as connection, self._describing(table, connection):
            schema: pa.Schema = run(connection, statement).to_arrow_table().schema

        return schema

    def _file(self, path: str) -> FileTable:
        """Return the files at *path*, described anew where others have come."""
        if path in self._files and not is_many(path):
            return self._files[path][1]
        with self._connection() as connection, self._describing(path, connection):
            names = listed(connection, path)
            known = self._files.get(path)
            if known is None or known[0] != names:
                known = self._files[path] = names, file_table(connection, path, names)

        return known[1]

    @contextmanager
    def _describing(self, table: str, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        try:
            yield
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise self._missing(table, connection) from error
        except duckdb.Error as error:
            msg = f"{self._place}: {table} cannot be read: {_first_line(error)}."
            raise TableNotFoundError(msg, table=table) from error

    def stream(self, statement: Statement) -> Iterator[pa.RecordBatch]:
        """
        Yield the rows of *statement* in record batches, in constant memory.

        The first batch is empty: DuckDB gives none where no row is found, and a day without rows
        has the same columns as any other.
        """
        with self._connection() as connection:
            try:
                reader = run(connection, statement).to_arrow_reader(BATCH_ROWS)
                names = _own_names(statement, reader.schema.names)
                yield no_rows(reader.schema).rename_columns(names)
                for batch in reader:
                    yield batch.rename_columns(names)
            # What fails while rows come is an error of Arrow's.
            except (duckdb.Error, pa.ArrowException, OSError) as error:
                msg = f"{self._place}: {_first_line(error)}."
                raise WarehouseError(msg, table=str(self._path)) from error

    @contextmanager
    def session(self) -> Iterator[None]:
        """
        Open the file once for all statements until the end of the block.

        Opening costs 15 ms of CPU, a statement in a session 1 ms. No process can write meanwhile.
        """
        with self._guard:
            if self._kept is None:
                self._kept = self._connected()
            self._sessions += 1
        try:
            yield
        finally:
            with self._guard:
                self._sessions -= 1
                if self._sessions == 0 and self._kept is not None:
                    self._kept.close()
                    self._kept = None

    @property
    def _place(self) -> str:
        return str(self._path) if self._path is not None else "DuckDB"

    @contextmanager
    def _connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        kept = self._kept
        connection = self._connected() if kept is None else kept.cursor()
        try:
            # Days are UTC days, whatever the machine's zone.
            connection.execute("SET TimeZone = 'UTC'")
            yield connection
        finally:
            connection.close()

    def _connected(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect() if self._path is None else self._open(self._path)

    def _open(self, path: Path) -> duckdb.DuckDBPyConnection:
        if not path.exists():
            msg = (
                f"{path}: no such DuckDB file; set MONITOR_WAREHOUSE_URL to duckdb:///PATH, "
                "or to duckdb:// when the monitors name Parquet files."
            )
            raise WarehouseError(msg, table=str(path))
        patient = Retrying(
            retry=retry_if_exception(_is_locked),
            wait=wait_exponential(0.1, max=2),
            stop=stop_after_delay(self._patience),
            reraise=True,
        )
        try:
            return patient(duckdb.connect, str(path), read_only=True)
        except duckdb.Error as error:
            remedy = (
                "another process writes to it; close that process and run again"
                if _is_locked(error)
                else "MONITOR_WAREHOUSE_URL has to name a DuckDB file"
            )
            msg = f"{path}: cannot be opened for reading: {remedy} ({_first_line(error)})."
            raise WarehouseError(msg, table=str(path)) from error

    def _missing(self, table: str, connection: duckdb.DuckDBPyConnection) -> TableNotFoundError:
        rows = connection.sql(
            "SELECT table_schema || '.' || table_name FROM information_schema.tables ORDER BY 1"
        ).fetchall()
        known = [str(row[0]).removeprefix("main.") for row in rows]
        near = get_close_matches(table, known, n=1)
        remedy = f"did you mean {near[0]}?" if near else f"it has {', '.join(known) or 'no table'}."
        msg = f"{self._place}: no table {table}; {remedy}"

        return TableNotFoundError(msg, table=table)


def _own_names(statement: Statement, shown: Sequence[str]) -> list[str]:
    """Return the names of the columns, also of those that DuckDB shows under another one."""
    own = {str(column.name): str(column.key) for column in statement.selected_columns}

    return [own.get(name, name) for name in shown]


def _named(table: str, *columns: sa.ColumnClause[Any]) -> sa.TableClause:
    *schema, name = split_name(table)

    return sa.table(name, *columns, schema=".".join(schema) or None)


def _is_locked(error: BaseException) -> bool:
    """Whether waiting may help: a file that is no database stays none."""
    return isinstance(error, duckdb.IOException) and "lock" in str(error)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".")
