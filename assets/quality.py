"""The asset that runs the Great Expectations suite on a day before anything else trusts it."""

from collections.abc import Iterator

import dagster as dg

from assets.keys import PREDICTIONS, QUALITY, owners_of, step_key
from assets.metadata import show
from assets.partitions import batches_of, partitions_of, partitions_of_run
from assets.quality_report import (
    quality_check_specs,
    quality_checks,
    quality_metadata,
    single_checks,
)
from monitoring.alerting.incident import Cause
from monitoring.measures.judging import Stamp
from monitoring.quality.verdict import quality_measurements, window_of
from monitoring.spec.model import MonitorSpec
from resources.clock import Clock
from resources.data_docs import write_data_docs
from resources.expectations import Validator
from resources.incidents import Incidents
from resources.journal import TABLE, Journal
from resources.quality_runner import QualityRun
from resources.quality_suites import current_suite, generated_suite
from resources.results.store import ResultsStore
from resources.warehouse.query import Query
from resources.warehouse.warehouse import Warehouse


def build_quality(spec: MonitorSpec) -> dg.AssetsDefinition:
    """Return the asset that says whether the rows of a day are fit to be measured."""
    singles = single_checks(spec)

    @dg.asset(
        key=step_key(spec.model, QUALITY),
        group_name=spec.model,
        owners=owners_of(spec),
        kinds={"great_expectations"},
        partitions_def=partitions_of(spec),
        backfill_policy=dg.BackfillPolicy.single_run(),
        deps=[step_key(spec.model, PREDICTIONS)],
        check_specs=quality_check_specs(spec, singles),
    )
    def quality(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        results: dg.ResourceParam[ResultsStore],
        validator: dg.ResourceParam[Validator],
        clock: dg.ResourceParam[Clock],
    ) -> Iterator[dg.MaterializeResult[None]]:
        """Great Expectations on the day's predictions, one check per family."""
        partitions, journal = partitions_of_run(context, spec), Journal(spec, results)
        now, batches = clock.now(), batches_of(context, spec)
        generated = generated_suite(spec, journal.reference(partitions.keys))
        suite = current_suite(spec, generated, home=validator.home)
        seen = journal.seen(TABLE, by=now)
        run = QualityRun(Query(spec, warehouse), validator, suite, seen, now)
        days = run.validate(partitions)
        stamp = Stamp(spec.model, now, context.run.run_id)
        measurements = quality_measurements(
            days, block_on=spec.quality.block_on, by_batch=spec.by_batch, stamp=stamp
        )
        windows = [window_of(key, by_batch=spec.by_batch) for key in partitions.keys]
        journal.save_measurements(QUALITY, windows, measurements)
        incidents = Incidents(spec, results, Cause.QUALITY)
        incidents.refresh(as_of=now, run_id=context.run.run_id, batches=batches)
        pages = write_data_docs(spec, days, home=validator.home)
        show(context, {key: quality_metadata(days[key], suite, pages.get(key)) for key in days})

        yield dg.MaterializeResult(check_results=quality_checks(list(days.values()), singles))

    return quality
