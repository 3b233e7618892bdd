"""PostgreSQL: rows leave the server by ``COPY`` and arrive as Arrow, in one read-only snapshot."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from difflib import get_close_matches
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from adbc_driver_postgresql import dbapi
from sqlalchemy.dialects import postgresql

from monitoring.errors import TableNotFoundError, WarehouseError
from monitoring.spec.tables import split_name
from resources.warehouse.postgres_values import SET_VALUES, compiled
from resources.warehouse.secrets import secrets_of, shown, without
from resources.warehouse.types import Opaque, sql_type, transferable
from resources.warehouse.warehouse import Statement, no_rows

#: How long one statement may take; `?statement_timeout=` of the URL says otherwise.
STATEMENT_TIMEOUT = "15min"

#: Where the driver tells what PostgreSQL calls the type of a column.
_TYPE = b"POSTGRESQL:type"
_TEXTS = frozenset({b"text", b"varchar", b"bpchar", b"char", b"name"})

_UNKNOWN_TABLE = frozenset({"42P01", "3F000"})

_TABLES = """
SELECT table_schema || '.' || table_name FROM information_schema.tables
WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""


class PostgresWarehouse:
    """
    A PostgreSQL database, or one that speaks its protocol and has ``COPY``.

    Every statement has a connection and a transaction of its own: repeatable read, read only, in
    UTC, with a timeout. Nothing is set for longer than the transaction, as a pool may stand
    between.
    """

    def __init__(self, url: str) -> None:
        parsed = sa.make_url(url)
        timeout = parsed.query.get("statement_timeout", STATEMENT_TIMEOUT)
        self._timeout = timeout if isinstance(timeout, str) else timeout[-1]
        self._url = parsed.difference_update_query(["statement_timeout"]).set(
            drivername="postgresql"
        )
        self._schemas: dict[str, pa.Schema] = {}

    def __repr__(self) -> str:
        return f"PostgresWarehouse({shown(self._url)!r})"

    def schema(self, table: str) -> pa.Schema:
        """Return the column names and Arrow types of *table*."""
        rows = self.relation(table)
        with self._rows(sa.select(*rows.c).limit(0)) as reader:
            return pa.schema([field.remove_metadata() for field in reader.schema])

    def relation(self, table: str) -> sa.FromClause:
        """Return *table* as something to select from, with its columns."""
        if table not in self._schemas:
            self._schemas[table] = self._describe(table)
        columns = [sa.column(field.name, _column_type(field)) for field in self._schemas[table]]

        return _named(table, *columns).alias()

    def stream(self, statement: Statement) -> Iterator[pa.RecordBatch]:
        """Yield the rows of *statement* in record batches, in constant memory."""
        with self._rows(statement) as reader:
            empty = True
            for batch in reader:
                empty = False
                yield batch
            if empty:
                yield no_rows(reader.schema)

    def plan(self, statement: Statement) -> str:
        """Return how the server would find the rows of *statement*."""
        text, settings = compiled(_readable(statement))
        with self._transaction(settings) as cursor:
            cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": "false"})
            cursor.execute(f"EXPLAIN {text}")

            return "\n".join(str(row[0]) for row in cursor.fetchall())

    def _describe(self, table: str) -> pa.Schema:
        try:
            with self._rows(sa.select(sa.text("*")).select_from(_named(table)).limit(0)) as reader:
                return reader.schema
        except WarehouseError as error:
            if isinstance(error.__cause__, dbapi.Error) and _is_unknown(error.__cause__):
                raise self._missing(table) from error
            raise

    @contextmanager
    def _rows(self, statement: Statement) -> Iterator[pa.RecordBatchReader]:
        text, settings = compiled(_readable(statement))
        with self._transaction(settings) as cursor:
            cursor.execute(text)
            with closing(cursor.fetch_record_batch()) as reader:
                yield reader

    @contextmanager
    def _transaction(self, settings: dict[str, str]) -> Iterator[dbapi.Cursor]:
        limits = {"TimeZone": "UTC", "statement_timeout": self._timeout}
        try:
            with self._connection() as connection, connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute(SET_VALUES, (json.dumps(limits | settings),))
                cursor.fetchall()
                yield cursor
        # What fails on the way comes as one of Arrow's errors.
        except (dbapi.Error, pa.ArrowException, OSError) as error:
            raise self._refusal(error) from error

    def _connection(self) -> dbapi.Connection:
        try:
            return dbapi.connect(_uri(self._url))
        except dbapi.Error as error:
            # Without the cause: what the driver says may hold a part of the URL.
            msg = f"{self._place}: cannot be connected to: {self._told(error)}."
            raise WarehouseError(msg, table=self._place) from None

    @property
    def _place(self) -> str:
        return f"PostgreSQL at {self._url.host or self._url.query.get('host', 'localhost')}"

    def _refusal(self, error: Exception) -> WarehouseError:
        told = self._told(error)
        if "statement timeout" in told:
            told += f"; it may take {self._timeout}: set ?statement_timeout= in the URL"

        return WarehouseError(f"{self._place}: {told}.", table=self._place)

    def _told(self, error: Exception) -> str:
        """Return the first line of what the server said, without secrets."""
        line = without(secrets_of(self._url), str(error)).strip().splitlines()[0]

        return line.rpartition("ERROR:  ")[2].rpartition("[libpq] ")[2].rstrip(".")

    def _missing(self, table: str) -> TableNotFoundError:
        with self._transaction({}) as cursor:
            cursor.execute(_TABLES)
            known = [str(row[0]).removeprefix("public.") for row in cursor.fetchall()]
        near = get_close_matches(table, known, n=1)
        remedy = f"did you mean {near[0]}?" if near else f"it has {', '.join(known) or 'no table'}."
        msg = f"{self._place}: no table {table}; {remedy}"

        return TableNotFoundError(msg, table=table)


