"""The asset that measures how well the model did, on the labels known so far."""

from collections.abc import Iterator
from functools import partial

import dagster as dg

from assets.checks import performance_check_specs, performance_checks
from assets.keys import ACTUALS, PERFORMANCE, QUALITY, owners_of, step_key
from assets.metadata import PERFORMANCE_HEADLINES, show, windows_metadata
from assets.partitions import batches_of, partitions_of, partitions_of_run
from monitoring.alerting.incident import Cause
from monitoring.labels import mature_only
from monitoring.measures.judging import Stamp, measure_windows
from monitoring.measures.spans import partitions_in, windows_to_compute
from monitoring.profile.grouping import whole_rows, without
from monitoring.profile.outcomes.outcomes import empty_outcomes
from monitoring.spec.model import ActualsSpec, MonitorSpec
from resources.clock import Clock
from resources.incidents import Incidents
from resources.journal import OUTCOMES, Journal
from resources.results.store import ResultsStore


def build_performance(spec: MonitorSpec, actuals_spec: ActualsSpec) -> dg.AssetsDefinition:
    """Return the asset that computes performance from stored outcomes; it reads no rows."""

    @dg.asset(
        key=step_key(spec.model, PERFORMANCE),
        group_name=spec.model,
        owners=owners_of(spec),
        kinds={"python"},
        partitions_def=partitions_of(spec),
        backfill_policy=dg.BackfillPolicy.single_run(),
        deps=[step_key(spec.model, ACTUALS), step_key(spec.model, QUALITY)],
        check_specs=performance_check_specs(spec),
    )
    def performance(
        context: dg.AssetExecutionContext,
        results: dg.ResourceParam[ResultsStore],
        clock: dg.ResourceParam[Clock],
    ) -> Iterator[dg.MaterializeResult[None]]:
        """How well the model did: metrics with intervals and label coverage."""
        partitions, journal = partitions_of_run(context, spec), Journal(spec, results)
        now, batches = clock.now(), batches_of(context, spec)
        reference = journal.reference()
        layout = reference.labelled_layout()
        seen = journal.seen(OUTCOMES, layout=layout.fingerprint)
        windows = windows_to_compute(
            partitions, spec.windows.performance, start=spec.start, seen=seen
        )
        outcomes = journal.outcomes(partitions_in(windows), reference=reference)
        measured = partial(
            measure_windows,
            windows=windows,
            empty=empty_outcomes(layout),
            book=reference.thresholds,
            stamp=Stamp(spec.model, now, context.run.run_id),
        )
        usable = without(outcomes, journal.blocked())
        measurements = [
            *measured(usable, measures_of=reference.performance),
            *measured(whole_rows(usable), measures_of=reference.estimation_error),
        ]
        judged = mature_only(measurements, delay=actuals_spec.delay, as_of=now)
        journal.save_measurements(PERFORMANCE, windows, judged)
        incidents = Incidents(spec, results, Cause.PERFORMANCE)
        incidents.refresh(as_of=now, run_id=context.run.run_id, batches=batches)
        show(context, windows_metadata(judged, partitions, headlines=PERFORMANCE_HEADLINES))

        yield dg.MaterializeResult(check_results=performance_checks(spec, judged))

    return performance
