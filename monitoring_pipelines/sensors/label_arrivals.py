"""The sensor that recomputes exactly the days that new labels touch."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg

from assets.keys import LABEL_STEPS
from monitoring.errors import MonitorError
from monitoring.labels import days_to_recompute
from monitoring.partitions import contiguous
from monitoring.spec.model import MonitorSpec
from monitoring_pipelines.jobs import days_request
from resources.clock import Clock
from resources.journal import OUTCOMES, Journal
from resources.results.store import ResultsStore
from resources.warehouse.query import PARTITION, RECORDED_AT, Query
from resources.warehouse.warehouse import Warehouse, read_table

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import (
        UnresolvedAssetJobDefinition,
    )

#: Up to when the labels of a model have been followed.
WATERMARK = "labels"

#: A run costs as much as a few days do, so a short gap between touched days is computed too.
BRIDGED = timedelta(days=2)


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
        for spec in specs:
            try:
                requests += _requests(Journal(spec, results), warehouse, now=clock.now())
            except MonitorError as error:
                context.log.warning("%s: %s", spec.model, error)
                problems.append(spec.model)
        yield from requests
        if not requests:
            unread = f"; could not read the labels of {', '.join(problems)}" if problems else ""
            yield dg.SkipReason(f"No new labels for {len(specs)} models{unread}.")

    return label_arrivals


def _requests(journal: Journal, warehouse: Warehouse, *, now: datetime) -> list[dg.RunRequest]:
    """
    Return the requests for one model.

    The watermark moves on only when nothing is left to recompute, so that a request whose run
    fails is found again.
    """
    spec = journal.spec
    read_at = {
        date.fromisoformat(key): record.as_of for key, record in journal.seen(OUTCOMES).items()
    }
    if spec.actuals is None or not read_at:
        return []
    arrivals = _arrivals(journal, warehouse, now=now)
    days = days_to_recompute(arrivals, read_at, delay=spec.actuals.delay, now=now)
    if not days:
        with journal.store.transaction() as transaction:
            transaction.set_watermark(spec.model, WATERMARK, now.isoformat())
        return []

    return [
        days_request(spec, LABEL_STEPS, span, run_key=_run_key(spec.model, span, arrivals, now))
        for span in contiguous(days, bridging=BRIDGED)
    ]


def _run_key(
    model: str, span: tuple[date, date], arrivals: Mapping[date, datetime], now: datetime
) -> str:
    """
    Name a request by what happened: the last label that came for its days, or their age.

    Dagster starts one run for a key, however it ends; with the hour in it, one that failed is
    started again.
    """
    came = [arrived for day, arrived in arrivals.items() if span[0] <= day <= span[1]]
    what = f"{max(came):%Y%m%dT%H%M%S}" if came else "mature"

    return f"{model}:labels:{span[0]}:{span[1]}:{what}:{now:%Y%m%dT%H}"


def _arrivals(journal: Journal, warehouse: Warehouse, *, now: datetime) -> dict[date, datetime]:
    """Return when the latest label of each day came, of those since the watermark."""
    watermark = journal.store.watermark(journal.spec.model, WATERMARK)
    since = None if watermark is None else datetime.fromisoformat(watermark)
    statement = Query(journal.spec, warehouse).label_arrivals(since=since, until=now)
    if statement is None:
        return {}
    rows = read_table(warehouse, statement)

    found = zip(rows[PARTITION].to_pylist(), rows[RECORDED_AT].to_pylist(), strict=True)

    return {
        date.fromisoformat(day): arrived
        for day, arrived in found
        if day is not None and arrived is not None
    }
