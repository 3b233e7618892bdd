"""SQLAlchemy Core as the SQL of DuckDB."""

from typing import Any

import duckdb
from sqlalchemy.dialects import postgresql

from resources.warehouse.duckdb_settings import settings_of
from resources.warehouse.warehouse import Statement

# DuckDB speaks PostgreSQL's SQL; SQLAlchemy has no dialect of its own for DuckDB 2.
_DIALECT = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


def run(connection: duckdb.DuckDBPyConnection, statement: Statement) -> Any:  # noqa: ANN401 - duckdb's relation has no stubs
    """Return the rows of *statement*, none of which is read yet."""
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    values = [compiled.params[name] for name in compiled.positiontup or ()]
    for setting in settings_of(statement, _texts(values)):
        connection.execute(setting)

    return connection.sql(str(compiled), params=values)


def _texts(values: list[Any]) -> list[str]:
    lists = [value if isinstance(value, list) else [value] for value in values]

    return [value for each in lists for value in each if isinstance(value, str)]
