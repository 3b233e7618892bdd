"""Parquet and CSV files as tables of DuckDB."""

from collections.abc import Iterable, Sequence
from typing import Any

import duckdb
import sqlalchemy as sa

from monitoring.spec.tables import is_csv

#: What DuckDB shows of a file whose columns are called amount and Amount: amount and Amount_1.
_NAMES = """
WITH names AS (SELECT file_name, name FROM parquet_schema($1))
SELECT name FROM names WHERE file_name = (SELECT min(file_name) FROM names)
"""


def files(
    path: str | Sequence[str], *columns: sa.ColumnClause[Any], texts: Iterable[str] = ()
) -> sa.TableValuedAlias:
    """Return the files at *path* as something to select *columns* from, *texts* as they are."""
    first = path if isinstance(path, str) else path[0]
    read = sa.func.read_csv if is_csv(first) else sa.func.read_parquet
    arguments: list[sa.ColumnElement[Any]] = [sa.bindparam(None, path, type_=sa.types.NullType())]
    if first != path or is_many(first):
        # A file that lacks a column of the others has nulls there.
        arguments.append(sa.literal_column("union_by_name = true"))
    kept = dict.fromkeys(texts, "VARCHAR")
    if kept:
        types = sa.bindparam(None, kept, type_=sa.types.NullType())
        arguments.append(sa.literal_column("types").op("=")(types))

    return read(*arguments).table_valued(*columns).alias()


def is_many(path: str) -> bool:
    """
    Return whether *path* may mean several files.

    >>> is_many("s3://lake/day=*/rows.parquet"), is_many("rows.parquet")
    (True, False)
    """
    return any(sign in path for sign in "*?[")


def listed(connection: duckdb.DuckDBPyConnection, path: str) -> tuple[str, ...]:
    """Return the files at *path* as they are now; of one file just its name."""
    if not is_many(path):
        return (path,)
    found = connection.execute("SELECT file FROM glob($1) ORDER BY 1", [path]).fetchall()

    return tuple(str(row[0]) for row in found)


def own_names(
    connection: duckdb.DuckDBPyConnection, path: str, shown: Sequence[str]
) -> Sequence[str]:
    """
    Return the names that the columns *shown* have in the files themselves.

    DuckDB knows no case and numbers a name that it takes for a repeated one. Where columns are
    nested their names cannot be told from those of their parts, and stay as they are shown.
    """
    folded = {name.casefold() for name in shown}
    numbered = [name for name in shown if name.casefold().rpartition("_")[0] in folded]
    if is_csv(path) or not numbered:
        return shown
    names = [str(row[0]) for row in connection.execute(_NAMES, [path]).fetchall()[1:]]

    return names if len(names) == len(shown) else shown
