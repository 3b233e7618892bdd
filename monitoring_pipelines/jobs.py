"""The jobs: one a model for its days or batches, and one for all retrainings."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import dagster as dg

from assets.keys import REFERENCE, RETRAINING_STEPS, daily_steps, step_key
from monitoring.spec.model import MonitorSpec
from resources.journal import Journal

if TYPE_CHECKING:
    # Dagster exports the function, but not the type of what it returns.
    from dagster._core.definitions.unresolved_asset_job_definition import (
        UnresolvedAssetJobDefinition,
    )

#: The job of all retrainings; its runs select the model.
RETRAIN = "retrain"

#: Run tag: which model a run is about.
MODEL_TAG = "monitor/model"

# Dagster documents these tags, but exports no names for them.
PARTITION_TAG = "dagster/partition"
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"


def job_name(model: str) -> str:
    """Return the name of the job that computes the partitions of *model*."""
    return f"monitor_{model}"


def build_monitor_job(spec: MonitorSpec) -> "UnresolvedAssetJobDefinition":
    """
    Return the job of *spec*.

    Dagster lets the assets of a job have one set of partitions only, and every model has a first
    day of its own. The reference is part of it, so that the first run of a model builds its own.
    """
    steps = (REFERENCE, *daily_steps(spec))

    return dg.define_asset_job(
        job_name(spec.model),
        selection=dg.AssetSelection.assets(*keys_of(spec, steps)),
        executor_def=dg.in_process_executor,
        tags={MODEL_TAG: spec.model},
        description=f"The daily steps of {spec.model}.",
    )


def build_retrain_job(specs: Sequence[MonitorSpec]) -> "UnresolvedAssetJobDefinition":
    """Return the job that trains, evaluates and decides, for one of *specs* a run."""
    keys = [key for spec in specs for key in keys_of(spec, RETRAINING_STEPS)]

    return dg.define_asset_job(
        RETRAIN,
        selection=dg.AssetSelection.assets(*keys),
        executor_def=dg.in_process_executor,
        description="Trains a challenger, evaluates it, and promotes or refuses it.",
    )


def keys_of(spec: MonitorSpec, steps: Iterable[str]) -> list[dg.AssetKey]:
    """Return the asset keys of *steps* of *spec*."""
    return [step_key(spec.model, step) for step in steps]


def reference_starts(journal: Journal) -> list[str]:
    """Return the days on which the reference changes: no run may go beyond one."""
    return [span.valid_from for span in journal.store.reference_spans(journal.spec.model)]


def span_of(run: dg.DagsterRun) -> tuple[str, str] | None:
    """Return the first and the last partition of *run*; None for one without."""
    one = run.tags.get(PARTITION_TAG)
    first, last = (run.tags.get(tag, one) for tag in (RANGE_START_TAG, RANGE_END_TAG))

    return None if first is None or last is None else (first, last)


def days_request(
    spec: MonitorSpec,
    steps: Iterable[str],
    days: tuple[date, date],
    *,
    run_key: str,
    tags: Mapping[str, str] | None = None,
) -> dg.RunRequest:
    """Return the request to compute *steps* of *spec* for the *days* from first to last."""
    first, last = (day.isoformat() for day in days)
    selection = keys_of(spec, steps)
    if first == last:
        return dg.RunRequest(
            run_key=run_key,
            job_name=job_name(spec.model),
            asset_selection=selection,
            partition_key=first,
            tags=tags,
        )

    return dg.RunRequest(
        run_key=run_key,
        job_name=job_name(spec.model),
        asset_selection=selection,
        tags={RANGE_START_TAG: first, RANGE_END_TAG: last, **(tags or {})},
    )
