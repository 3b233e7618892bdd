"""Tests of the sensor by which the monitor watches itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from assets.delivery_check import delivery_evaluation
from monitoring.alerting.incident import Cause, State
from monitoring.errors import DeliveryError
from resources.delivery import Delivery
from resources.in_memory import RecordingNotifier
from resources.own_troubles import OwnTroubles, undelivered

if TYPE_CHECKING:
    from tests.conftest import MakeWorld, World

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


def firing(world: World) -> list[str]:
    """Return the causes that fire."""
    return [str(incident.cause) for incident in world.store.incidents(state=State.FIRING)]


class TestMissingRuns:
    """Tests of days that nobody computed."""

    def test_missing(self, make_learnt: MakeWorld) -> None:
        """
        A day whose run is hours overdue is an incident, which ends when the day was computed.

        What was due before this deployment looked for the first time is no failure of its own.
        """
        world = make_learnt(MONITOR)
        world.clock.time = datetime(2026, 1, 2, 5, tzinfo=UTC)
        assert "Every day was computed, every message delivered." == world.tick("self_watch")[1]
        world.clock.time = datetime(2026, 1, 2, 11, tzinfo=UTC)
        world.tick("self_watch")
        assert [] == firing(world)
        world.clock.time = datetime(2026, 1, 2, 12, 1, tzinfo=UTC)
        for _ in range(2):
            assert "churn: not computed: 2026-01-01" == world.tick("self_watch")[1]
        assert ["missing_run"] == firing(world)
        world.run(date(2026, 1, 1))
        world.tick("self_watch")

        assert [] == firing(world)
        assert [State.FIRING, State.RESOLVED] == [
            record.incident.state for record in world.store.notifications("churn")
        ]


class TestUndelivered:
    """Tests of messages that nobody gets."""

    def test_parked(self, make_learnt: MakeWorld) -> None:
        """A channel that does not exist is an incident, and the tick says which."""
        world = make_learnt(MONITOR)
        world.clock.time = datetime(2026, 1, 2, 5, tzinfo=UTC)
        world.tick("self_watch")
        world.clock.time += timedelta(hours=8)
        world.tick("self_watch")
        gone = RecordingNotifier([DeliveryError("channel_not_found", retryable=False)])
        Delivery(world.store, gone).deliver_due(now=world.clock.time)
        said = world.tick("self_watch")[1]

        assert "notifications undelivered: churn: #ml: channel_not_found" in said
        assert {str(Cause.MISSING_RUN), str(Cause.UNDELIVERED)} == set(firing(world))

    def test_check(self, make_learnt: MakeWorld) -> None:
        """The check fails while a channel refuses messages, and passes when one gets through."""
        world = make_learnt(MONITOR)
        troubles = OwnTroubles(world.spec, world.store, Cause.RUN_FAILURE)
        troubles.open("2026-01-01", run_id="", at=world.clock.time)
        gone = RecordingNotifier([DeliveryError("channel_not_found", retryable=False)])
        verdicts = []
        for notifier in (gone, RecordingNotifier()):
            Delivery(world.store, notifier).deliver_due(now=world.clock.time)
            stuck = undelivered(world.spec, world.store, now=world.clock.time)
            verdicts.append(delivery_evaluation(stuck))
            world.clock.time += timedelta(hours=1)
            troubles.close("2026-01-01", run_id="", at=world.clock.time)

        assert [False, True] == [verdict.passed for verdict in verdicts]
        assert "Notifications undelivered: #ml: channel_not_found" == verdicts[0].description
