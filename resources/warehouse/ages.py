"""The days from one time to another, the same number in every database."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from resources.warehouse.time import Moment, TimeColumn, template

_MICROSECONDS_PER_DAY = 86_400_000_000


class Microseconds(FunctionElement[int]):
    """The whole microseconds of an instant since 1970; SQLite counts milliseconds."""

    name = "microseconds"
    inherit_cache = True
    type = sa.BigInteger()


def elapsed_days(earlier: TimeColumn, later: TimeColumn) -> sa.ColumnElement[Any]:
    """
    Return the days from *earlier* to *later*: negative where it is the other way round.

    Between infinity and a day there are none.
    """
    passed = Microseconds(later.instant) - Microseconds(earlier.instant)

    return sa.cast(passed, sa.Double) / sa.cast(_MICROSECONDS_PER_DAY, sa.Double)


def is_time(kind: TypeEngine[Any]) -> bool:
    """Whether a column of *kind* holds dates or timestamps."""
    return isinstance(kind, sa.Date | sa.DateTime | Moment)


_LACK = "ages for us: expected a column with the days in a view, or one of"

#: By dialect; DuckDB speaks that of PostgreSQL.
_MICROSECONDS = {
    "postgresql": "CASE WHEN ISFINITE({time})"
    " THEN CAST(ROUND(EXTRACT(EPOCH FROM {time}) * 1000000) AS BIGINT) END",
    "sqlite": "(CAST(strftime('%s', {time}) AS INTEGER) * 1000"
    " + CAST(substr(strftime('%f', {time}), -3) AS INTEGER)) * 1000",
    "spark": "unix_micros(CAST({time} AS TIMESTAMP))",
    "databricks": "unix_micros(CAST({time} AS TIMESTAMP))",
}


@compiles(Microseconds)
def _compile(element: Microseconds, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own protocol
    text = template(_MICROSECONDS, compiler.dialect.name, lack=_LACK)

    return text.format(time=compiler.process(element.clauses, **options))
