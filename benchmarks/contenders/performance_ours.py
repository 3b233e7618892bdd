"""Ours: predictions joined with labels by DuckDB, outcome profiles of days, every measure."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from monitoring.measures.performance import performance_measures
from monitoring.partitions import Partitions
from monitoring.profile.outcomes.outcomes import empty_outcomes, outcome_layout, outcomes_of
from monitoring.spec.model import MonitorSpec
from resources.warehouse.collecting import collect_from
from resources.warehouse.duckdb import DuckDBWarehouse
from resources.warehouse.query import Query, group_keys
from resources.warehouse.session import session_of
from resources.warehouse.warehouse import read_compact

START = datetime(2026, 1, 1, tzinfo=UTC)


def monitor(folder: Path) -> MonitorSpec:
    """Return a monitor of *folder*'s tables."""
    return MonitorSpec.model_validate(
        {
            "model": "benchmark",
            "task": "binary_classification",
            "start": START.date(),
            "predictions": {
                "table": str(folder / "predictions.parquet"),
                "id": "prediction_id",
                "timestamp": "predicted_at",
                "prediction": "predicted_label",
                "score": "probability",
            },
            "positive_class": 1,
            "actuals": {
                "table": str(folder / "actuals.parquet"),
                "id": "prediction_id",
                "label": "label",
                "timestamp": "recorded_at",
            },
            "reference": {"table": str(folder / "reference.parquet"), "label": "label"},
        }
    )


def main(folder: Path, days: int) -> None:
    """Measure each of *days*."""
    started = time.process_time()
    spec, warehouse = monitor(folder), DuckDBWarehouse()
    now = START + timedelta(days=days + 10)
    keys = [(START + timedelta(days=day)).date().isoformat() for day in range(days)]
    partitions = Partitions(tuple(keys))
    with session_of(warehouse):
        query = Query(spec, warehouse)
        reference = read_compact(warehouse, query.reference_outcomes(as_of=now))
        layout = outcome_layout(spec.task, reference, positive_class=spec.positive_class)
        outcomes = collect_from(
            warehouse,
            query.outcomes(partitions, as_of=now),
            group_keys(spec),
            partial(outcomes_of, layout=layout),
            empty=empty_outcomes(layout),
            partitions=partitions.keys,
        )
    measures = [performance_measures(day) for day in outcomes.values()]
    labelled = sum(day.labelled for day in outcomes.values())

    what = f"{len(measures)} days, {labelled:,} labels: {len(measures[0])} metrics with intervals"
    print(json.dumps({"what": what, "start": started}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
