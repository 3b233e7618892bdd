"""The asset that measures how far the latest windows are from the reference."""

from collections.abc import Iterator

import dagster as dg

from assets.checks import drift_check_specs, drift_checks
from assets.keys import DRIFT, PREDICTIONS, QUALITY, owners_of, step_key
from assets.metadata import DRIFT_HEADLINES, show, windows_metadata
from assets.partitions import batches_of, partitions_of, partitions_of_run
from monitoring.alerting.incident import Cause
from monitoring.measures.judging import Stamp, measure_windows
from monitoring.profile.table import TableProfile
from monitoring.spec.model import MonitorSpec
from resources.clock import Clock
from resources.incidents import Incidents
from resources.journal import TABLE, Journal
from resources.results.store import ResultsStore
from resources.trailing import Trailing


def build_drift(spec: MonitorSpec) -> dg.AssetsDefinition:
    """Return the asset that compares stored profiles with the reference; it reads no rows."""

    @dg.asset(
        key=step_key(spec.model, DRIFT),
        group_name=spec.model,
        owners=owners_of(spec),
        kinds={"python"},
        partitions_def=partitions_of(spec),
        backfill_policy=dg.BackfillPolicy.single_run(),
        deps=[step_key(spec.model, PREDICTIONS), step_key(spec.model, QUALITY)],
        check_specs=drift_check_specs(spec),
    )
    def drift(
        context: dg.AssetExecutionContext,
        results: dg.ResourceParam[ResultsStore],
        clock: dg.ResourceParam[Clock],
    ) -> Iterator[dg.MaterializeResult[None]]:
        """How far features, scores and predictions are from the reference."""
        partitions, journal = partitions_of_run(context, spec), Journal(spec, results)
        now, batches = clock.now(), batches_of(context, spec)
        reference = journal.reference(partitions.keys)
        windows, known, blocked = journal.windows(
            partitions, spec.windows.drift, TABLE, layout=reference.layout.fingerprint, by=now
        )
        profiles = journal.table_profiles(known, layout=reference.layout)
        measurements = measure_windows(
            profiles,
            windows,
            reference.drift,
            empty=TableProfile.empty(reference.layout),
            book=reference.thresholds,
            blocked=blocked,
            stamp=Stamp(spec.model, now, context.run.run_id),
        )
        measurements = Trailing(spec, results, DRIFT).judged(measurements)
        journal.save_measurements(DRIFT, windows, measurements)
        incidents = Incidents(spec, results, Cause.DRIFT)
        incidents.refresh(as_of=now, run_id=context.run.run_id, batches=batches)
        show(context, windows_metadata(measurements, partitions, headlines=DRIFT_HEADLINES))

        yield dg.MaterializeResult(check_results=drift_checks(spec, measurements))

    return drift
