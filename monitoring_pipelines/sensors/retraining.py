"""The sensor that starts the retraining that an incident asks for, once."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import dagster as dg

from assets.keys import RETRAINING_STEPS
from assets.retraining import CAUSE_TAG
from monitoring.errors import MonitorError
from monitoring.spec.model import MonitorSpec
from monitoring_pipelines.jobs import MODEL_TAG, RETRAIN, keys_of
from monitoring_pipelines.rebasing import rebasing_requests
from resources.clock import Clock
from resources.journal import Journal
from resources.promotion import Promotion
from resources.registries.registry import Registry
from resources.results.records import RetrainingStatus
from resources.results.store import ResultsStore
from resources.retraining_requests import RetrainingRequests

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import (
        UnresolvedAssetJobDefinition,
    )

#: A run in one of these states is over and has decided nothing.
_ENDED = {dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}


def build_retraining_sensor(
    specs: Sequence[MonitorSpec], jobs: Sequence["UnresolvedAssetJobDefinition"]
) -> dg.SensorDefinition:
    """Return the sensor for all *specs* that have a retraining policy."""

    @dg.sensor(
        name="retraining",
        jobs=list(jobs),
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Starts one retraining for an incident that the monitor file names, and learns "
        "the reference of a promoted version.",
    )
    def retraining(
        context: dg.SensorEvaluationContext,
        results: dg.ResourceParam[ResultsStore],
        registry: dg.ResourceParam[Registry],
        clock: dg.ResourceParam[Clock],
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        now, requests, reasons = clock.now(), list[dg.RunRequest](), list[str]()
        for spec in specs:
            try:
                reasons += _decide(spec, results, registry, context.instance, now)
                # One that was stored before a crash is asked for again; its key makes it one run.
                requests += _open_requests(spec, results)
                for asked in rebasing_requests(Journal(spec, results), context.instance, now=now):
                    if isinstance(asked, dg.RunRequest):
                        requests.append(asked)
                    else:
                        reasons.append(asked.skip_message or "")
                # What another registry could not be told when it was decided is told now.
                registry.publish(spec.model)
            except MonitorError as error:
                context.log.warning("%s: %s", spec.model, error)
                reasons.append(f"{spec.model}: {error}")
        yield from requests
        if not requests:
            yield dg.SkipReason("; ".join(reasons))

    return retraining


def _decide(
    spec: MonitorSpec,
    results: ResultsStore,
    registry: Registry,
    instance: dg.DagsterInstance,
    now: datetime,
) -> list[str]:
    """Take back what broke its probation, settle what died, then decide; return what was said."""
    requests, said = RetrainingRequests(spec, results), list[str]()
    if spec.retraining is not None:
        taken_back = Promotion(spec, results, registry).end_probation(spec.retraining, at=now)
        said += [] if taken_back is None else [f"{spec.model}: rolled back: {taken_back}"]
    requests.settle(_ended(requests, instance))

    return [*said, f"{spec.model}: {requests.decide(now=now).reason}"]


def _ended(requests: RetrainingRequests, instance: dg.DagsterInstance) -> dict[str, str]:
    """
    Return the causes whose latest run is over, but whose request is still open, and why.

    A run that somebody has deleted will decide nothing either; one that was only asked for may be
    still to come.
    """
    ended: dict[str, str] = {}
    for request in requests.open():
        tags = {CAUSE_TAG: request.cause}
        latest = instance.get_runs(dg.RunsFilter(tags=tags), limit=1)
        if latest and latest[0].status in _ENDED:
            state = latest[0].status.value.lower()
            ended[request.cause] = f"run {latest[0].run_id} ended in {state}"
        elif not latest and request.status is RetrainingStatus.RUNNING:
            ended[request.cause] = f"run {request.run_id} is not known to Dagster any more"

    return ended


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
