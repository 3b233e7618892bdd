"""What a check of monitor files asks of the warehouse: schemas, and a few facts from samples."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from monitoring.errors import WarehouseError
from monitoring.spec.check import Tables
from monitoring.spec.facts import TableFacts
from monitoring.spec.model import MonitorSpec
from monitoring.spec.needs import reference_table, table_fields
from resources.warehouse.warehouse import Warehouse, read_table

#: Rows that are looked at for repeated ids and different labels.
SAMPLE_ROWS = 100_000

_MOST_LABELS = 50


def describe_tables(spec: MonitorSpec, warehouse: Warehouse) -> Tables:
    """Return the schema of every table that *spec* names, or why it cannot be read."""
    tables: dict[str, pa.Schema | str] = {}
    for table in {*table_fields(spec).values(), reference_table(spec)}:
        try:
            tables[table] = warehouse.schema(table)
        except WarehouseError as error:
            tables[table] = str(error)

    return tables


def find_facts(spec: MonitorSpec, warehouse: Warehouse, tables: Tables) -> dict[str, TableFacts]:
    """Return what a few cheap queries say of the tables that could be described."""
    facts: dict[str, TableFacts] = {}
    readable = {table for table, schema in tables.items() if not isinstance(schema, str)}
    if reference_table(spec) in readable:
        facts[reference_table(spec)] = _labels(spec, warehouse)
    if spec.predictions.table in readable and spec.reference.table is not None:
        facts[spec.predictions.table] = _ids_and_times(
            warehouse, spec.predictions.table, spec.predictions.id, spec.predictions.timestamp
        )
    if spec.actuals is not None and spec.actuals.table in readable:
        actuals = spec.actuals
        facts[actuals.table] = _times(warehouse, actuals.table, actuals.timestamp)

    return facts


def _labels(spec: MonitorSpec, warehouse: Warehouse) -> TableFacts:
    rows = warehouse.relation(reference_table(spec))
    label = spec.reference.label
    if label is None or label not in rows.c:
        return TableFacts(rows=_count(warehouse, rows))
    counted = sa.select(
        sa.func.count().label("rows"), sa.func.count(rows.c[label]).label("labelled")
    )
    found = read_table(warehouse, counted.select_from(rows)).to_pylist()[0]
    labels = sa.select(rows.c[label].label("label")).distinct().limit(_MOST_LABELS)
    found_labels = read_table(warehouse, labels.where(rows.c[label].is_not(None)))
    values = [value for value in found_labels["label"].to_pylist() if value is not None]

    return TableFacts(
        rows=int(found["rows"]), labelled_rows=int(found["labelled"]), labels=tuple(values)
    )


def _ids_and_times(
    warehouse: Warehouse, table: str, identity: str, timestamp: str | None
) -> TableFacts:
    rows = warehouse.relation(table)
    times = _times(warehouse, table, timestamp)
    if identity not in rows.c:
        return times
    sample = sa.select(rows.c[identity].label("id")).limit(SAMPLE_ROWS).subquery()
    counted = sa.select(
        sa.func.count().label("rows"),
        sa.func.count(sample.c.id).label("present"),
        sa.func.count(sa.distinct(sample.c.id)).label("different"),
    ).select_from(sample)
    found = read_table(warehouse, counted).to_pylist()[0]

    return TableFacts(
        rows=times.rows,
        first=times.first,
        last=times.last,
        sampled_ids=int(found["rows"]),
        missing_ids=int(found["rows"]) - int(found["present"]),
        repeated_ids=int(found["present"]) - int(found["different"]),
    )


def _times(warehouse: Warehouse, table: str, timestamp: str | None) -> TableFacts:
    rows = warehouse.relation(table)
    if timestamp is None or timestamp not in rows.c:
        return TableFacts(rows=_count(warehouse, rows))
    bounds = sa.select(
        sa.func.count().label("rows"),
        sa.func.min(rows.c[timestamp]).label("first"),
        sa.func.max(rows.c[timestamp]).label("last"),
    )
    found = read_table(warehouse, bounds.select_from(rows))

    return TableFacts(
        rows=int(found["rows"][0].as_py()),
        first=_moment(found["first"][0]),
        last=_moment(found["last"][0]),
    )


def _count(warehouse: Warehouse, rows: sa.FromClause) -> int:
    statement = sa.select(sa.func.count().label("rows")).select_from(rows)

    return int(read_table(warehouse, statement)["rows"][0].as_py())


def _moment(found: "pa.Scalar[Any]") -> datetime | None:
    try:
        value = found.as_py()
    except (OverflowError, ValueError):
        # Infinity, and years that no calendar of Python's has.
        return None
    if not isinstance(value, datetime):
        return None

    return value.replace(tzinfo=UTC) if value.tzinfo is None else value
