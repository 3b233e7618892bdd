"""One schedule a model: the day before, and the days that were missed."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg

from assets.keys import REFERENCE, daily_steps
from assets.partitions import batches_name
from monitoring.spec.model import MonitorSpec
from monitoring.windows import DAY
from monitoring_pipelines.jobs import days_request, job_name, keys_of
from resources.journal import TABLE, Journal
from resources.results.store import ResultsStore
from resources.warehouse.query import PARTITION, Query
from resources.warehouse.warehouse import Warehouse, read_table

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import (
        UnresolvedAssetJobDefinition,
    )

#: How many missed days a tick makes up for; more are a backfill that a person starts.
CATCH_UP = timedelta(days=31)


def build_schedule(spec: MonitorSpec, job: "UnresolvedAssetJobDefinition") -> dg.ScheduleDefinition:
    """Return the schedule of *spec*, on by default."""

    @dg.schedule(
        name=f"{job_name(spec.model)}_schedule",
        job=job,
        cron_schedule=spec.schedule,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Computes the day before, and what was missed, of {spec.model}.",
    )
    def tick(
        context: dg.ScheduleEvaluationContext,
        warehouse: dg.ResourceParam[Warehouse],
        results: dg.ResourceParam[ResultsStore],
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        journal = Journal(spec, results)
        if spec.by_batch:
            yield from _new_batches(context.instance, journal, warehouse)
        else:
            yield _missed_days(journal, context.scheduled_execution_time)

    return tick


def _missed_days(journal: Journal, now: datetime) -> dg.RunRequest | dg.SkipReason:
    spec = journal.spec
    yesterday = now.date() - DAY
    start = spec.start or yesterday
    if yesterday < start:
        return dg.SkipReason(f"{spec.model} is monitored from {start} on.")
    if spec.end is not None and yesterday > spec.end:
        return dg.SkipReason(f"{spec.model} is monitored up to {spec.end}.")
    seen = [date.fromisoformat(key) for key in journal.seen(TABLE)]
    next_day = max(seen, default=yesterday - DAY) + DAY
    first = min(max(next_day, yesterday - CATCH_UP, start), yesterday)

    return days_request(
        spec, steps_to_run(journal), (first, yesterday), run_key=f"{spec.model}:{first}:{yesterday}"
    )


def _new_batches(
    instance: dg.DagsterInstance, journal: Journal, warehouse: Warehouse
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    spec = journal.spec
    found = read_table(warehouse, Query(spec, warehouse).batches())[PARTITION].to_pylist()
    seen = journal.seen(TABLE)
    new = [str(batch) for batch in found if batch is not None and str(batch) not in seen]
    if not new:
        yield dg.SkipReason(f"{spec.predictions.table} has no new batch of {spec.model}.")
    instance.add_dynamic_partitions(batches_name(spec.model), new)
    for batch in new:
        yield dg.RunRequest(
            run_key=f"{spec.model}:{batch}",
            asset_selection=keys_of(spec, steps_to_run(journal)),
            partition_key=batch,
        )


def steps_to_run(journal: Journal) -> list[str]:
    """Return the daily steps, after the reference where none was built yet."""
    steps = list(daily_steps(journal.spec))

    return steps if journal.has_reference() else [REFERENCE, *steps]
