"""Arrow types and SQLAlchemy's, in both directions."""

from collections.abc import Callable

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from monitoring.profile.columns import plain_type

#: Every moment that leaves a warehouse.
INSTANT = pa.timestamp("us", "UTC")

_SQL: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.DataType], TypeEngine[object]]], ...]
_SQL = (
    (pa.types.is_boolean, lambda _: sa.Boolean()),
    (pa.types.is_integer, lambda _: sa.BigInteger()),
    (pa.types.is_floating, lambda _: sa.Double()),
    (pa.types.is_decimal, lambda _: sa.Numeric()),
    (pa.types.is_date, lambda _: sa.Date()),
    (pa.types.is_timestamp, lambda kind: sa.DateTime(timezone=kind.tz is not None)),
    (pa.types.is_string, lambda _: sa.Text()),
    (pa.types.is_large_string, lambda _: sa.Text()),
    (pa.types.is_string_view, lambda _: sa.Text()),
)

_ARROW: tuple[tuple[type[TypeEngine[object]], pa.DataType], ...]
_ARROW = (
    (sa.Boolean, pa.bool_()),
    (sa.Integer, pa.int64()),
    (sa.Numeric, pa.float64()),
    (sa.DateTime, INSTANT),
    (sa.Date, pa.date32()),
    (sa.Time, pa.time64("us")),
    (sa.LargeBinary, pa.binary()),
)


def sql_type(kind: pa.DataType) -> TypeEngine[object]:
    """
    Return the SQLAlchemy type of a column whose values arrive as *kind*; else the null type.

    >>> sql_type(pa.int16()), sql_type(pa.timestamp("us", "UTC")).timezone
    (BigInteger(), True)
    """
    plain = plain_type(kind)
    for fits, make in _SQL:
        if fits(plain):
            return make(plain)

    return sa.types.NullType()


def arrow_type(kind: TypeEngine[object]) -> pa.DataType:
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
