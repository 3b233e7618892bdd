"""The types of SQLite's columns, in which any value may stand, whatever was declared."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeEngine

from resources.warehouse.lenient import Loose
from resources.warehouse.time import SQLITE_UTC, UTC_NAME, Moment
from resources.warehouse.types import Opaque

_NUMBERS = ("integer", "real")
_BOOLEANS = {"1": 1, "true": 1, "0": 0, "false": 0}


class LooseInteger(Loose, sa.BigInteger):
    """Whole numbers; fractions and texts are unreadable."""

    def column_expression(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Return *column* without what is no whole number."""
        return sa.case((sa.func.typeof(column) == "integer", column))


class LooseDouble(Loose, sa.Double[float]):
    """Numbers; texts are unreadable."""

    def column_expression(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Return *column* without what is no number."""
        return sa.case((sa.func.typeof(column).in_(_NUMBERS), column))


class LooseBoolean(Loose, sa.Boolean):
    """True and false, as numbers or in words."""

    def column_expression(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Return *column* as 1 and 0, without what is neither."""
        return sa.case(_BOOLEANS, value=sa.func.lower(sa.cast(column, sa.Text)))


class _AsItIs(Loose):
    """A type that SQLAlchemy replaces by its own for the driver, which knows no other values."""

    def adapt(self, cls: type[Any], **_: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's own protocol
        """Return the same type."""
        del cls

        return type(self)()


class LooseDate(_AsItIs, sqlite.DATE):
    """Dates; what is no day of the calendar is unreadable."""

    def column_expression(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Return *column* without what is no date."""
        day = sa.func.date(column, "+0 days", type_=self)

        # SQLite also takes words for dates, and the 30th of February for the 2nd of March.
        return sa.case((day == sa.func.substr(column, 1, 10), day))


class LooseTime(_AsItIs, sqlite.TIME):
    """Times of the day."""

    def column_expression(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Return *column* without what is no time."""
        known = sa.and_(sa.func.time(column).is_not(None), column.op("GLOB")("[0-2][0-9]:*"))

        return sa.case((known, column))


class LooseMoment(Loose, Moment):
    """Moments in ISO 8601."""

    cache_ok = True

    def column_expression(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Return *column* without what is no moment."""
        known = getattr(sa.func, SQLITE_UTC)(column, UTC_NAME).is_not(None)

        return sa.case((known, column))


_LOOSE: tuple[tuple[type[TypeEngine[Any]], type[TypeEngine[Any]]], ...] = (
    (sa.Boolean, LooseBoolean),
    (sa.Integer, LooseInteger),
    (sa.Numeric, LooseDouble),
    (sa.Float, LooseDouble),
    (sa.DateTime, LooseMoment),
    (sa.Date, LooseDate),
    (sa.Time, LooseTime),
    (sa.JSON, Opaque),
)


def loose(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """
    Return the type in which a column of SQLite that is declared as *kind* is read.

    >>> loose(sa.Numeric(8, 2)), loose(sa.Text())
    (LooseDouble(), Text())
    """
    for declared, read in _LOOSE:
        if isinstance(kind, declared):
            return read()

    return kind
