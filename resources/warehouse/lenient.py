"""
Values that are not of their column's type.

SQLite lets any value stand in any column, a CSV file knows no types, and one of many files may have
a type of its own. Such values are read as nulls, and counted.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.base import ReadOnlyColumnCollection

#: What a relation calls the column that is true where the value of another one is unreadable.
_FLAG = "__unreadable__"

Columns = ReadOnlyColumnCollection[str, Any]


class Loose:
    """A type of columns in which other values may stand; its column expression takes them out."""


def flag_name(column: str) -> str:
    """Return the name of the column that is true where the value of *column* is unreadable."""
    return f"{_FLAG}{column}"


def is_flag(name: str) -> bool:
    """Return whether a column of a relation is none of the table's."""
    return name.startswith(_FLAG)


def readable(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return *column* with a null for each value that is not of its type."""
    if not isinstance(column.type, Loose):
        return column
    found: sa.ColumnElement[Any] | None = column.type.column_expression(column)

    return column if found is None else found


def unreadable(columns: Columns, name: str) -> sa.ColumnElement[bool] | None:
    """Return whether the value of column *name* is unreadable; ``None`` where none can be."""
    if flag_name(name) in columns:
        return columns[flag_name(name)]  # type: ignore[no-any-return]
    if name not in columns or not isinstance(columns[name].type, Loose):
        return None
    column = columns[name]

    return sa.and_(column.is_not(None), readable(column).is_(None))


def with_flags(names: Iterable[str]) -> list[str]:
    """Return *names* and those of their flags, which a relation may have."""
    return [each for name in names for each in (name, flag_name(name))]


def unreadables(columns: Columns, names: Iterable[str]) -> Mapping[str, sa.ColumnElement[bool]]:
    """Return by column of *names* whether its value is unreadable, where that may be."""
    found = {name: unreadable(columns, name) for name in dict.fromkeys(names)}

    return {name: condition for name, condition in found.items() if condition is not None}
