"""The asset that learns what is normal: layouts, profiles, thresholds and the quality suite."""

import dagster as dg

from assets.keys import REFERENCE, owners_of, step_key, table_key
from assets.metadata import reference_metadata
from monitoring.errors import TrainingError
from monitoring.spec.model import MonitorSpec, Task
from resources.clock import Clock
from resources.journal import Journal
from resources.loss_estimation import LossEstimation
from resources.reference_basis import basis_of, known_columns
from resources.reference_builder import build_reference_of
from resources.reference_history import ReferenceHistory, fixed_thresholds
from resources.results.store import ResultsStore
from resources.warehouse.query import Query
from resources.warehouse.warehouse import Warehouse


def build_reference(spec: MonitorSpec) -> dg.AssetsDefinition:
    """Return the unpartitioned asset on which every other step of *spec* stands."""

    @dg.asset(
        key=step_key(spec.model, REFERENCE),
        group_name=spec.model,
        owners=owners_of(spec),
        kinds={"python", "great_expectations"},
        deps=[table_key(spec.reference.table or spec.predictions.table)],
    )
    def reference(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        results: dg.ResourceParam[ResultsStore],
        clock: dg.ResourceParam[Clock],
    ) -> dg.MaterializeResult[None]:
        """What is normal: bins, profiles, calibrated thresholds and expectations."""
        now, basis = clock.now(), basis_of(spec, results)
        query, known = basis.query(spec, warehouse), known_columns(Query(spec, warehouse), basis)
        built = build_reference_of(query, as_of=now, fixed=fixed_thresholds(spec), known=known)
        ReferenceHistory(spec, results).save(built, basis, built_at=now, run_id=context.run.run_id)
        if spec.task is Task.REGRESSION and spec.actuals is not None:
            try:
                losses = LossEstimation(query, Journal(spec, results))
                losses.learn(reference=built.fingerprint, as_of=now)
            except TrainingError as error:
                context.log.warning("%s: no estimates before labels: %s", spec.model, error)

        return dg.MaterializeResult(metadata=reference_metadata(built, basis))

    return reference
