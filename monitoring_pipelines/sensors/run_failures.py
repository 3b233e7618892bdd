"""The sensors that make a failed run an incident, and a run that does its work the end of it."""

from datetime import datetime

import dagster as dg

from assets.retraining import CAUSE_TAG
from monitoring.alerting.incident import Cause, State
from monitoring.spec.model import MonitorSpec
from monitoring_pipelines.jobs import span_of
from monitoring_pipelines.run_coverage import left_undone, models_of
from resources.clock import Clock
from resources.own_troubles import OwnTroubles
from resources.results.records import RetrainingStatus
from resources.results.store import ResultsStore


def build_run_failures(specs: dict[str, MonitorSpec]) -> list[dg.SensorDefinition]:
    """Return the sensors for the runs of *specs*, which are keyed by model."""

    @dg.run_failure_sensor(
        name="run_failures",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="A monitor that does not run is an incident.",
    )
    def run_failures(
        context: dg.RunFailureSensorContext,
        results: dg.ResourceParam[ResultsStore],
        clock: dg.ResourceParam[Clock],
    ) -> dg.SkipReason | None:
        run = context.dagster_run
        models = sorted(models_of(run, context.instance) & specs.keys())
        if not models:
            return dg.SkipReason(f"Run {run.run_id} is not of a monitored model.")
        reason = context.failure_event.message or ""
        for model in models:
            record_failure(specs[model], results, run, now=clock.now(), reason=reason)

        return None

    @dg.run_status_sensor(
        name="run_recoveries",
        run_status=dg.DagsterRunStatus.SUCCESS,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Runs that do what failed ones left undone end the incident of those.",
    )
    def run_recoveries(
        context: dg.RunStatusSensorContext,
        results: dg.ResourceParam[ResultsStore],
        clock: dg.ResourceParam[Clock],
    ) -> dg.SkipReason | None:
        run = context.dagster_run
        models = sorted(models_of(run, context.instance) & specs.keys())
        if not models:
            return dg.SkipReason(f"Run {run.run_id} is not of a monitored model.")
        for model in models:
            record_recovery(specs[model], results, run, context.instance, now=clock.now())

        return None

    return [run_failures, run_recoveries]


def record_failure(
    spec: MonitorSpec, results: ResultsStore, run: dg.DagsterRun, *, now: datetime, reason: str
) -> None:
    """Open an incident, or extend the one that is open, and end the retraining that failed."""
    troubles = OwnTroubles(spec, results, Cause.RUN_FAILURE)
    troubles.open(_partition(run, now), run_id=run.run_id, at=now, note=reason)
    with results.transaction() as transaction:
        transaction.lock(spec.model)
        for request in results.retrainings(spec.model):
            # What was decided before the run failed stays decided.
            if request.cause == run.tags.get(CAUSE_TAG) and request.status.is_open:
                transaction.update_retraining(
                    request.key, status=RetrainingStatus.FAILED, reason=reason, run_id=run.run_id
                )


def record_recovery(
    spec: MonitorSpec,
    results: ResultsStore,
    run: dg.DagsterRun,
    instance: dg.DagsterInstance,
    *,
    now: datetime,
) -> None:
    """End the incident of failed runs of *spec* when all that they left undone was done."""
    firing = results.incidents(model=spec.model, cause=Cause.RUN_FAILURE, state=State.FIRING)
    for incident in firing:
        opened = next(
            transition
            for transition in results.transitions(spec.model)
            if (transition.cause, transition.since) == (incident.cause, incident.since)
        )
        if not left_undone(spec, instance, run, opened=opened):
            troubles = OwnTroubles(spec, results, Cause.RUN_FAILURE)
            troubles.close(_partition(run, now), run_id=run.run_id, at=now)


def _partition(run: dg.DagsterRun, now: datetime) -> str:
    """Return the last day or the batch of *run*; of a run without, the day of its failure."""
    span = span_of(run)

    return now.date().isoformat() if span is None else span[1]
