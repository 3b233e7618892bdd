"""The code location: every monitor file as a graph of assets, and what starts their runs."""

from collections.abc import Mapping

import dagster as dg

from assets.delivery_check import build_delivery_check
from assets.monitor import build_monitor, build_tables
from assets.monitor_files import KEY, build_monitor_files
from monitoring_pipelines.decisions import build_decision_jobs
from monitoring_pipelines.jobs import build_monitor_job, build_retrain_job
from monitoring_pipelines.schedules import build_schedule
from monitoring_pipelines.sensors.label_arrivals import build_label_arrivals
from monitoring_pipelines.sensors.monitor_files import build_monitor_files_sensor
from monitoring_pipelines.sensors.notifications import build_notifications
from monitoring_pipelines.sensors.retraining import build_retraining_sensor
from monitoring_pipelines.sensors.run_failures import build_run_failures
from monitoring_pipelines.sensors.self_watch import build_self_watch
from monitoring_pipelines.settings import Settings
from monitoring_pipelines.wiring import resources_for
from resources.monitor_files import MonitorFiles, load_monitors


@dg.definitions
def defs() -> dg.Definitions:
    """Return the definitions of the monitors that the environment names."""
    settings = Settings.from_environment()

    return build_definitions(load_monitors(settings.monitors), resources_for(settings))


def build_definitions(files: MonitorFiles, resources: Mapping[str, object]) -> dg.Definitions:
    """Return the definitions of *files*; a broken one is left out, and shown."""
    specs = [file.spec for file in files.specs]
    broken = {str(file.path): file.problems for file in files.broken}
    jobs = {spec.model: build_monitor_job(spec) for spec in specs}
    labelled = [spec for spec in specs if spec.actuals is not None and not spec.by_batch]
    retrained = [spec for spec in specs if spec.retraining is not None]
    check_files = dg.define_asset_job("check_monitor_files", selection=[KEY])
    sensors = [
        build_monitor_files_sensor(broken, check_files),
        build_notifications(specs),
        *build_run_failures({spec.model: spec for spec in specs}),
        build_self_watch(specs),
    ]
    if labelled:
        sensors.append(build_label_arrivals(labelled, [jobs[spec.model] for spec in labelled]))
    retrain = [build_retrain_job(retrained)] if retrained else []
    decisions = build_decision_jobs(retrained) if retrained else []
    if retrained:
        asked = [*retrain, *(jobs[spec.model] for spec in retrained)]
        sensors.append(build_retraining_sensor(retrained, asked))

    return dg.Definitions(
        assets=[
            *build_tables(specs),
            build_monitor_files(list(jobs), broken),
            *(asset for spec in specs for asset in build_monitor(spec)),
        ],
        asset_checks=[build_delivery_check(specs)],
        jobs=[check_files, *jobs.values(), *retrain, *decisions],
        schedules=[build_schedule(spec, jobs[spec.model]) for spec in specs],
        sensors=sensors,
        resources=resources,
        executor=dg.in_process_executor,
    )
