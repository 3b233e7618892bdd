"""
Columns of times as the instants that they mean, whatever the database and the column's type.

A timestamp with a zone is an instant; one without is in the zone that the monitor file names; a
date is a whole UTC day; an integer counts from 1970 in the unit that the monitor file names.
"""

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from monitoring.spec.model import TimestampUnit

Comparison: TypeAlias = Callable[[Any, Any], Any]

UTC_NAME = "UTC"

#: The function that a connection to SQLite has to know; see :func:`utc_text`.
SQLITE_UTC = "monitor_utc"

_MICROS = 1_000_000

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
        found = _moment(value)
        if found is None or found.tzinfo is None:
            return found and found.replace(tzinfo=UTC)

        return found.astimezone(UTC)


class Instant(FunctionElement[datetime]):
    """What a column of local times, of ticks or of text means as an instant."""

    name = "instant"
    inherit_cache = False
    type = Moment()

    def __init__(
        self, column: sa.ColumnElement[Any], *, zone: str, unit: TimestampUnit | None
    ) -> None:
        super().__init__(column)
        self.zone = zone
        self.unit = unit


class UtcDay(FunctionElement[str]):
    """The UTC day of an instant as text: ``2026-11-21``."""

    name = "utc_day"
    inherit_cache = False
    type = sa.Text()


@dataclass(frozen=True, slots=True)
class TimeColumn:
    """
    A column of times.

    *zone* counts where the values have none, *unit* where they are whole numbers. Comparisons leave
    the column as it is wherever they can, so that an index or a partition by it is used.
    """

    column: sa.ColumnElement[Any]
    zone: str = UTC_NAME
    unit: TimestampUnit | None = None

    @property
    def instant(self) -> sa.ColumnElement[Any]:
        """The instants; the column itself where it has them."""
        if self._ticks or self._text or (self._naive and self.zone != UTC_NAME):
            return Instant(self.column, zone=self.zone, unit=self.unit if self._ticks else None)

        return self.column

    @property
    def day(self) -> sa.ColumnElement[str]:
        """The UTC days as text."""
        return UtcDay(self.instant)

    def after(self, moment: datetime) -> sa.ColumnElement[bool]:
        """Return the condition that the column is later than *moment*: a date lasts all day."""
        is_date = isinstance(self.column.type, sa.Date)

        return self.compare(operator.ge if is_date else operator.gt, moment)

    def compare(self, operation: Comparison, moment: datetime) -> sa.ColumnElement[bool]:
        """Return the condition that the column is ``operator.ge`` (``gt le lt``) *moment*."""
        utc = moment.astimezone(UTC).replace(tzinfo=None)
        if self._ticks and self.unit is not None:
            return self._is(operation, _ticks(moment, operation, self.unit), sa.BigInteger())
        if isinstance(self.column.type, sa.Date):
            return self._is(operation, utc.date(), sa.Date())
        if not self._text and not self._naive:
            return self._is(operation, moment, sa.DateTime(timezone=True))
        if self._naive and self.zone == UTC_NAME:
            return self._is(operation, utc, sa.DateTime())

        room = -_FURTHEST if operation in {operator.ge, operator.gt} else 2 * _FURTHEST
        # Of text, only the date: what follows it may be a blank or a T.
        rough = (utc + room).date().isoformat() if self._text else utc + room
        kind: TypeEngine[Any] = sa.Text() if self._text else sa.DateTime()
        exact: sa.ColumnElement[bool] = operation(self.instant, _bound(moment, Moment()))

        return sa.and_(self._is(operation, rough, kind), exact)

    def _is(
        self, operation: Comparison, value: object, kind: TypeEngine[Any]
    ) -> sa.ColumnElement[bool]:
        condition: sa.ColumnElement[bool] = operation(self.column, _bound(value, kind))

        return condition

    @property
    def _text(self) -> bool:
        return isinstance(self.column.type, Moment)

    @property
    def _naive(self) -> bool:
        kind = self.column.type

        return isinstance(kind, sa.DateTime) and not kind.timezone

    @property
    def _ticks(self) -> bool:
        return self.unit is not None and isinstance(self.column.type, sa.Integer)


