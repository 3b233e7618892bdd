"""Any database that SQLAlchemy speaks to, row by row through its driver."""

from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import sqlalchemy as sa

from monitoring.errors import TableNotFoundError, WarehouseError
from monitoring.spec.tables import split_name
from resources.warehouse.rows import arrow_schema, record_batch
from resources.warehouse.secrets import secrets_of, shown, without
from resources.warehouse.sqlite_types import loose
from resources.warehouse.time import SQLITE_UTC, utc_text
from resources.warehouse.types import Opaque
from resources.warehouse.warehouse import Statement

#: Rows that are fetched at once: Python objects take ten times the room of Arrow's.
BATCH_ROWS = 16_384

#: What makes a session read only, and its days UTC days, by dialect.
_SESSION: dict[str, tuple[str, ...]] = {
    "sqlite": ("PRAGMA query_only = ON",),
    "postgresql": ("SET TIME ZONE 'UTC'", "SET default_transaction_read_only = on"),
    "redshift": ("SET TIMEZONE TO 'UTC'",),
    "snowflake": ("ALTER SESSION SET TIMEZONE = 'UTC'",),
    "databricks": ("SET TIME ZONE 'UTC'",),
    "mysql": ("SET time_zone = '+00:00'", "SET SESSION TRANSACTION READ ONLY"),
    "mariadb": ("SET time_zone = '+00:00'", "SET SESSION TRANSACTION READ ONLY"),
}


class SqlAlchemyWarehouse:
    """
    The database at a SQLAlchemy URL.

    Rows are fetched in batches through a server-side cursor where the driver has one. Column
    types are those of the tables' definitions: SQLAlchemy reflects them.
    """

    def __init__(self, url: str) -> None:
        self._url = _read_only(sa.make_url(url))
        self._engine: sa.Engine | None = None
        self._columns: dict[str, list[tuple[str, sa.types.TypeEngine[Any]]]] = {}

    def __repr__(self) -> str:
        return f"SqlAlchemyWarehouse({shown(self._url)!r})"

    def schema(self, table: str) -> pa.Schema:
        """Return the column names and Arrow types of *table*."""
        return arrow_schema(sa.select(*self.relation(table).c))

    def relation(self, table: str) -> sa.FromClause:
        """Return *table* as something to select from, with its columns."""
        if table not in self._columns:
            self._columns[table] = self._reflected(table)
        *schema, name = split_name(table)
        columns: list[sa.ColumnClause[Any]] = [
            sa.column(column, kind) for column, kind in self._columns[table]
        ]

        return sa.table(name, *columns, schema=".".join(schema) or None).alias()

    def stream(self, statement: Statement) -> Iterator[pa.RecordBatch]:
        """Yield the rows of *statement* in record batches, in constant memory."""
        schema = arrow_schema(statement)
        with self._connection() as connection:
            found = connection.execution_options(yield_per=BATCH_ROWS).execute(statement)
            empty = True
            for rows in found.partitions():
                empty = False
                yield record_batch(rows, schema)
            if empty:
                yield record_batch([], schema)

    def _reflected(self, table: str) -> list[tuple[str, sa.types.TypeEngine[Any]]]:
        *schema, name = split_name(table)
        with self._connection() as connection:
            inspector = sa.inspect(connection)
            try:
                columns = inspector.get_columns(name, schema=".".join(schema) or None)
            except sa.exc.NoSuchTableError as error:
                raise self._missing(table, inspector) from error

        return [(column["name"], self._typed(column["type"])) for column in columns]

    def _typed(self, kind: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
        if isinstance(kind, sa.types.NullType):
            return Opaque()
        if self._url.get_backend_name() == "sqlite":
            return loose(kind)

        return sa.Double() if isinstance(kind, sa.Numeric) else kind

    @contextmanager
    def _connection(self) -> Iterator[sa.Connection]:
        try:
            with self._opened().connect() as connection:
                yield connection
        except sa.exc.DBAPIError as error:
            # Without the cause: a driver may repeat a part of the URL.
            msg = f"{self._place}: {self._told(error.orig or error)}."
            raise WarehouseError(msg, table=self._place) from None
        except sa.exc.SQLAlchemyError as error:
            msg = f"{self._place}: {self._told(error)}."
            raise WarehouseError(msg, table=self._place) from error

    def _opened(self) -> sa.Engine:
        if self._engine is None:
            # Every statement has a connection of its own, which nobody has left open or changed.
            self._engine = sa.create_engine(self._url, poolclass=sa.NullPool, hide_parameters=True)
            sa.event.listen(self._engine, "connect", self._prepare)

        return self._engine

    def _prepare(self, connection: Any, _: object) -> None:  # noqa: ANN401 - any driver's connection
        dialect = self._url.get_backend_name()
        if dialect == "sqlite":
            connection.create_function(SQLITE_UTC, 2, utc_text, deterministic=True)
        cursor = connection.cursor()
        for statement in _SESSION.get(dialect, ()):
            cursor.execute(statement)
        cursor.close()

    @property
    def _place(self) -> str:
        return str(self._url.host or self._url.database or self._url.get_backend_name())

    def _told(self, error: BaseException) -> str:
        lines = without(secrets_of(self._url), str(error)).strip().splitlines() or [repr(error)]

        return lines[0].rstrip(".")

    def _missing(self, table: str, inspector: sa.Inspector) -> TableNotFoundError:
        *schema, _ = split_name(table)
        prefix = ".".join(schema)
        names = inspector.get_table_names(prefix or None) + inspector.get_view_names(prefix or None)
        known = [f"{prefix}.{name}" if prefix else name for name in sorted(names)]
        near = get_close_matches(table, known, n=1)
        remedy = f"did you mean {near[0]}?" if near else f"it has {', '.join(known) or 'no table'}."
        msg = f"{self._place}: no table {table}; {remedy}"

        return TableNotFoundError(msg, table=table)


def _read_only(url: sa.URL) -> sa.URL:
    """Return *url* so that SQLite opens a file for reading, and does not create one."""
    if url.get_backend_name() != "sqlite" or not url.database or "uri" in url.query:
        return url

    return url.set(database=f"file:{quote(url.database)}").update_query_dict(
        {"mode": "ro", "uri": "true"}
    )
