"""Tests of whether sensors and the daemon live, with Dagster's own storage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import (
    InProcessCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    SensorInstigatorData,
    TickData,
    TickStatus,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._daemon.types import DaemonHeartbeat
from dagster._utils.error import SerializableErrorInfo

from monitoring.alerting.incident import State
from monitoring_pipelines.pulse import silent_daemon, silent_sensors, ticked_lately

if TYPE_CHECKING:
    from tests.conftest import MakeWorld, World

NOW = datetime(2026, 1, 10, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MONITOR = """\
model: churn
task: binary_classification
start: 2026-01-01
predictions: {table: predictions, id: id, timestamp: at, score: score}
positive_class: 1
reference: {table: reference, label: label}
features: [amount]
windows: {drift: [1d]}
quality: {generate: false}
alerts: {slack: {channel: "#ml"}}
"""


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """
    Return an instance with storage of its own.
    """
    with dg.DagsterInstance.local_temp(str(tmp_path)) as made:
        yield made


def origin_of(name: str) -> RemoteInstigatorOrigin:
    """Return how Dagster names the sensor *name* of this location."""
    location = InProcessCodeLocationOrigin(LoadableTargetOrigin(module_name="m"), location_name="m")
    return RemoteInstigatorOrigin(RemoteRepositoryOrigin(location, "__repository__"), name)


def keep(
    instance: dg.DagsterInstance,
    name: str,
    *,
    last: datetime = NOW,
    status: InstigatorStatus = InstigatorStatus.DECLARED_IN_CODE,
) -> None:
    """Keep that the sensor *name* ticked last at *last*, as the daemon does."""
    data = SensorInstigatorData(last_tick_timestamp=last.timestamp(), min_interval=30)
    state = InstigatorState(origin_of(name), InstigatorType.SENSOR, status, data)
    known = instance.get_instigator_state(state.instigator_origin_id, state.selector_id)
    (instance.update_instigator_state if known else instance.add_instigator_state)(state)


def fail(instance: dg.DagsterInstance, name: str, *, times: int) -> None:
    """Keep failed ticks of the sensor *name*."""
    origin = origin_of(name)
    for place in range(times):
        data = TickData(
            instigator_origin_id=origin.get_id(),
            instigator_name=name,
            instigator_type=InstigatorType.SENSOR,
            status=TickStatus.FAILURE,
            timestamp=(NOW - place * MINUTE).timestamp(),
            error=SerializableErrorInfo("Error\nno such table: transition\n", [], None),
            selector_id=origin.get_selector().get_id(),
        )
        instance.create_tick(data)


class TestSilentSensors:
    """What Dagster's storage says of sensors."""

    def test_why(self, instance: dg.DagsterInstance) -> None:
        """Stopped, failing and not ticking are told apart; passing troubles and strangers not."""
        keep(instance, "fine")
        keep(instance, "stopped", status=InstigatorStatus.STOPPED)
        keep(instance, "late", last=NOW - 31 * MINUTE)
        for name, times in (("failing", 3), ("stumbling", 2)):
            keep(instance, name)
            fail(instance, name, times=times)
        keep(instance, "strange", last=NOW - 90 * MINUTE)
        names = ["fine", "stopped", "late", "failing", "stumbling", "unheard"]

        assert {
            "failing": "fails at every tick: no such table: transition",
            "late": "has not ticked since 2026-01-10 05:29 UTC: restart the daemon",
            "stopped": "is stopped: switch it on in Dagster, under Automation",
        } == silent_sensors(instance, names, now=NOW)

    def test_in_memory(self) -> None:
        """An instance without storage for sensors has none that could be silent."""
        with dg.DagsterInstance.ephemeral() as instance:
            assert {} == silent_sensors(instance, ["notifications"], now=NOW)
            assert not ticked_lately(instance, "notifications", now=NOW)


class TestSilentDaemon:
    """What its heartbeats say of the daemon."""

    def test_dead(self, instance: dg.DagsterInstance) -> None:
        """A daemon that never was is nobody's loss; one that beats lives; else it is told."""
        said = [silent_daemon(instance, now=NOW)]
        for kind in ("SENSOR", "SCHEDULER"):
            instance.add_daemon_heartbeat(DaemonHeartbeat(NOW.timestamp(), kind, "id"))
        said += [silent_daemon(instance, now=NOW + minutes * MINUTE) for minutes in (30, 31)]

        assert [None, None] == said[:2]
        assert "no sign of life since 2026-01-10 06:00 UTC" in str(said[2])


class TestWatchSensors:
    """What the sensors make of each other."""

    @staticmethod
    def firing(world: World) -> list[str]:
        """Return the causes that fire."""
        return [str(incident.cause) for incident in world.store.incidents(state=State.FIRING)]

    @pytest.fixture
    def world(self, make_learnt: MakeWorld, instance: dg.DagsterInstance) -> World:
        """
        Return a world whose Dagster keeps what sensors do.
        """
        made = make_learnt(MONITOR)
        made.instance.dispose()
        object.__setattr__(made, "instance", instance)
        made.clock.time = NOW
        for name in ("self_watch", "notifications", "run_failures"):
            keep(instance, name)

        return made

    def test_stopped(self, world: World) -> None:
        """A sensor that somebody stopped is an incident until it is on again."""
        keep(world.instance, "run_failures", status=InstigatorStatus.STOPPED)
        for _ in range(2):
            said = world.tick("self_watch")[1]
        assert "sensor run_failures is stopped: switch it on" in said
        assert ["silent_sensor"] == self.firing(world)
        world.tick("notifications")
        (message,) = world.notifier.sent
        assert "`sensor run_failures is stopped: switch it on" in str(message.blocks)
        keep(world.instance, "run_failures")
        world.tick("self_watch")

        assert [] == self.firing(world)

    def test_nobody_tells(self, world: World) -> None:
        """That the sensor of the messages is stopped is told all the same, and nothing else is."""
        keep(world.instance, "notifications", status=InstigatorStatus.STOPPED)
        world.tick("self_watch")

        assert ["sensor notifications is stopped"] == [
            message.text.splitlines()[1].partition(":")[0] for message in world.notifier.sent
        ]

    def test_watchman(self, world: World) -> None:
        """The sensor that watches the others is watched by the one that tells."""
        keep(world.instance, "self_watch", last=NOW - 31 * MINUTE)
        world.tick("notifications")

        assert ["silent_sensor"] == self.firing(world)
        assert "sensor self_watch has not ticked since" in world.notifier.sent[0].text

    def test_after_a_pause(self, world: World) -> None:
        """When the daemon is back, what slept with it is no trouble of its own."""
        for name in ("self_watch", "notifications", "run_failures"):
            keep(world.instance, name, last=NOW - 90 * MINUTE)
        for sensor in ("notifications", "self_watch"):
            world.tick(sensor)

        assert [] == self.firing(world)
