"""The asset that estimates how well the model does before its labels are known."""

from functools import partial

import dagster as dg

from assets.keys import ACTUALS, ESTIMATED_PERFORMANCE, QUALITY, owners_of, step_key
from assets.metadata import ESTIMATED_HEADLINES, show, windows_metadata
from assets.partitions import partitions_of, partitions_of_run
from monitoring.labels.groups import mark_small_groups
from monitoring.labels.measures import estimates_of
from monitoring.labels.rows import PlacedOutcomes, placed
from monitoring.measures.judging import Stamp, measure_windows
from monitoring.profile.outcomes.outcomes import empty_outcomes
from monitoring.spec.model import MonitorSpec
from resources.clock import Clock
from resources.journal import OUTCOMES, Journal
from resources.results.store import ResultsStore


def build_estimated_performance(spec: MonitorSpec) -> dg.AssetsDefinition:
    """Return the asset that estimates performance from scores (CBPE); it reads no rows."""

    @dg.asset(
        key=step_key(spec.model, ESTIMATED_PERFORMANCE),
        group_name=spec.model,
        owners=owners_of(spec),
        kinds={"python"},
        partitions_def=partitions_of(spec),
        backfill_policy=dg.BackfillPolicy.single_run(),
        deps=[step_key(spec.model, ACTUALS), step_key(spec.model, QUALITY)],
    )
    def estimated_performance(
        context: dg.AssetExecutionContext,
        results: dg.ResourceParam[ResultsStore],
        clock: dg.ResourceParam[Clock],
    ) -> dg.MaterializeResult[None]:
        """How well the model should do, by its scores alone, and how wrong that was."""
        partitions, journal = partitions_of_run(context, spec), Journal(spec, results)
        now = clock.now()
        reference = journal.reference(partitions.keys)
        layout = reference.labelled_layout()
        windows, known, blocked = journal.windows(
            partitions, spec.windows.performance, OUTCOMES, layout=layout.fingerprint, by=now
        )
        outcomes = journal.outcomes(known, reference=reference)
        measurements = measure_windows(
            placed(outcomes),
            windows,
            partial(estimates_of, reference=reference),
            empty=PlacedOutcomes(empty_outcomes(layout)),
            book=reference.thresholds,
            blocked=blocked,
            stamp=Stamp(spec.model, now, context.run.run_id),
        )
        measurements = mark_small_groups(measurements)
        journal.save_measurements(ESTIMATED_PERFORMANCE, windows, measurements)
        found = windows_metadata(measurements, partitions, headlines=ESTIMATED_HEADLINES)
        show(context, found)

        return dg.MaterializeResult()

    return estimated_performance
