"""Whether Dagster still does what the monitor needs: sensors that tick, in a daemon that lives."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

import dagster as dg

# What Dagster's own daemon reads; it has no public name.
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    SensorInstigatorData,
    TickStatus,
)

#: The sensor that tells people, and the one that watches all others.
NOTIFICATIONS = "notifications"
SELF_WATCH = "self_watch"

#: How long a sensor, or the daemon that ticks it, may say nothing. Dagster waits as long.
SILENT_AFTER = timedelta(minutes=30)

#: So many failed ticks in a row are no passing trouble.
_FAILED_TICKS = 3

#: What ticks sensors, and what starts runs.
_DAEMONS = ("SENSOR", "SCHEDULER")


def silent_sensors(
    instance: dg.DagsterInstance, names: Collection[str], *, now: datetime
) -> dict[str, str]:
    """
    Say why each sensor among *names* that does not work does not: stopped, failing, not ticking.

    A sensor that Dagster has never heard of is left out: the daemon starts it when it starts.
    """
    told = {
        name: _why_silent(instance, state, now)
        for name, state in _states(instance).items()
        if name in names
    }

    return {name: why for name, why in sorted(told.items()) if why is not None}


def ticked_lately(instance: dg.DagsterInstance, name: str, *, now: datetime) -> bool:
    """Return whether the sensor *name* has a tick behind it that is not long ago."""
    state = _states(instance).get(name)
    last = _data(state).last_tick_timestamp if state is not None else None

    return last is not None and now - _moment(last) <= SILENT_AFTER


def silent_daemon(instance: dg.DagsterInstance, *, now: datetime) -> str | None:
    """Say since when the daemon gives no sign of life; None where it lives, or never has."""
    beats = instance.get_daemon_heartbeats()
    last = [_moment(beats[name].timestamp) for name in _DAEMONS if name in beats]
    if not last or now - min(last) <= SILENT_AFTER:
        return None

    return (
        f"The Dagster daemon gives no sign of life since {min(last):%Y-%m-%d %H:%M} UTC: nothing "
        "is computed on schedule and nobody is told. Start it (`monitor dev`, or the service)."
    )


def _states(instance: dg.DagsterInstance) -> Mapping[str, InstigatorState]:
    """Return what Dagster knows of each sensor; of an old location of that name, the newer."""
    if instance.schedule_storage is None:
        # An instance in memory, in which nothing ever ticks.
        return {}
    states = instance.all_instigator_state(instigator_type=InstigatorType.SENSOR)

    return {state.instigator_name: state for state in sorted(states, key=_last_sign)}


def _why_silent(instance: dg.DagsterInstance, state: InstigatorState, now: datetime) -> str | None:
    if state.status is InstigatorStatus.STOPPED:
        return "is stopped: switch it on in Dagster, under Automation"
    ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=_FAILED_TICKS)
    failed = [tick.error for tick in ticks if tick.status is TickStatus.FAILURE]
    if len(failed) == _FAILED_TICKS:
        lines = failed[0].message.strip().splitlines() if failed[0] is not None else []
        return f"fails at every tick: {lines[-1] if lines else 'see its ticks in Dagster'}"
    last = _moment(_last_sign(state))
    if now - last > SILENT_AFTER:
        return f"has not ticked since {last:%Y-%m-%d %H:%M} UTC: restart the daemon"

    return None


def _last_sign(state: InstigatorState) -> float:
    """Return when a sensor was last started or ticked."""
    data = _data(state)
    signs = (
        data.last_tick_timestamp,
        data.last_tick_start_timestamp,
        data.last_sensor_start_timestamp,
    )

    return max(sign or 0.0 for sign in signs)


def _data(state: InstigatorState) -> SensorInstigatorData:
    data = state.instigator_data

    return data if isinstance(data, SensorInstigatorData) else SensorInstigatorData()


def _moment(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)
