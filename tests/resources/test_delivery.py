"""Tests of the outbox: what is told, when again, and never twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitoring.alerting.incident import Cause, Incident, State
from monitoring.errors import DeliveryError
from monitoring.results import Verdict
from monitoring.spec.model import MonitorSpec
from monitoring.spec.parse import read_monitor
from resources.delivery import Delivery
from resources.in_memory import RecordingNotifier
from resources.incidents import message_keys, notification_of
from resources.results.records import NotificationStatus
from resources.results.store import ResultsStore

NOW = datetime(2026, 1, 10, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

MONITOR = """
model: churn
task: binary_classification
start: 2026-01-01
predictions: {table: predictions, id: id, timestamp: made, score: score}
positive_class: 1
reference: {table: reference}
alerts: {slack: {channel: "#ml"}, repeat: 1d}
"""


@pytest.fixture
def store(tmp_path: Path) -> ResultsStore:
    """
    An empty store.
    """
    store = ResultsStore(f"sqlite:///{tmp_path / 'results.db'}")
    store.upgrade()

    return store


def spec_of(monitor: str = MONITOR) -> MonitorSpec:
    """Return a monitor."""
    return read_monitor(monitor, source="m.yaml").spec


def fire(store: ResultsStore, spec: MonitorSpec, cause: Cause = Cause.DRIFT) -> Incident:
    """Open an incident that is due to be told now."""
    incident = Incident("churn", cause, State.FIRING, Verdict.WARNING, "2026-01-09", "2026-01-09")
    with store.transaction() as transaction:
        transaction.save_incident(incident, run_id="run", at=NOW)
        told = message_keys(store, spec)
        transaction.enqueue(notification_of(incident, spec, told, at=NOW))

    return incident


class TestDeliver:
    """Sending what is due."""

    def test_once(self, store: ResultsStore) -> None:
        """What was sent is not sent again."""
        notifier = RecordingNotifier()
        fire(store, spec_of())
        delivery = Delivery(store, notifier)
        delivery.deliver_due(now=NOW)
        delivery.deliver_due(now=NOW + MINUTE)

        assert ["#ml"] == [message.channel for message in notifier.sent]

    def test_two_at_once(self, store: ResultsStore) -> None:
        """
        A second tick in the middle of the first sends nothing.

        Regression: both found the message due, and both sent it.
        """
        outer = RecordingNotifier()
        inner = RecordingNotifier()

        class Meanwhile(RecordingNotifier):
            def send(self, message):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
                Delivery(store, inner).deliver_due(now=NOW)
                return outer.send(message)

        fire(store, spec_of())
        Delivery(store, Meanwhile()).deliver_due(now=NOW)

        assert (1, 0) == (len(outer.sent), len(inner.sent))

    def test_sender_died(self, store: ResultsStore) -> None:
        """A message whose sender died is due again when its claim is over."""
        fire(store, spec_of())
        (due,) = store.due_notifications(NOW)
        with store.transaction() as transaction:
            assert transaction.claim_notification(due.key, now=NOW, until=NOW + 5 * MINUTE)
        notifier = RecordingNotifier()
        Delivery(store, notifier).deliver_due(now=NOW + 4 * MINUTE)
        assert [] == notifier.sent
        Delivery(store, notifier).deliver_due(now=NOW + 5 * MINUTE)

        assert 1 == len(notifier.sent)

    def test_backoff(self, store: ResultsStore) -> None:
        """After a passing failure the message waits a minute, then two."""
        down = DeliveryError("down", retryable=True)
        notifier = RecordingNotifier([down, down])
        fire(store, spec_of())
        delivery = Delivery(store, notifier)
        sent_after = []
        for minute in range(5):
            delivery.deliver_due(now=NOW + minute * MINUTE)
            sent_after.append(len(notifier.sent))

        assert [0, 0, 0, 1, 1] == sent_after

    def test_parked(self, store: ResultsStore) -> None:
        """What no retry can help is parked, and says why."""
        fire(store, spec_of())
        gone = RecordingNotifier([DeliveryError("no such channel", retryable=False)])
        Delivery(store, gone).deliver_due(now=NOW)
        (record,) = store.notifications("churn")

        assert (NotificationStatus.PARKED, "no such channel") == (record.status, record.detail)

    def test_no_channel(self, store: ResultsStore, capsys: pytest.CaptureFixture[str]) -> None:
        """
        A monitor that names no channel is told on the console, whatever token there is.

        Regression: with a token it was posted to a Slack channel called log.
        """
        spec = spec_of(MONITOR.replace('slack: {channel: "#ml"}, ', ""))
        notifier = RecordingNotifier()
        fire(store, spec)
        Delivery(store, notifier).deliver_due(now=NOW)
        (record,) = store.notifications("churn")

        assert [] == notifier.sent
        assert "churn" in capsys.readouterr().err
        assert "not sent: the monitor file has no alerts.slack.channel" == record.detail


class TestRemind:
    """Telling again of what still fires."""

    def test_after_repeat(self, store: ResultsStore) -> None:
        """An incident that still fires is told again when its repeat is over, not before."""
        spec, notifier = spec_of(), RecordingNotifier()
        fire(store, spec)
        delivery = Delivery(store, notifier)
        counts = []
        for hours in (0, 23, 24, 25):
            now = NOW + timedelta(hours=hours)
            delivery.remind(spec, now=now)
            delivery.deliver_due(now=now)
            counts.append(len(notifier.sent))

        assert [1, 1, 2, 2] == counts

    def test_outage(self, store: ResultsStore) -> None:
        """Reminders do not pile up behind a message that could not be sent yet."""
        spec = spec_of()
        fire(store, spec)
        delivery = Delivery(store, RecordingNotifier())
        for day in range(1, 8):
            delivery.remind(spec, now=NOW + timedelta(days=day))

        assert 1 == len(store.notifications("churn"))

    def test_link_of_failed_run(self, store: ResultsStore) -> None:
        """A failed run is no asset: its link leads to the runs."""
        incident = fire(store, spec_of(), Cause.RUN_FAILURE)

        assert "http://ui/runs" == Delivery(store, RecordingNotifier(), "http://ui/").link(incident)
