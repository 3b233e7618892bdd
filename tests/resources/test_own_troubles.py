"""Tests of the troubles of the monitor itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from monitoring.alerting.incident import Cause, State
from monitoring.errors import DeliveryError
from monitoring.spec.parse import read_monitor
from resources.delivery import Delivery
from resources.in_memory import RecordingNotifier
from resources.own_troubles import OwnTroubles, missing_days, undelivered
from resources.results.store import ResultsStore

NOW = datetime(2026, 1, 10, 6, tzinfo=UTC)
SPEC = read_monitor(
    """
model: churn
task: binary_classification
start: 2026-01-01
predictions: {table: predictions, id: id, timestamp: made, score: score}
positive_class: 1
reference: {table: reference}
alerts: {slack: {channel: "#ml"}}
""",
    source="m.yaml",
).spec


class TestOwnTroubles:
    """Tests of incidents without measurements."""

    def test_once(self, store: ResultsStore) -> None:
        """One trouble is one incident, told at its beginning and at its end."""
        troubles = OwnTroubles(SPEC, store, Cause.MISSING_RUN)

        assert troubles.open("2026-01-08", run_id="", at=NOW, note="2 days")
        assert not troubles.open("2026-01-09", run_id="", at=NOW)
        assert troubles.close("2026-01-10", run_id="", at=NOW)
        assert not troubles.close("2026-01-10", run_id="", at=NOW)
        (incident,) = store.incidents()
        assert ("2026-01-08", "2026-01-09") == (incident.since, incident.last_seen)
        assert [State.FIRING, State.RESOLVED] == [
            record.incident.state for record in store.notifications("churn")
        ]

    def test_words(self, store: ResultsStore) -> None:
        """What is told says what does not happen, and then that it happens again."""
        troubles, notifier = OwnTroubles(SPEC, store, Cause.MISSING_RUN), RecordingNotifier()
        troubles.open("2026-01-08", run_id="", at=NOW)
        troubles.close("2026-01-10", run_id="", at=NOW)
        delivery = Delivery(store, notifier, "http://dagster")
        for _ in range(2):
            delivery.deliver_due(now=NOW)

        texts = [message.text for message in notifier.sent if not message.edits]
        assert "Nothing was computed for 8 January 2026" in texts[0]
        assert texts[0].endswith("http://dagster/runs")
        assert "Every day is computed again." in texts[1]


class TestMissingDays:
    """Tests of the days that were not read."""

    def test_never(self, store: ResultsStore) -> None:
        """Of a monitor that never ran, the day that is due is missing."""
        assert [date(2026, 1, 9)] == missing_days(SPEC, store, due=date(2026, 1, 9))


class TestUndelivered:
    """Tests of messages that reach nobody."""

    @staticmethod
    def deliver(store: ResultsStore, *failures: DeliveryError, hours: int = 0) -> None:
        """Deliver what is due through a channel that first fails."""
        now = NOW + timedelta(hours=hours)
        Delivery(store, RecordingNotifier(failures)).deliver_due(now=now)

    def test_parked(self, store: ResultsStore) -> None:
        """A parked message is undelivered, until a later one gets through."""
        troubles = OwnTroubles(SPEC, store, Cause.RUN_FAILURE)
        troubles.open("2026-01-08", run_id="", at=NOW)
        assert [] == undelivered(SPEC, store, now=NOW)
        self.deliver(store, DeliveryError("channel_not_found", retryable=False))
        assert ["#ml: channel_not_found"] == undelivered(SPEC, store, now=NOW)
        troubles.close("2026-01-10", run_id="", at=NOW + timedelta(hours=1))
        self.deliver(store, hours=1)

        assert [] == undelivered(SPEC, store, now=NOW + timedelta(hours=1))

    def test_stuck(self, store: ResultsStore) -> None:
        """A message that is tried again is undelivered after an hour."""
        OwnTroubles(SPEC, store, Cause.RUN_FAILURE).open("2026-01-08", run_id="", at=NOW)
        self.deliver(store, DeliveryError("down", retryable=True))

        assert [] == undelivered(SPEC, store, now=NOW + timedelta(minutes=59))
        assert ["#ml: down"] == undelivered(SPEC, store, now=NOW + timedelta(minutes=61))

    def test_about_itself(self, store: ResultsStore) -> None:
        """The message that messages are stuck does not keep that trouble alive."""
        OwnTroubles(SPEC, store, Cause.UNDELIVERED).open("2026-01-10", run_id="", at=NOW)
        self.deliver(store, DeliveryError("channel_not_found", retryable=False))

        assert [] == undelivered(SPEC, store, now=NOW)
