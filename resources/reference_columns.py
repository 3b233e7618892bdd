"""Learns the columns of a reference a few at a time, so that a long one fits in memory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import sqlalchemy as sa

from monitoring.profile.gathering import Gathered, Ungathered, gather
from monitoring.profile.layout import FixedColumn, TableLayout, fix_column
from monitoring.quality.summary import ColumnSummary, summarise
from monitoring.spec.model import FeatureType
from resources.warehouse.warehouse import Statement, Warehouse, read_table

#: How many numbers one read of the reference may gather: 64 MB.
NUMBERS_PER_READ = 8_000_000


@dataclass(frozen=True, slots=True)
class ReferenceColumns:
    """What the columns of a reference fix, and what is expected of them by *summaries*."""

    layout: TableLayout
    summaries: tuple[ColumnSummary, ...]


def count_rows(warehouse: Warehouse, statement: Statement) -> int:
    """Return how many rows *statement* selects."""
    counted = statement.with_only_columns(sa.func.count().label("rows"), maintain_column_froms=True)

    return int(read_table(warehouse, counted)["rows"][0].as_py())


def learn_columns(
    warehouse: Warehouse,
    statement: Statement,
    types: Mapping[str, FeatureType],
    *,
    rows: int,
    stored: Mapping[str, pa.DataType] | None = None,
) -> ReferenceColumns:
    """
    Return what the *rows* rows of *statement* fix for the columns of *types*.

    Columns that it computes are expected as they are *stored*.

    Exact quantiles need all values of a column at once: the longer the reference, the fewer
    columns are read at a time. Up to some 300,000 rows of 25 numbers, one read does it.
    """
    fixed: dict[str, FixedColumn] = {}
    summaries: dict[str, ColumnSummary] = {}
    for name, gathered in _gathered(warehouse, statement, types, rows=rows):
        fixed[name] = fix_column(name, gathered)
        if not isinstance(gathered, Ungathered):
            kind = (stored or {}).get(name, gathered.kind)
            summaries[name] = summarise(name, replace(gathered, kind=kind))

    return ReferenceColumns(
        TableLayout.of_columns({name: fixed[name] for name in types}),
        tuple(summaries[name] for name in types if name in summaries),
    )


def _gathered(
    warehouse: Warehouse, statement: Statement, types: Mapping[str, FeatureType], *, rows: int
) -> Iterator[tuple[str, Gathered]]:
    selected = {str(column.key): column for column in statement.selected_columns}
    yield from gather([pa.table({})], {name: types[name] for name in types.keys() - selected})
    present = {name: kind for name, kind in types.items() if name in selected}
    for names in _reads(present, at_once=max(1, NUMBERS_PER_READ // max(rows, 1))):
        part = statement.with_only_columns(*(selected[name] for name in names))
        yield from gather(warehouse.stream(part), {name: types[name] for name in names})


def _reads(types: Mapping[str, FeatureType], *, at_once: int) -> Iterator[Sequence[str]]:
    """Yield the columns of each read: the texts, which are only counted, in the first."""
    numeric = [name for name, kind in types.items() if kind is FeatureType.NUMERIC]
    first = [name for name in types if name not in numeric] + numeric[:at_once]
    if first:
        yield first
    for start in range(at_once, len(numeric), at_once):
        yield numeric[start : start + at_once]