def utc_text(value: object, zone: str) -> str | None:
    """
    Return the instant that *value* means in SQLite's text for it, without a zone in *zone*.

    What is no moment has no instant: SQLite lets anything stand in any column.

    The hour that a clock lives twice in autumn, and the one that it skips in spring, are read in
    standard time, as PostgreSQL does.

    >>> utc_text("2013-10-27 02:30:00", "Europe/Berlin")
    '2013-10-27 01:30:00.000'
    >>> utc_text("2013-03-31T02:30:00", "Europe/Berlin")
    '2013-03-31 01:30:00.000'
    """
    found = _moment(value)
    if found is None:
        return None
    if found.tzinfo is None:
        local = found.replace(tzinfo=ZoneInfo(zone))
        offsets = [local.replace(fold=fold).utcoffset() or timedelta(0) for fold in (0, 1)]
        found = (found - min(offsets)).replace(tzinfo=UTC)

    return found.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "milliseconds")


def _moment(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def _bound(value: object, kind: TypeEngine[Any]) -> sa.BindParameter[Any]:
    return sa.bindparam(None, value, type_=kind)


def _ticks(moment: datetime, operation: Comparison, unit: TimestampUnit) -> int:
    """Return *moment* in *unit*, rounded so that no row changes sides."""
    microseconds = (moment - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
    exact = Fraction(microseconds * unit.per_second, 1_000_000)

    return math.floor(exact) if operation in {operator.le, operator.gt} else math.ceil(exact)


_LACK = (
    "times of this kind for us: expected a timestamp with its time zone, or in UTC; local times and"
    " integers are read by"
)

#: The instant of a local time, and of whole seconds since 1970 and the microseconds beyond them, by
#: dialect; DuckDB speaks the first.
_LOCAL = {
    "postgresql": "timezone({zone}, {column})",
    "sqlite": SQLITE_UTC + "({column}, {zone})",
    "spark": "to_utc_timestamp(CAST({column} AS TIMESTAMP), {zone})",
    "databricks": "to_utc_timestamp({column}, {zone})",
}
_SECONDS = {
    "postgresql": "(to_timestamp({seconds}) + {micros} * INTERVAL '1 microsecond')",
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S', {seconds}, 'unixepoch')"
    " || printf('.%03d', {micros} / 1000)",
    "spark": "timestamp_micros({seconds} * 1000000 + {micros})",
    "databricks": "timestamp_micros({seconds} * 1000000 + {micros})",
}


@compiles(Instant)
def _compile_instant(element: Instant, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own protocol
    dialect = compiler.dialect.name
    column = compiler.process(element.clauses, **options)
    if element.unit is not None:
        seconds, micros = _seconds_and_micros(column, element.unit.per_second, dialect)
        return template(_SECONDS, dialect).format(seconds=seconds, micros=micros)
    if dialect == "sqlite" and element.zone == UTC_NAME:
        return f"strftime('%Y-%m-%d %H:%M:%f', {column})"
    # Not bound: a bound zone would make the same day in SELECT and GROUP BY two expressions.
    zone = compiler.render_literal_value(element.zone, sa.Text())

    return template(_LOCAL, dialect).format(column=column, zone=zone)


@compiles(UtcDay)
def _compile_day(element: UtcDay, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own protocol
    if compiler.dialect.name == "sqlite":
        return f"date({compiler.process(element.clauses, **options)})"
    (instant,) = element.clauses
    day = sa.cast(sa.cast(instant, sa.Date), sa.Text)

    return compiler.process(day, **options)


def _seconds_and_micros(column: str, ticks: int, dialect: str) -> tuple[str, str]:
    """Return *column* of so many *ticks* a second in integers, which lose nothing at midnight."""
    rest = _remainder(column, ticks, dialect)
    micros = f"({rest}) * {_MICROS // ticks}"
    if ticks > _MICROS:
        micros = _quotient(rest, ticks // _MICROS, dialect)

    return _quotient(column, ticks, dialect), f"({micros})"


def _quotient(dividend: str, divisor: int, dialect: str) -> str:
    """Return a whole number; some databases divide whole numbers into fractions."""
    exact = f"(({dividend}) - ({_remainder(dividend, divisor, dialect)})) / {divisor}"

    return f"CAST({exact} AS BIGINT)"


def _remainder(dividend: str, divisor: int, dialect: str) -> str:
    return f"({dividend}) % {divisor}" if dialect == "sqlite" else f"MOD({dividend}, {divisor})"


def template(templates: Mapping[str, str], dialect: str, *, lack: str = _LACK) -> str:
    """
    Return what *dialect* writes, of *templates* by dialect.

    Raises:
        CompileError: when it has none; says what it has no way to write, its *lack*, and which do.
    """
    if dialect not in templates:
        msg = f"{dialect} has no {lack} {', '.join(templates)}."
        raise sa.exc.CompileError(msg)

    return templates[dialect]
