"""The partitions of a model, and which of them a run is to compute."""

from datetime import UTC, date, datetime
from functools import lru_cache

import dagster as dg

from monitoring.partitions import Partitions
from monitoring.spec.model import MonitorSpec
from monitoring.windows import DAY, days_between


def partitions_of(spec: MonitorSpec) -> dg.PartitionsDefinition[str]:
    """Return the days of *spec* in UTC, or its batches, which become known as they come."""
    if spec.by_batch:
        return dg.DynamicPartitionsDefinition(name=batches_name(spec.model))

    if spec.start is not None and spec.end is not None and spec.end < datetime.now(UTC).date():
        return _days_that_are_over(spec.start, spec.end)

    # Dagster's end is exclusive; the last day of a monitor is a day that it watches.
    end = None if spec.end is None else (spec.end + DAY).isoformat()
    return dg.DailyPartitionsDefinition(start_date=str(spec.start), end_date=end, timezone="UTC")


@lru_cache
def _days_that_are_over(first: date, last: date) -> dg.StaticPartitionsDefinition:
    # The UI plots the last 120 days before today, whatever the end (seen in Dagster 1.13), so that
    # a monitor that is over would show none of its own. A list of days has no today.
    return dg.StaticPartitionsDefinition(
        [day.isoformat() for day in days_between(first, last + DAY)]
    )


def batches_name(model: str) -> str:
    """Return the name under which Dagster keeps the batches of *model*."""
    return f"{model}_batches"


def batches_of(context: dg.AssetExecutionContext, spec: MonitorSpec) -> tuple[str, ...]:
    """Return the batches of *spec* in the order in which they began; a monitor by day has none."""
    if not spec.by_batch:
        return ()

    return tuple(context.instance.get_dynamic_partitions(batches_name(spec.model)))


def partitions_of_run(context: dg.AssetExecutionContext, spec: MonitorSpec) -> Partitions:
    """Return the days or batches that this run is to compute."""
    keys = tuple(context.partition_keys)

    return (
        Partitions(keys, by_batch=spec.by_batch)
        if spec.by_batch
        else Partitions(tuple(sorted(keys)))
    )
