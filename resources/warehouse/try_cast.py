"""
Casts that give null where a text cannot be read, for DuckDB.

SQLAlchemy keeps what is registered here until the end of the process, with all that this module
imports. So it imports no DuckDB, which would complain of that.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler


@compiles(sa.TryCast, "postgresql")
def _compile_try_cast(element: sa.TryCast[Any], compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own protocol
    return f"TRY_{compiler.visit_cast(element, **options)}"  # type: ignore[no-untyped-call]


def whole_or_null(text: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return *text* as a whole number; a plain cast would round a fraction."""
    number = sa.try_cast(text, sa.BigInteger())

    return sa.case((sa.try_cast(text, sa.Double()) == number, number))
