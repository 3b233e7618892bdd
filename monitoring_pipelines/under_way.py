"""The days that runs which have not ended yet will read, so that nobody asks for them twice."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import dagster as dg

from monitoring.windows import DAY, days_between
from monitoring_pipelines.jobs import MODEL_TAG, span_of

#: A run that began longer ago may have died without a word: its days are asked for again.
LONGEST = timedelta(hours=6)

# A run that was made and not yet handed over is none of them: a repeated request hands it over.
_UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


def runs_under_way(instance: dg.DagsterInstance, *, now: datetime) -> Sequence[dg.DagsterRun]:
    """Return the runs that are queued, or began within the last hours and have not ended."""
    records = instance.get_run_records(dg.RunsFilter(statuses=_UNDER_WAY))

    return [record.dagster_run for record in records if _alive(record, now)]


def days_under_way(runs: Iterable[dg.DagsterRun], model: str) -> frozenset[date]:
    """Return the days of *model* that *runs* compute."""
    found: set[date] = set()
    for run in runs:
        span = span_of(run)
        if span is not None and run.tags.get(MODEL_TAG) == model:
            first, last = map(date.fromisoformat, span)
            found.update(days_between(first, last + DAY))

    return frozenset(found)


def _alive(record: dg.RunRecord, now: datetime) -> bool:
    return (
        record.start_time is None or now.timestamp() - record.start_time < LONGEST.total_seconds()
    )
