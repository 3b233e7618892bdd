"""
Files of one table that do not agree on the type of a column.

A column has the type that it has in most of the files. Where it has another one there are nulls,
and flags that say so; see :mod:`resources.warehouse.lenient`.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import duckdb
import pyarrow as pa

from monitoring.profile.columns import is_numeric, is_temporal, plain_type
from monitoring.spec.tables import is_csv

Describe: TypeAlias = Callable[[str], pa.Schema]

#: The files whose columns have the same types, those of the most first, and what is of no type.
_ALIKE = """
WITH columns AS (
  SELECT *, logical_type LIKE 'Null%' AS untyped FROM parquet_schema($1) WHERE column_id > 0
), typed AS (
  SELECT
    file_name,
    list((name, duckdb_type, num_children, untyped) ORDER BY column_id) AS types,
    coalesce(list(name) FILTER (untyped), []) AS untyped
  FROM columns GROUP BY file_name
)
SELECT list(file_name ORDER BY file_name), untyped FROM typed
GROUP BY types, untyped ORDER BY count(*) DESC, min(file_name)
"""


@dataclass(frozen=True, slots=True)
class Part:
    """Files of a table with columns of the same types, unusual ones where they have *changed*."""

    files: tuple[str, ...]
    schema: pa.Schema
    changed: frozenset[str] = frozenset()


def parts_of(
    connection: duckdb.DuckDBPyConnection, files: Sequence[str], describe: Describe
) -> list[Part]:
    """Return *files* by what is unusual about the types of their columns; of CSV also by names."""
    alike = _alike_csv(files, describe) if is_csv(files[0]) else _alike(connection, files, describe)
    usual = {name: families.most_common(1)[0][0] for name, families in _families(alike).items()}
    found: dict[tuple[frozenset[str], frozenset[str]], Part] = {}
    for part in alike:
        changed = frozenset(
            field.name
            for field in part.schema
            if not _fits(_family(field.type), usual.get(field.name))
            # What folders are called is read as it is.
            and f"/{field.name}=" not in part.files[0]
        )
        named = frozenset(part.schema.names) if changed or is_csv(files[0]) else frozenset()
        known = found.get((changed, named), replace(part, files=(), changed=changed))
        schema = common_schema([known, part])
        found[changed, named] = replace(known, files=known.files + part.files, schema=schema)

    return list(found.values())


def common_schema(parts: Sequence[Part]) -> pa.Schema:
    """Return the columns of all *parts*, each of its usual type where it has that anywhere."""
    kinds: dict[str, list[pa.DataType]] = {}
    for part in sorted(parts, key=lambda part: len(part.changed)):
        for field in part.schema:
            known = kinds.setdefault(field.name, [])
            if not known or field.name not in part.changed:
                known.append(field.type)

    return pa.schema([(name, _common(found)) for name, found in kinds.items()])


def _alike(
    connection: duckdb.DuckDBPyConnection, files: Sequence[str], describe: Describe
) -> list[Part]:
    found = connection.execute(_ALIKE, [list(files)]).fetchall()

    return [Part(tuple(names), describe(names[0]), frozenset(none)) for names, none in found]


def _alike_csv(files: Sequence[str], describe: Describe) -> list[Part]:
    found: dict[pa.Schema, list[str]] = {}
    for name in files:
        found.setdefault(describe(name), []).append(name)
    parts = [Part(tuple(names), schema) for schema, names in found.items()]

    return sorted(parts, key=lambda part: (-len(part.files), part.files))


def _families(parts: Sequence[Part]) -> dict[str, Counter[str]]:
    """Return in how many files each column is of which family of types, if of any."""
    found: dict[str, Counter[str]] = {}
    for part in parts:
        for field in part.schema:
            if field.name in part.changed:
                continue
            families = found.setdefault(field.name, Counter())
            families[_family(field.type)] += len(part.files)

    return found


def _family(kind: pa.DataType) -> str:
    plain = plain_type(kind)
    if is_temporal(plain):
        return "time"
    if is_numeric(plain):
        return "number"

    return str(plain).partition("<")[0]


def _fits(family: str, usual: str | None) -> bool:
    """Whether a column of one family can stand among others: numbers and times as texts."""
    return usual in {None, family} or (usual == "string" and family in {"number", "time"})


def _common(kinds: Sequence[pa.DataType]) -> pa.DataType:
    """Return the type in which DuckDB gives values of all *kinds*, as far as that matters."""
    if pa.string() in kinds:
        return pa.string()
    try:
        schemas = [pa.schema([("", kind)]) for kind in kinds]
        whole: pa.DataType = pa.unify_schemas(schemas, promote_options="permissive").field(0).type
    except pa.ArrowException:
        whole = max(kinds, key=lambda kind: 0 if pa.types.is_nested(kind) else kind.bit_width)

    return whole
