"""The sensor by which the monitor watches itself: days, messages and the other sensors."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import dagster as dg

# Dagster's own reading of cron, by which its schedules tick; it has no public name.
from dagster._utils.schedules import reverse_cron_string_iterator

from assets.delivery_check import delivery_evaluation
from monitoring.alerting.incident import Cause
from monitoring.spec.model import MonitorSpec
from monitoring.windows import DAY
from monitoring_pipelines.pulse import NOTIFICATIONS, SELF_WATCH, silent_sensors, ticked_lately
from resources.clock import Clock
from resources.delivery import Delivery
from resources.outbox import channel_of
from resources.own_troubles import OwnTroubles, missing_days, undelivered, words_of
from resources.results.store import ResultsStore

#: How long a run that its schedule has started may take.
GRACE = timedelta(hours=6)

#: Since when this deployment watches a model: what was due before is nobody's failure.
_SINCE = "self_watch_since"


def build_self_watch(specs: Sequence[MonitorSpec]) -> dg.SensorDefinition:
    """Return the sensor that makes incidents of what the monitors of *specs* fail to do."""

    @dg.sensor(
        name=SELF_WATCH,
        minimum_interval_seconds=300,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="A day never computed, a message nobody got, a sensor that stands still.",
    )
    def self_watch(
        context: dg.SensorEvaluationContext,
        results: dg.ResourceParam[ResultsStore],
        delivery: dg.ResourceParam[Delivery],
        clock: dg.ResourceParam[Clock],
    ) -> dg.SensorResult:
        now, lines, changed = clock.now(), list[str](), False
        silent = _silent(context, now=now)
        if silent is not None:
            lines += watch_sensors(specs, results, silent, now=now)
            if NOTIFICATIONS in silent:
                # Who else would tell that nobody is told?
                calling = delivery.calling(specs)
                lines += calling.deliver_due(now=now, only=Cause.SILENT_SENSOR)
        for spec in specs:
            lines += watch_days(spec, results, now=now)
        stuck = list[str]()
        for spec in specs:
            found = undelivered(spec, results, now=now)
            changed |= watch_messages(spec, results, found, now=now)
            stuck += [f"{spec.model}: {line}" for line in found]
        lines += [f"notifications undelivered: {line}" for line in stuck]

        return dg.SensorResult(
            skip_reason="; ".join(lines) or "Every day was computed, every message delivered.",
            asset_events=[delivery_evaluation(stuck)] if changed else [],
        )

    return self_watch


def watch_sensors(
    specs: Sequence[MonitorSpec],
    results: ResultsStore,
    silent: Mapping[str, str],
    *,
    now: datetime,
) -> list[str]:
    """
    Make an incident of the sensors that are *silent*, or end it; return what is so.

    All models share the sensors: the first model of each channel stands for the others, so that
    nobody is told once for each.
    """
    lines, today = [f"sensor {name} {why}" for name, why in silent.items()], now.date().isoformat()
    heads = {channel_of(spec): spec.model for spec in reversed(specs)}
    for spec in specs:
        troubles = OwnTroubles(spec, results, Cause.SILENT_SENSOR)
        if lines and spec.model == heads[channel_of(spec)]:
            troubles.open(today, run_id="", at=now, note="; ".join(lines))
        else:
            troubles.close(today, run_id="", at=now)

    return lines


def watch_days(spec: MonitorSpec, results: ResultsStore, *, now: datetime) -> list[str]:
    """Make an incident of days of *spec* that were not computed, or end it; return what is so."""
    due = None if spec.by_batch else _due(spec, results, now)
    if due is None:
        return []
    missing = missing_days(spec, results, due=due)
    troubles = OwnTroubles(spec, results, Cause.MISSING_RUN)
    if not missing:
        troubles.close(f"{due}", run_id="", at=now)
        return []
    troubles.open(f"{missing[0]}", run_id="", at=now, note=words_of(missing))

    return [f"{spec.model}: not computed: {words_of(missing)}"]


def watch_messages(
    spec: MonitorSpec, results: ResultsStore, stuck: Sequence[str], *, now: datetime
) -> bool:
    """Make an incident of messages of *spec* that are *stuck*, or end it; True when that is new."""
    troubles, today = OwnTroubles(spec, results, Cause.UNDELIVERED), now.date().isoformat()
    if stuck:
        return troubles.open(today, run_id="", at=now, note="; ".join(stuck))

    return troubles.close(today, run_id="", at=now)


def _silent(context: dg.SensorEvaluationContext, *, now: datetime) -> dict[str, str] | None:
    """
    Return why sensors of this location are silent; None when that cannot be said.

    When the daemon starts again after a while, all of them were silent, and this one was too.
    """
    location = context.repository_def
    if location is None or not ticked_lately(context.instance, SELF_WATCH, now=now):
        return None

    return silent_sensors(context.instance, [s.name for s in location.sensor_defs], now=now)


def _due(spec: MonitorSpec, results: ResultsStore, now: datetime) -> date | None:
    """Return the last day whose run should be over; None before this deployment's first."""
    since = results.watermark(spec.model, _SINCE)
    if since is None:
        with results.transaction() as transaction:
            transaction.set_watermark(spec.model, _SINCE, now.isoformat())
        return None
    latest = (now - GRACE).timestamp()
    tick = next(reverse_cron_string_iterator(latest, spec.schedule, "UTC")).astimezone(UTC)

    return tick.date() - DAY if tick >= datetime.fromisoformat(since) else None
