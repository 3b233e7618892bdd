"""
Columns of times as the instants that they mean, whatever the database and the column's type.

A timestamp with a zone is an instant; one without is in the zone that the monitor file names; a
date is a whole UTC day; an integer counts from 1970 in the unit that the monitor file names.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from monitoring.spec.model import TimestampUnit

Comparison: TypeAlias = Callable[[Any, Any], Any]

#: No zone is further from UTC; bounds moved by it let an index on local times be used.
_FURTHEST = timedelta(days=1)


class Moment(sa.types.TypeDecorator[datetime]):
    """An instant; SQLite keeps it as text in ISO 8601, as all its dates are."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that *dialect* has for it."""
        return sa.Text() if dialect.name == "sqlite" else sa.DateTime(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 - what the driver takes
        """Return *value* as it is compared in SQLite: in UTC, to the millisecond."""
        if value is None or dialect.name != "sqlite":
            return value

        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "milliseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401 - what the driver gives
        """Return what the database holds as an aware datetime."""
        if value is None or dialect.name != "sqlite":
            return value  # type: ignore[no-any-return]
        found = datetime.fromisoformat(str(value))

        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


class Instant(sa.ColumnElement[datetime]):
    """The instants of a column whose values do not name one by themselves."""

    inherit_cache = False
    type = Moment()

    def __init__(
        self, column: sa.ColumnElement[Any], *, zone: str, unit: TimestampUnit | None
    ) -> None:
        self.column = column
        self.zone = zone
        self.unit = unit

    @property
    def _from_objects(self) -> Any:  # noqa: ANN401 - SQLAlchemy's own protocol
        return self.column._from_objects  # noqa: SLF001 - tells SQLAlchemy which table it is of
