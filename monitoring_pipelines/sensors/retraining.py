"""The sensor that starts the retraining that an incident asks for, once."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import dagster as dg

from assets.keys import RETRAINING_STEPS
from assets.retraining import CAUSE_TAG
from monitoring.alerting.incident import State
from monitoring.errors import MonitorError
from monitoring.retraining import Decision, PastRequest, decide, retraining_spans
from monitoring.spec.model import MonitorSpec
from monitoring_pipelines.jobs import MODEL_TAG, RETRAIN, keys_of
from resources.clock import Clock
from resources.journal import Journal
from resources.results.records import RetrainingRecord, RetrainingStatus
from resources.results.store import ResultsStore

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import (
        UnresolvedAssetJobDefinition,
    )


def build_retraining_sensor(
    specs: Sequence[MonitorSpec], job: "UnresolvedAssetJobDefinition"
) -> dg.SensorDefinition:
    """Return the sensor for all *specs* that have a retraining policy."""

    @dg.sensor(
        name="retraining",
        job=job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Starts one retraining for an incident that the monitor file names.",
    )
    def retraining(
        context: dg.SensorEvaluationContext,
        results: dg.ResourceParam[ResultsStore],
        clock: dg.ResourceParam[Clock],
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        now, requests, reasons = clock.now(), list[dg.RunRequest](), list[str]()
        for spec in specs:
            try:
                reasons.append(f"{spec.model}: {_decide(spec, results, now).reason}")
                # One that was stored before a crash is asked for again; its key makes it one run.
                requests += _open_requests(spec, results)
            except MonitorError as error:
                context.log.warning("%s: %s", spec.model, error)
                reasons.append(f"{spec.model}: {error}")
        yield from requests
        if not requests:
            yield dg.SkipReason("; ".join(reasons))

    return retraining


def _decide(spec: MonitorSpec, results: ResultsStore, now: datetime) -> Decision:
    """Decide for one model, and store the request that follows before it is sent."""
    past = [
        PastRequest(record.cause, record.requested_at) for record in results.retrainings(spec.model)
    ]
    incidents = results.incidents(model=spec.model, state=State.FIRING)
    # Reading the labels of two months costs more than the tick, so only when it can matter.
    training = retraining_spans(spec, now=now).training
    labels = Journal(spec, results).labels_in(training) if incidents else 0
    decision = decide(spec, incidents, past, labels=labels, now=now)
    if decision.incident is not None:
        record = RetrainingRecord(
            key=f"retrain:{decision.incident.fingerprint}",
            model=spec.model,
            cause=decision.incident.fingerprint,
            requested_at=now,
            reason=decision.reason,
        )
        with results.transaction() as transaction:
            transaction.lock(spec.model)
            transaction.request_retraining(record)

    return decision


def _open_requests(spec: MonitorSpec, results: ResultsStore) -> list[dg.RunRequest]:
    return [
        dg.RunRequest(
            run_key=record.key,
            job_name=RETRAIN,
            asset_selection=keys_of(spec, RETRAINING_STEPS),
            tags={CAUSE_TAG: record.cause, MODEL_TAG: spec.model},
        )
        for record in results.retrainings(spec.model)
        if record.status is RetrainingStatus.REQUESTED
    ]
