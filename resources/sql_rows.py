"""Rows that stay in PostgreSQL: Great Expectations asks for them in SQL."""

import functools
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from monitoring.errors import MonitorError
from resources.warehouse.secrets import secrets_of, shown, without
from resources.warehouse.types import transferable
from resources.warehouse.warehouse import Statement, Warehouse, read_table

if TYPE_CHECKING:
    from great_expectations.data_context.data_context.ephemeral_data_context import (
        EphemeralDataContext,
    )
    from great_expectations.datasource.fluent.interfaces import Batch
    from great_expectations.datasource.fluent.sql_datasource import SQLDatasource

#: What a session may do, and how it writes times.
_OPTIONS = "-c default_transaction_read_only=on -c TimeZone=UTC"


_MISREAD = re.compile(r"(?<![:\w\\]):(?=\w)|%")
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*\"""")


@dataclass(frozen=True, slots=True)
class SqlRows:
    """The *num_rows* rows of *query*, whose columns are those of *schema*."""

    query: str
    schema: pa.Schema
    num_rows: int

    @property
    def column_names(self) -> list[str]:
        """The columns, in their order."""
        return list(self.schema.names)


def rows_in_database(warehouse: Warehouse, statement: Statement, schema: pa.Schema) -> SqlRows:
    """
    Return the rows of *statement*, of which only their number is read.

    NaN is null in them, as it is a missing value for data frames, and times without a zone are in
    UTC.
    """
    rows = statement.subquery()
    counted = read_table(warehouse, sa.select(sa.func.count().label("rows")).select_from(rows))
    columns = [_plain(rows.c[field.name], field).label(field.name) for field in schema]
    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
    text = sa.select(*columns).compile(dialect=dialect, compile_kwargs={"literal_binds": True})

    return SqlRows(_as_read_by_gx(str(text)), schema, int(counted["rows"][0].as_py()))


def _as_read_by_gx(query: str) -> str:
    r"""
    Return *query*, in which the compiler has doubled per cent signs, for Great Expectations.

    It reads SQL as SQLAlchemy's text, and what it has written of that once more: a colon before a
    letter would begin a parameter, and a per cent sign be doubled. Names and values have both by
    their numbers.

    >>> print(_as_read_by_gx('SELECT "50%% :a" WHERE x > \'12:30\'::time'))
    SELECT U&"50\0025 \003aa" WHERE x > '12:30'::time
    """

    def escaped(token: re.Match[str]) -> str:
        if not _MISREAD.search(token[0]):
            return token[0]
        text = token[0].replace("\\", "\\\\").replace(":", r"\003a").replace("%", r"\0025")

        return f"U&{text}"

    return _QUOTED.sub(escaped, query.replace("%%", "%"))


def _plain(column: sa.ColumnElement[Any], field: "pa.Field[Any]") -> sa.ColumnElement[Any]:
    column = transferable(column)
    if pa.types.is_floating(field.type):
        return sa.func.nullif(column, sa.literal_column("'NaN'::float8"))
    if pa.types.is_decimal(field.type):
        return sa.func.nullif(column, sa.literal_column("'NaN'::numeric"))
    if pa.types.is_date(field.type) or field.type == pa.timestamp("us"):
        return sa.func.timezone("UTC", sa.cast(column, sa.DateTime))

    return column


def query_batch(context: "EphemeralDataContext", url: str, rows: SqlRows) -> "Batch":
    """
    Return *rows* as what Great Expectations validates.

    Raises:
        MonitorError: when the database at *url* is not PostgreSQL, or cannot be asked.
    """
    parsed = sa.make_url(url or "none://")
    if parsed.get_backend_name() not in {"postgresql", "postgres"}:
        msg = (
            "quality.engine: sql needs a warehouse in PostgreSQL, and this one is not;"
            " write engine: pandas, or take the key out."
        )
        raise MonitorError(msg)
    try:
        source = _source(context, url)
        for name in source.get_asset_names():
            source.delete_asset(name)
        asset = source.add_query_asset("rows", rows.query)

        return asset.add_batch_definition_whole_table("day").get_batch()
    except Exception as error:  # noqa: BLE001 - whatever it is, the password is not told
        # Great Expectations has many kinds of errors, and writes the URL into some.
        reason = without(secrets_of(parsed), str(error))
        msg = f"{shown(parsed)}: cannot be asked by Great Expectations: {reason}"
        raise MonitorError(msg) from None


@functools.cache
def _source(context: "EphemeralDataContext", url: str) -> "SQLDatasource":
    """Return the database at *url*, opened for reading only."""
    driver = sa.make_url(url).difference_update_query(["statement_timeout"])
    options = " ".join([*driver.normalized_query.get("options", ()), _OPTIONS])
    driver = driver.set(drivername="postgresql+psycopg2").update_query_dict({"options": options})
    # A dollar would be read as the name of a variable.
    text = driver.render_as_string(hide_password=False).replace("$", r"\$")
    with warnings.catch_warnings():
        # Great Expectations would have a URL with a host, which a Unix socket has not.
        warnings.simplefilter("ignore")
        return context.data_sources.add_sql(
            f"warehouse {len(context.data_sources.all())}", connection_string=text
        )
