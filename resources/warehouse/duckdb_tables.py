"""Parquet and CSV files as one table each, in which a value of another type breaks nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from monitoring.spec.tables import is_csv
from resources.warehouse.duckdb_files import files, is_many, own_names
from resources.warehouse.duckdb_parts import Part, common_schema, parts_of
from resources.warehouse.duckdb_sql import run
from resources.warehouse.lenient import flag_name
from resources.warehouse.try_cast import whole_or_null
from resources.warehouse.types import sql_type, typed_columns

#: Rows of a CSV file of which a text must be readable before others are told to be unreadable.
_SAMPLE = 1_000

_CAST = (sa.Boolean, sa.BigInteger, sa.Double, sa.Date, sa.DateTime)


@dataclass(frozen=True, slots=True)
class FileTable:
    """
    The files at *path* as a table of the columns *schema*, which DuckDB calls *names*.

    Where *parts* of them differ these are read apart; columns that are *cast* are read as texts.
    """

    path: str
    schema: pa.Schema
    names: Sequence[str]
    parts: Sequence[Part] = ()
    cast: frozenset[str] = frozenset()

    def relation(self) -> sa.FromClause:
        """Return the table as something to select from, with its columns."""
        columns = typed_columns(self.schema, self.names)
        if not self.parts:
            return files(self.path, *columns)
        selected = [self._rows(part, columns) for part in self.parts]

        return (selected[0] if len(selected) == 1 else sa.union_all(*selected)).subquery()

    def _rows(self, part: Part, columns: Sequence[sa.ColumnClause[Any]]) -> sa.Select[Any]:
        """Select *columns* of *part*, and the flags of those that may be unreadable anywhere."""
        loose = self.cast.union(*(each.changed for each in self.parts))
        source = _source(part.files if is_many(self.path) else self.path, part.schema, self.cast)
        picked = list[sa.ColumnElement[Any]]()
        for column in columns:
            name = str(column.key)
            value, odd = self._value(part, source, column)
            picked.append(value.label(name))
            if name in loose:
                picked.append(odd.label(flag_name(name)))

        return sa.select(*picked).select_from(source)

    def _value(
        self, part: Part, source: sa.FromClause, column: sa.ColumnClause[Any]
    ) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[bool]]:
        """Return the value of *column* in *part*, and whether it is unreadable."""
        name, missing = str(column.key), sa.type_coerce(sa.null(), column.type)
        if name not in source.c:
            return missing, sa.false()
        raw = source.c[name]
        if name in self.cast:
            value = _cast(raw, column.type)
            return value, sa.and_(raw.is_not(None), value.is_(None))
        if name in part.changed:
            return missing, raw.is_not(None)

        return sa.type_coerce(raw, column.type), sa.false()


def file_table(
    connection: duckdb.DuckDBPyConnection, path: str, listed: Sequence[str]
) -> FileTable:
    """Return the files at *path*, which are those that are *listed*."""

    def describe(place: str) -> pa.Schema:
        statement = sa.select(sa.text("*")).select_from(files(place)).limit(0)
        found: pa.Schema = run(connection, statement).to_arrow_table().schema
        return found

    parts = parts_of(connection, listed, describe) if is_many(path) and listed else []
    if is_csv(path):
        parts = parts or [Part((path,), describe(path))]
        schema = common_schema(parts)
        cast = _readable(connection, parts[0], schema)
        return FileTable(path, schema, schema.names, parts if cast else (), cast)

    shown = describe(path)
    names = own_names(connection, path, shown.names)
    if any(part.changed for part in parts) and names == shown.names:
        return FileTable(path, common_schema(parts), names, parts)
    own = [field.with_name(name) for field, name in zip(shown, names, strict=True)]

    return FileTable(path, pa.schema(own), shown.names)


def _readable(
    connection: duckdb.DuckDBPyConnection, part: Part, schema: pa.Schema
) -> frozenset[str]:
    """
    Return the columns whose texts are read by a cast as DuckDB's reader would read them.

    Those of another notation, such as days first, are left to the reader.
    """
    kinds = {
        field.name: sql_type(field.type) for field in schema if field.name in part.schema.names
    }
    kinds = {name: kind for name, kind in kinds.items() if isinstance(kind, _CAST)}
    if not kinds:
        return frozenset()
    sample = sa.select(*_source(part.files[0], part.schema, kinds).c).limit(_SAMPLE).subquery()
    counts = [
        sa.func.count(sample.c[name]) - sa.func.count(_cast(sample.c[name], kind))
        for name, kind in kinds.items()
    ]
    labels = [count.label(str(at)) for at, count in enumerate(counts)]
    (lost,) = run(connection, sa.select(*labels)).fetchall()

    return frozenset(name for name, count in zip(kinds, lost, strict=True) if not count)


def _source(
    place: str | tuple[str, ...], schema: pa.Schema, texts: frozenset[str] | dict[str, Any]
) -> sa.TableValuedAlias:
    columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in schema.names]
    kept = [name for name in schema.names if name in texts]

    return files(place if isinstance(place, str) else list(place), *columns, texts=kept)


def _cast(text: sa.ColumnElement[Any], kind: TypeEngine[Any]) -> sa.ColumnElement[Any]:
    return whole_or_null(text) if isinstance(kind, sa.BigInteger) else sa.try_cast(text, kind)
