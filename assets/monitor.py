"""One monitor file in, the graph of one model out."""

import warnings
from collections.abc import Sequence

import dagster as dg

from assets.actuals import build_actuals
from assets.drift import build_drift
from assets.estimation import build_estimated_performance
from assets.keys import table_key
from assets.loss_estimation import build_estimated_losses
from assets.performance import build_performance
from assets.predictions import build_predictions
from assets.quality import build_quality
from assets.reference import build_reference
from assets.retraining import build_retraining
from monitoring.spec.model import MonitorSpec, Task


def build_monitor(spec: MonitorSpec) -> Sequence[dg.AssetsDefinition]:
    """Return the steps of *spec*; without actuals there is neither performance nor retraining."""
    with warnings.catch_warnings():
        # Single-run backfills are marked beta; what they do for us is tested.
        warnings.simplefilter("ignore", dg.BetaWarning)
        steps = [
            build_reference(spec),
            build_predictions(spec),
            build_quality(spec),
            build_drift(spec),
        ]
        if spec.actuals is not None:
            steps += [
                build_actuals(spec, spec.actuals),
                build_performance(spec, spec.actuals),
                build_estimated_losses(spec)
                if spec.task is Task.REGRESSION
                else build_estimated_performance(spec),
            ]
        if spec.retraining is not None:
            steps += build_retraining(spec, spec.retraining)

    return steps


def build_tables(specs: Sequence[MonitorSpec]) -> Sequence[dg.AssetSpec]:
    """Return the tables of the warehouse on which *specs* stand, each once, for the lineage."""
    tables: dict[dg.AssetKey, dg.AssetSpec] = {}
    for spec in specs:
        for table, role in _tables_of(spec):
            key = table_key(table)
            tables.setdefault(
                key,
                dg.AssetSpec(
                    key,
                    group_name="tables",
                    kinds={"table"},
                    description=f"{role} of {spec.model}: {table}",
                ),
            )

    return list(tables.values())


def _tables_of(spec: MonitorSpec) -> list[tuple[str, str]]:
    tables = [(spec.predictions.table, "Predictions")]
    if spec.predictions.shadow is not None:
        tables.append((spec.predictions.shadow, "Shadow predictions"))
    if spec.actuals is not None:
        tables.append((spec.actuals.table, "Actuals"))
    if spec.reference.table is not None:
        tables.append((spec.reference.table, "Reference"))

    return tables
