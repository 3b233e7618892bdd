"""Arrow types and SQLAlchemy's, in both directions."""

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from monitoring.profile.columns import plain_type

#: Every moment that leaves a warehouse.
INSTANT = pa.timestamp("us", "UTC")


class Opaque(sa.types.UserDefinedType[str]):
    """A type of one database only, whose values are read as text."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Return the type that its values are read as."""
        return "TEXT"


_SQL: tuple[tuple[Callable[[pa.DataType], bool], type[TypeEngine[Any]]], ...] = (
    (pa.types.is_boolean, sa.Boolean),
    (pa.types.is_integer, sa.BigInteger),
    (pa.types.is_floating, sa.Double),
    (pa.types.is_decimal, sa.Numeric),
    (pa.types.is_date, sa.Date),
    (pa.types.is_string, sa.Text),
    (pa.types.is_large_string, sa.Text),
    (pa.types.is_string_view, sa.Text),
)

_ARROW: tuple[tuple[type[TypeEngine[Any]], pa.DataType], ...] = (
    (sa.Boolean, pa.bool_()),
    (sa.Integer, pa.int64()),
    (sa.Numeric, pa.float64()),
    (sa.Float, pa.float64()),
    (sa.DateTime, INSTANT),
    (sa.Date, pa.date32()),
    (sa.Time, pa.time64("us")),
    (sa.LargeBinary, pa.binary()),
)


def sql_type(kind: pa.DataType) -> TypeEngine[Any]:
    """
    Return the SQLAlchemy type of a column whose values arrive as *kind*; else the null type.

    >>> sql_type(pa.int16()), sql_type(pa.timestamp("us", "UTC")).timezone
    (BigInteger(), True)
    """
    plain = plain_type(kind)
    if isinstance(plain, pa.TimestampType):
        return sa.DateTime(timezone=plain.tz is not None)
    for fits, make in _SQL:
        if fits(plain):
            return make()

    return sa.types.NullType()


def typed_columns(schema: pa.Schema, names: Sequence[str]) -> list[sa.ColumnClause[Any]]:
    """Return the columns of *schema* to select from, which the database calls *names*."""
    columns = [
        sa.column(name, sql_type(field.type)) for field, name in zip(schema, names, strict=True)
    ]
    for column, field in zip(columns, schema, strict=True):
        column.key = field.name

    return columns


def groupable(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return *column* as something that can be compared: what only one database knows, as text."""
    return sa.cast(column, sa.Text) if isinstance(column.type, Opaque) else column


def transferable(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return *column* of PostgreSQL as a number or a text that Arrow has a type for."""
    if isinstance(column.type, postgresql.MONEY):
        return sa.cast(sa.cast(column, sa.Numeric), sa.Double)
    if isinstance(column.type, sa.Numeric):
        return sa.cast(column, sa.Double)

    return sa.cast(column, sa.Text) if isinstance(column.type, Opaque | sa.Uuid) else column


def arrow_type(kind: TypeEngine[Any]) -> pa.DataType:
    """
    Return the Arrow type in which values of *kind* travel; what is no number or time is text.

    >>> arrow_type(sa.Numeric(10, 2)), arrow_type(sa.Uuid())
    (DataType(double), DataType(string))
    """
    inner = kind.impl if isinstance(kind, sa.types.TypeDecorator) else kind
    for known, arrow in _ARROW:
        if isinstance(inner, known):
            return arrow

    return pa.string()
