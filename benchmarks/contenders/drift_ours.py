"""Ours: from two Parquet files, through DuckDB and profiles, to every drift measure."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import sqlalchemy as sa

from monitoring.profile.collecting import merged
from monitoring.profile.layout import infer_type
from monitoring.profile.table import TableProfile
from monitoring.reference import table_measures
from resources.reference_columns import count_rows, learn_columns
from resources.warehouse.duckdb import DuckDBWarehouse


def main(folder: Path) -> None:
    """Measure *folder*'s current rows against its reference."""
    started = time.process_time()
    warehouse = DuckDBWarehouse()
    tables = [str(folder / f"{name}.parquet") for name in ("reference", "current")]
    types = {
        field.name: infer_type(field.type, column=field.name)
        for field in warehouse.schema(tables[0])
    }
    statements = [sa.select(*warehouse.relation(table).c) for table in tables]
    rows = count_rows(warehouse, statements[0])
    layout = learn_columns(warehouse, statements[0], types, rows=rows).layout
    reference, current = (
        merged(
            (TableProfile.of(batch, layout) for batch in warehouse.stream(statement)),
            empty=TableProfile.empty(layout),
        )
        for statement in statements
    )
    measures = table_measures(reference, current)

    what = f"{len(measures)} measures of {len(types)} columns: all drift metrics, with intervals"
    print(json.dumps({"what": what, "start": started}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
