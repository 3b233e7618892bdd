"""The jobs by which a person decides in the Dagster UI what the commands decide in a shell."""

from collections.abc import Mapping, Sequence

import dagster as dg

from monitoring.errors import SettingsError
from monitoring.spec.model import MonitorSpec
from resources.clock import Clock
from resources.promotion import Promotion
from resources.registries.registry import Registry
from resources.results.records import ModelVersionRecord
from resources.results.store import ResultsStore

APPROVE, ROLLBACK = "approve", "rollback"


class Approval(dg.Config):
    """Which version is approved, and by whom."""

    model: str
    version: str
    by: str


class Rollback(dg.Config):
    """Of which model the champion is taken back, by whom, and why."""

    model: str
    by: str
    reason: str = ""


def build_decision_jobs(specs: Sequence[MonitorSpec]) -> list[dg.JobDefinition]:
    """Return the jobs that approve a version, and that take one back, for one of *specs* a run."""
    known = {spec.model: spec for spec in specs}

    return [_approve_job(known), _rollback_job(known)]


def _approve_job(known: Mapping[str, MonitorSpec]) -> dg.JobDefinition:
    @dg.op(name="approve_version")
    def approve_version(
        context: dg.OpExecutionContext,
        config: Approval,
        results: dg.ResourceParam[ResultsStore],
        registry: dg.ResourceParam[Registry],
        clock: dg.ResourceParam[Clock],
    ) -> None:
        """Make a version that waits for approval the champion."""
        promotion = Promotion(_spec(known, config.model), results, registry)
        record = promotion.approve(config.version, by=config.by, at=clock.now())
        context.log.info("%s is the champion: %s", record.version, record.reason)

    return _job_of(approve_version, APPROVE, "Promotes a version that waits")


def _rollback_job(known: Mapping[str, MonitorSpec]) -> dg.JobDefinition:
    @dg.op(name="take_back")
    def take_back(
        context: dg.OpExecutionContext,
        config: Rollback,
        results: dg.ResourceParam[ResultsStore],
        registry: dg.ResourceParam[Registry],
        clock: dg.ResourceParam[Clock],
    ) -> None:
        """Take the champion back; the version before it is in use again."""
        promotion = Promotion(_spec(known, config.model), results, registry)
        previous = promotion.roll_back(rollback_reason(config.by, config.reason), at=clock.now())
        context.log.info(in_use_again(config.model, previous))

    return _job_of(take_back, ROLLBACK, "Takes the champion back")


def _job_of(op: dg.OpDefinition, name: str, words: str) -> dg.JobDefinition:
    return dg.GraphDefinition(name=name, node_defs=[op]).to_job(
        executor_def=dg.in_process_executor,
        description=f"{words}, as `monitor {name}` does.",
    )


def rollback_reason(by: str, reason: str) -> str:
    """Return what the history says of a rollback by a person."""
    return f"rolled back by {by}" + (f": {reason}" if reason else "")


def in_use_again(model: str, version: ModelVersionRecord | None) -> str:
    """Return what a rollback of *model* to *version* is told as."""
    name = "the model that was deployed before monitoring began"

    return f"{model}: {name if version is None else version.version} is in use again."


def _spec(known: Mapping[str, MonitorSpec], model: str) -> MonitorSpec:
    if model not in known:
        msg = f"No monitor with retraining is about {model!r}; there are: {', '.join(known)}."
        raise SettingsError(msg)

    return known[model]
