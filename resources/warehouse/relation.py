"""A table under the name by which the monitor file knows it, so that a mistake can be told."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.sql.elements import KeyedColumnElement

from monitoring.errors import ColumnNotFoundError
from resources.warehouse.lenient import is_flag
from resources.warehouse.warehouse import Warehouse

#: How many columns an error lists when none of them has a similar name.
_LISTED = 20


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of *table* by name."""

    table: str
    source: sa.FromClause

    def __getitem__(self, name: str) -> sa.ColumnElement[Any]:
        """
        Return the column *name*.

        Raises:
            ColumnNotFoundError: when the table lacks it; names those that may be meant.
        """
        if name not in self:
            raise ColumnNotFoundError(self._missing(name), table=self.table, column=name)

        return self.source.c[name]

    def __contains__(self, name: str) -> bool:
        return name in self.source.c

    def __iter__(self) -> Iterator[KeyedColumnElement[Any]]:
        return (column for column in self.source.c if not is_flag(str(column.key)))

    def _missing(self, name: str) -> str:
        known = [str(column.key) for column in self]
        folded = {column.casefold(): column for column in known}
        near = [folded[match] for match in get_close_matches(name.casefold(), folded, n=3)]
        if near:
            return f"{self.table}: no column {name!r}; did you mean {' or '.join(map(repr, near))}?"
        more = "" if len(known) <= _LISTED else f" and {len(known) - _LISTED} more"

        return f"{self.table}: no column {name!r}; it has {', '.join(known[:_LISTED])}{more}."


@dataclass(frozen=True, slots=True)
class Relation:
    """A table to select from: *source* for SQL, ``c`` for its columns."""

    table: str
    source: sa.FromClause

    @classmethod
    def of(cls, warehouse: Warehouse, table: str) -> Self:
        """Return *table* of *warehouse*; each has an alias of its own, so it may join itself."""
        return cls(table, warehouse.relation(table))

    @property
    def c(self) -> Columns:
        """The columns by name."""
        return Columns(self.table, self.source)
