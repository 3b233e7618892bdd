"""The sensors that make a failed run an incident, and the next good one its end."""

from datetime import datetime

import dagster as dg

from assets.retraining import CAUSE_TAG
from monitoring.alerting.incident import Cause
from monitoring.spec.model import MonitorSpec
from monitoring_pipelines.jobs import MODEL_TAG, RANGE_END_TAG
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
        spec = specs.get(run.tags.get(MODEL_TAG, ""))
        if spec is None:
            return dg.SkipReason(f"Run {run.run_id} is not of a monitored model.")
        record_failure(
            spec, results, run, now=clock.now(), reason=context.failure_event.message or ""
        )

        return None

    @dg.run_status_sensor(
        name="run_recoveries",
        run_status=dg.DagsterRunStatus.SUCCESS,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="A run that succeeds ends the incident of those that failed before.",
    )
    def run_recoveries(
        context: dg.RunStatusSensorContext,
        results: dg.ResourceParam[ResultsStore],
        clock: dg.ResourceParam[Clock],
    ) -> dg.SkipReason | None:
        run = context.dagster_run
        spec = specs.get(run.tags.get(MODEL_TAG, ""))
        if spec is None:
            return dg.SkipReason(f"Run {run.run_id} is not of a monitored model.")
        record_recovery(spec, results, run, now=clock.now())

        return None

    return [run_failures, run_recoveries]


def record_failure(
    spec: MonitorSpec, results: ResultsStore, run: dg.DagsterRun, *, now: datetime, reason: str
) -> None:
    """Open an incident, or extend the one that is open, and end the retraining that failed."""
    troubles = OwnTroubles(spec, results, Cause.RUN_FAILURE)
    troubles.open(_partition(run, now), run_id=run.run_id, at=now, note=reason)
    for request in results.retrainings(spec.model):
        if request.cause == run.tags.get(CAUSE_TAG):
            with results.transaction() as transaction:
                transaction.update_retraining(
                    request.key, status=RetrainingStatus.FAILED, reason=reason, run_id=run.run_id
                )


def record_recovery(
    spec: MonitorSpec, results: ResultsStore, run: dg.DagsterRun, *, now: datetime
) -> None:
    """End the incidents of failed runs of *spec*."""
    troubles = OwnTroubles(spec, results, Cause.RUN_FAILURE)
    troubles.close(_partition(run, now), run_id=run.run_id, at=now)


def _partition(run: dg.DagsterRun, now: datetime) -> str:
    """Return the last day or the batch of *run*; of a run without, the day of its failure."""
    tags = run.tags

    return tags.get("dagster/partition") or tags.get(RANGE_END_TAG) or now.date().isoformat()
