"""The asset that estimates a regression's performance before its labels are known."""

import dagster as dg

from assets.keys import ESTIMATED_PERFORMANCE, PREDICTIONS, QUALITY, owners_of, step_key
from assets.metadata import ESTIMATED_HEADLINES, show, windows_metadata
from assets.partitions import partitions_of, partitions_of_run
from monitoring.labels.groups import mark_small_groups
from monitoring.measures.direct_loss import estimated_loss_measures, no_losses
from monitoring.measures.judging import Stamp, measure_windows
from monitoring.spec.model import MonitorSpec
from resources.clock import Clock
from resources.journal import TABLE, Journal
from resources.loss_estimation import LossEstimation
from resources.results.store import ResultsStore
from resources.warehouse.query import Query
from resources.warehouse.warehouse import Warehouse


def build_estimated_losses(spec: MonitorSpec) -> dg.AssetsDefinition:
    """Return the asset that estimates losses from features (DLE); it reads each row once."""

    @dg.asset(
        key=step_key(spec.model, ESTIMATED_PERFORMANCE),
        group_name=spec.model,
        owners=owners_of(spec),
        kinds={"python", "scikitlearn"},
        partitions_def=partitions_of(spec),
        backfill_policy=dg.BackfillPolicy.single_run(),
        deps=[step_key(spec.model, PREDICTIONS), step_key(spec.model, QUALITY)],
    )
    def estimated_performance(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        results: dg.ResourceParam[ResultsStore],
        clock: dg.ResourceParam[Clock],
    ) -> dg.MaterializeResult[None]:
        """How large the errors should be, by the features alone."""
        partitions, journal = partitions_of_run(context, spec), Journal(spec, results)
        estimation, now = LossEstimation(Query(spec, warehouse), journal), clock.now()
        reference = journal.reference(partitions.keys)
        model = estimation.model(reference=reference.fingerprint)
        if model is None:
            context.log.warning("%s: the reference gave no loss model to estimate by.", spec.model)
            return dg.MaterializeResult()
        estimation.collect(model, partitions, reference=reference, as_of=now)
        windows, known, blocked = journal.windows(
            partitions, spec.windows.performance, TABLE, by=now
        )
        measurements = measure_windows(
            estimation.expected(model, known),
            windows,
            lambda losses: estimated_loss_measures(losses, model),
            empty=no_losses(model),
            book=reference.thresholds,
            blocked=blocked,
            stamp=Stamp(spec.model, now, context.run.run_id),
        )
        measurements = mark_small_groups(measurements)
        journal.save_measurements(ESTIMATED_PERFORMANCE, windows, measurements)
        show(context, windows_metadata(measurements, partitions, headlines=ESTIMATED_HEADLINES))

        return dg.MaterializeResult()

    return estimated_performance
