"""The sensor that recomputes exactly the days that new labels touch."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING

import dagster as dg

from assets.keys import LABEL_STEPS
from monitoring.errors import MonitorError
from monitoring.labels.arrivals import (
    OVERLAP,
    RECOUNT_EVERY,
    RECOUNTED,
    Arrivals,
    Watch,
    days_to_recompute,
)
from monitoring.labels.maturity import oldest_unsettled
from monitoring.labels.times import instants
from monitoring.partitions import contiguous, split_at
from monitoring.spec.model import MonitorSpec
from monitoring_pipelines.jobs import days_request, reference_starts
from monitoring_pipelines.under_way import days_under_way, runs_under_way
from resources.clock import Clock
from resources.journal import OUTCOMES, Journal
from resources.label_history import stored_maturity
from resources.results.store import ResultsStore
from resources.warehouse.labels_there import labels_there
from resources.warehouse.latest_labels import RECORDED_AT
from resources.warehouse.query import COUNTED, PARTITION, RECENT, Query
from resources.warehouse.warehouse import Warehouse, read_table

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import (
        UnresolvedAssetJobDefinition,
    )

#: What the frequent look at new labels remembers, and the daily one that counts older ones again.
ARRIVALS, RECOUNT = "label_arrivals", "label_recount"

#: More days than this wait for the next tick, the oldest go first.
MOST_DAYS = 62


def build_label_arrivals(
    specs: Sequence[MonitorSpec], jobs: Sequence["UnresolvedAssetJobDefinition"]
) -> dg.SensorDefinition:
    """Return the sensor for all *specs* whose labels come with a time."""

    @dg.sensor(
        name="label_arrivals",
        jobs=list(jobs),
        minimum_interval_seconds=300,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Recomputes the days that new, revised or newly mature labels touch.",
    )
    def label_arrivals(
        context: dg.SensorEvaluationContext,
        warehouse: dg.ResourceParam[Warehouse],
        results: dg.ResourceParam[ResultsStore],
        clock: dg.ResourceParam[Clock],
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        requests: list[dg.RunRequest] = []
        problems: list[str] = []
        runs = runs_under_way(context.instance, now=clock.now())
        for spec in specs:
            busy = days_under_way(runs, spec.model)
            try:
                requests += _requests(Journal(spec, results), warehouse, busy, now=clock.now())
            except MonitorError as error:
                context.log.warning("%s: %s", spec.model, error)
                problems.append(spec.model)
        yield from requests
        if not requests:
            unread = f"; could not read the labels of {', '.join(problems)}" if problems else ""
            yield dg.SkipReason(f"No new labels for {len(specs)} models{unread}.")

    return label_arrivals


def _requests(
    journal: Journal, warehouse: Warehouse, busy: Collection[date], *, now: datetime
) -> list[dg.RunRequest]:
    """
    Return the requests for one model: runs of exactly the touched days.

    A single-run range materializes all days between its ends, so a day that no label touched ends
    a run. A day waits until it was read, so that a request whose run fails is found again; those
    that are *busy* are left to their run, and asked for when it has ended and has not read them.
    """
    spec = journal.spec
    read_at = {
        date.fromisoformat(key): record.as_of for key, record in journal.seen(OUTCOMES).items()
    }
    if spec.actuals is None or not read_at:
        return []
    arrivals = {
        **_pending(journal, warehouse, read_at, name=RECOUNT, now=now),
        **_pending(journal, warehouse, read_at, name=ARRIVALS, now=now),
    }
    since = oldest_unsettled(read_at, delay=spec.actuals.delay)
    maturity = stored_maturity(journal, spec.actuals, since=since, by=now)
    touched = days_to_recompute(arrivals, read_at, maturity=maturity, now=now)[:MOST_DAYS]
    days = [day for day in touched if day not in busy]

    return [
        days_request(spec, LABEL_STEPS, span, run_key=_run_key(spec.model, span, arrivals, now))
        for span in split_at(contiguous(days), reference_starts(journal))
    ]


def _run_key(
    model: str, span: tuple[date, date], arrivals: Mapping[date, datetime], now: datetime
) -> str:
    """
    Name a request by what happened: the last label that came for its days, or their age.

    Dagster starts one run for a key, however it ends; with the hour in it, one that failed is
    started again. Days of a run that has not ended are not asked for, whatever the hour.
    """
    came = [arrived for day, arrived in arrivals.items() if span[0] <= day <= span[1]]
    what = f"{max(came):%Y%m%dT%H%M%S}" if came else "mature"

    return f"{model}:labels:{span[0]}:{span[1]}:{what}:{now:%Y%m%dT%H}"


def _pending(
    journal: Journal,
    warehouse: Warehouse,
    read_at: Mapping[date, datetime],
    *,
    name: str,
    now: datetime,
) -> Mapping[date, datetime]:
    """Look at the labels, remember what was seen, and return the days that wait, since when."""
    model = journal.spec.model
    before = Watch.decode(journal.store.watermark(model, name))
    if name == ARRIVALS:
        # What was recorded before any day was read has been read.
        since = before.since(OVERLAP) or min(read_at.values()) - OVERLAP
        look = partial(_arrivals, since=since, until=now, recent_from=now - OVERLAP)
    elif before.at is None or now - before.at >= RECOUNT_EVERY:
        recent = now - RECOUNTED
        since = before.since(RECOUNTED) or recent
        look = partial(
            _arrivals, since=since, until=now, recent_from=recent, counted_until=before.at
        )
        if journal.spec.actuals is not None and journal.spec.actuals.timestamp is None:
            look = partial(_labels_there, since=since, recent_from=recent)
    else:
        return before.settled(read_at).pending
    watch = before.after(look(journal.spec, warehouse), now=now).settled(read_at)
    with journal.store.transaction() as transaction:
        transaction.set_watermark(model, name, watch.encode())

    return watch.pending


def _arrivals(
    spec: MonitorSpec,
    warehouse: Warehouse,
    *,
    since: datetime,
    until: datetime,
    recent_from: datetime,
    counted_until: datetime | None = None,
) -> dict[date, Arrivals]:
    """Return the labels of each day that were recorded after *since*; as the query counts them."""
    statement = Query(spec, warehouse).label_arrivals(
        since=since, until=until, counted_until=counted_until, recent_from=recent_from
    )
    if statement is None:
        return {}
    table = read_table(warehouse, statement)
    # A table may have dates, or times without a zone.
    recorded = instants(table, RECORDED_AT)

    return {
        day: Arrivals(
            datetime.fromtimestamp(last, UTC), counted=int(row[COUNTED]), recent=int(row[RECENT])
        )
        for row, last in zip(table.to_pylist(), recorded.tolist(), strict=True)
        if (day := _day(row[PARTITION])) is not None and row[RECORDED_AT] is not None
    }


def _labels_there(
    spec: MonitorSpec,
    warehouse: Warehouse,
    *,
    since: datetime,
    recent_from: datetime,
) -> dict[date, Arrivals]:
    """Return the labels of predictions made after *since*: nobody knows when they came."""
    if spec.actuals is None:
        return {}
    statement = labels_there(
        Query(spec, warehouse), spec.actuals, since=since, recent_from=recent_from
    )

    return {
        day: Arrivals(since, counted=int(row[COUNTED]), recent=int(row[RECENT]))
        for row in read_table(warehouse, statement).to_pylist()
        if (day := _day(row[PARTITION])) is not None
    }


def _day(text: str | None) -> date | None:
    """Return the day that *text* is; databases also have infinity and the year 290000."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        return None
