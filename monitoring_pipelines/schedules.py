"""One schedule a model: the day before, and the days that were missed."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg

from assets.keys import REFERENCE, daily_steps
from assets.partitions import batches_name
from monitoring.partitions import contiguous
from monitoring.spec.model import MonitorSpec
from monitoring.windows import DAY, days_between, midnight
from monitoring_pipelines.jobs import MODEL_TAG, PARTITION_TAG, days_request, job_name, keys_of
from resources.journal import OUTCOMES, TABLE, Journal
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
            yield from _missed_days(journal, context.scheduled_execution_time)

    return tick


def _missed_days(journal: Journal, now: datetime) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """
    Yield a request for yesterday and, with it or apart, for the days that were missed.

    After the last day of a monitor only what was missed is left to do.
    """
    spec = journal.spec
    yesterday = now.date() - DAY
    start = spec.start or yesterday
    if yesterday < start:
        yield dg.SkipReason(f"{spec.model} is monitored from {start} on.")
        return
    last = yesterday if spec.end is None else min(yesterday, spec.end)
    done = _done(journal)
    first = max(start, yesterday - CATCH_UP, min(done, default=last))
    wanted = {day for day in days_between(first, last + DAY) if day not in done}
    if last == yesterday:
        wanted.add(yesterday)
    if not wanted:
        yield dg.SkipReason(f"{spec.model} is monitored up to {spec.end}.")
    steps = steps_to_run(journal)
    for span in contiguous(wanted):
        yield days_request(spec, steps, span, run_key=f"{spec.model}:{span[0]}:{span[1]}")


def _done(journal: Journal) -> set[date]:
    """
    Return the days that were read to their end by every step that reads rows.

    A day that was read before it was over has but a part of its rows, and is not done.
    """
    kinds = (TABLE,) if journal.spec.actuals is None else (TABLE, OUTCOMES)
    read = [
        {
            day
            for key, record in journal.seen(kind).items()
            if record.as_of >= midnight((day := date.fromisoformat(key)) + DAY)
        }
        for kind in kinds
    ]

    return set.intersection(*read)


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
    # Where the reference is still to be built, one run builds it, and the next tick does the rest.
    steps = steps_to_run(journal)
    for batch in new if journal.has_reference() else new[:1]:
        yield dg.RunRequest(
            run_key=_batch_key(instance, spec.model, batch),
            job_name=job_name(spec.model),
            asset_selection=keys_of(spec, steps),
            partition_key=batch,
        )


def _batch_key(instance: dg.DagsterInstance, model: str, batch: str) -> str:
    """Return the key of the next attempt: Dagster starts no second run of a key."""
    failed = dg.RunsFilter(
        tags={MODEL_TAG: model, PARTITION_TAG: batch},
        statuses=[dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED],
    )
    attempts = instance.get_runs_count(failed)

    return f"{model}:{batch}:{attempts + 1}" if attempts else f"{model}:{batch}"


def steps_to_run(journal: Journal) -> list[str]:
    """Return the daily steps, after the reference where none was built yet."""
    steps = list(daily_steps(journal.spec))

    return steps if journal.has_reference() else [REFERENCE, *steps]
