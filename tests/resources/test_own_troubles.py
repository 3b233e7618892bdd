"""Tests of the troubles of the monitor itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from monitoring.alerting.incident import Cause, Incident, State
from monitoring.errors import DeliveryError
from monitoring.results import Verdict
from monitoring.spec.parse import read_monitor
from resources.delivery import Delivery
from resources.in_memory import RecordingNotifier
from resources.outbox import Outbox
from resources.own_troubles import OwnTroubles, missing_days, undelivered
from resources.results.store import ResultsStore

NOW = datetime(2026, 1, 10, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
MONITOR = """
model: churn
task: binary_classification
start: 2026-01-01
predictions: {table: predictions, id: id, timestamp: made, score: score}
positive_class: 1
reference: {table: reference}
alerts: {slack: {channel: "#ml"}}
"""
SPEC = read_monitor(MONITOR, source="m.yaml").spec


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

    def test_queued_behind(self, store: ResultsStore) -> None:
        """
        What waits for its time behind a parked message does not end that trouble.

        Regression: only the latest message of a channel was looked at.
        """
        spec = SPEC.model_copy(
            update={"alerts": SPEC.alerts.model_copy(update={"quiet_hours": "08:00-20:00 UTC"})}
        )
        OwnTroubles(spec, store, Cause.RUN_FAILURE).open("2026-01-08", run_id="", at=NOW)
        self.deliver(store, DeliveryError("channel_not_found", retryable=False))
        later = NOW + timedelta(hours=4)
        drift = Incident("churn", Cause.DRIFT, State.FIRING, Verdict.WARNING, "2026-01-09", "")
        with store.transaction() as transaction:
            transaction.save_incident(drift, run_id="", at=later)
            Outbox(spec, store).put(drift, transaction, at=later)

        assert ["#ml: channel_not_found"] == undelivered(spec, store, now=later)
        assert ["#ml: channel_not_found"] == undelivered(spec, store, now=NOW + 13 * HOUR)
        self.deliver(store, hours=14)
        assert [] == undelivered(spec, store, now=NOW + 14 * HOUR)

    def test_end_behind_its_beginning(self, store: ResultsStore) -> None:
        """
        A resolved that may not overtake its firing does not hide that nothing is delivered.

        Regression: the resolved was never tried, and so never late.
        """
        troubles = OwnTroubles(SPEC, store, Cause.RUN_FAILURE)
        troubles.open("2026-01-08", run_id="", at=NOW)
        self.deliver(store, DeliveryError("down", retryable=True))
        troubles.close("2026-01-10", run_id="", at=NOW + timedelta(seconds=30))

        assert ["#ml: down"] == undelivered(SPEC, store, now=NOW + 2 * HOUR)

    def test_channel_with_a_bug(self, store: ResultsStore) -> None:
        """
        Whatever a channel raises is tried again, tells no secret and is undelivered after an hour.

        Regression: the tick failed with it, and the message was never tried as far as one could
        see.
        """

        class Bug(RecordingNotifier):
            def send(self, message):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
                msg = f"https://host/s3cret did not take {message.key}"
                raise RuntimeError(msg)

        OwnTroubles(SPEC, store, Cause.RUN_FAILURE).open("2026-01-08", run_id="", at=NOW)
        (line,) = Delivery(store, Bug()).deliver_due(now=NOW)

        (stuck,) = undelivered(SPEC, store, now=NOW + 2 * HOUR)
        assert "RuntimeError" in stuck
        assert "s3cret" not in line + stuck

    def test_another_channel(self, store: ResultsStore) -> None:
        """A channel that the monitor file names no more is nobody's trouble."""
        OwnTroubles(SPEC, store, Cause.RUN_FAILURE).open("2026-01-08", run_id="", at=NOW)
        self.deliver(store, DeliveryError("channel_not_found", retryable=False))
        moved = read_monitor(MONITOR.replace("#ml", "#ml-2"), source="m.yaml").spec

        assert [] == undelivered(moved, store, now=NOW)

    def test_about_itself(self, store: ResultsStore) -> None:
        """The message that messages are stuck does not keep that trouble alive."""
        OwnTroubles(SPEC, store, Cause.UNDELIVERED).open("2026-01-10", run_id="", at=NOW)
        self.deliver(store, DeliveryError("channel_not_found", retryable=False))

        assert [] == undelivered(SPEC, store, now=NOW)