def _uri(url: sa.URL) -> str:
    """Return *url* for PostgreSQL's own library, which takes no plus for a blank of an option."""
    address, mark, options = url.render_as_string(hide_password=False).partition("?")

    return address + mark + options.replace("+", "%20")


def _is_unknown(error: dbapi.Error) -> bool:
    return error.sqlstate in _UNKNOWN_TABLE


def _named(table: str, *columns: sa.ColumnClause[Any]) -> sa.TableClause:
    *schema, name = split_name(table)

    return sa.table(name, *columns, schema=".".join(schema) or None)


def _column_type(field: "pa.Field[Any]") -> sa.types.TypeEngine[Any]:
    """Return the type of a column that arrives as *field*, as far as it matters to a statement."""
    kind = field.type
    if isinstance(kind, pa.OpaqueType) and kind.type_name == "numeric":
        return sa.Numeric()
    name = (field.metadata or {}).get(_TYPE, b"")
    if name == b"money":
        # It would arrive in cents.
        return postgresql.MONEY()
    if pa.types.is_string(kind) and name not in _TEXTS:
        # An enum arrives as text, but is compared with none.
        return Opaque()
    if isinstance(kind, pa.UuidType):
        return sa.Uuid()
    if isinstance(kind, pa.BaseExtensionType) or pa.types.is_interval(kind):
        return Opaque()

    return sql_type(kind)


def _readable(statement: Statement) -> Statement:
    """Return *statement* with what Arrow has no type for as floats or texts."""
    columns = list(statement.selected_columns)
    picked = [_as_read(column) for column in columns]
    if all(ours is theirs for ours, theirs in zip(picked, columns, strict=True)):
        return statement

    return statement.with_only_columns(*picked, maintain_column_froms=True)


def _as_read(column: Any) -> Any:  # noqa: ANN401 - any selectable expression
    read = transferable(column)

    return column if read is column else read.label(column.key)
