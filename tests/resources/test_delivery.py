"""Tests of the outbox: what is told, when again, and never twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitoring.alerting.incident import Cause, Incident, State
from monitoring.alerting.silence import Silence
from monitoring.errors import DeliveryError
from monitoring.results import Verdict
from monitoring.spec.model import MonitorSpec
from monitoring.spec.parse import read_monitor
from resources.delivery import MESSAGES_PER_TICK, Delivery
from resources.in_memory import RecordingNotifier
from resources.outbox import Outbox
from resources.own_troubles import undelivered
from resources.results.records import NotificationStatus
from resources.results.store import ResultsStore
from resources.silences import Silences
from resources.version_news import news_of

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


def spec_of(monitor: str = MONITOR) -> MonitorSpec:
    """Return a monitor."""
    return read_monitor(monitor, source="m.yaml").spec


def fire(store: ResultsStore, spec: MonitorSpec, cause: Cause = Cause.DRIFT) -> Incident:
    """Open an incident that is due to be told now."""
    incident = Incident("churn", cause, State.FIRING, Verdict.WARNING, "2026-01-09", "2026-01-09")
    with store.transaction() as transaction:
        transaction.save_incident(incident, run_id="run", at=NOW)
        Outbox(spec, store).put(incident, transaction, at=NOW)

    return incident


def resolve(store: ResultsStore, spec: MonitorSpec, incident: Incident, *, at: datetime) -> None:
    """End *incident*."""
    over = replace(incident, state=State.RESOLVED, until="2026-01-10")
    with store.transaction() as transaction:
        transaction.save_incident(over, run_id="run", at=at)
        Outbox(spec, store).put(over, transaction, at=at)


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
        """A message whose sender died is due again after its claim, and marked as a repeat."""
        fire(store, spec_of())
        (due,) = store.due_notifications(NOW)
        with store.transaction() as transaction:
            assert transaction.claim_notification(due.key, now=NOW, until=NOW + 5 * MINUTE)
        notifier = RecordingNotifier()
        Delivery(store, notifier).deliver_due(now=NOW + 4 * MINUTE)
        assert [] == notifier.sent
        Delivery(store, notifier).deliver_due(now=NOW + 5 * MINUTE)

        (message,) = notifier.sent
        assert message.text.endswith("an earlier attempt to send this was not confirmed.")

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


class TestOtherChannels:
    """A channel that is down, beside one that is not."""

    def test_backlog(self, store: ResultsStore) -> None:
        """
        However many messages wait for a broken channel, those of another are sent in the same tick.

        Regression: the first twenty that were due were looked at, and all of them were waiting.
        """
        for place in range(MESSAGES_PER_TICK + 5):
            day = f"2025-01-{place + 1:02}"
            incident = Incident("churn", Cause.DRIFT, State.FIRING, Verdict.WARNING, day, day)
            with store.transaction() as transaction:
                transaction.save_incident(incident, run_id="run", at=NOW)
                Outbox(spec_of(), store).put(incident, transaction, at=NOW)
        fire(store, spec_of(MONITOR.replace("#ml", "#zoo")), Cause.QUALITY)

        down = DeliveryError("down", retryable=True)

        class Broken(RecordingNotifier):
            def send(self, message):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
                if message.channel == "#ml":
                    raise down
                return super().send(message)

        notifier = Broken()
        Delivery(store, notifier).deliver_due(now=NOW)

        assert ["#zoo"] == [message.channel for message in notifier.sent]


class TestThreads:
    """News of an incident that people have heard of."""

    def test_resolved(self, store: ResultsStore) -> None:
        """The end brings the first message up to date, and answers it in its thread."""
        spec, notifier = spec_of(), RecordingNotifier()
        incident = fire(store, spec)
        delivery = Delivery(store, notifier)
        delivery.deliver_due(now=NOW)
        resolve(store, spec, incident, at=NOW + MINUTE)
        delivery.deliver_due(now=NOW + MINUTE)

        first, edit, answer = notifier.sent
        assert (None, None) == (first.thread, first.edits)
        assert ("#ml/1", None) == (edit.edits, edit.thread)
        assert ("#ml/1", None, False) == (answer.thread, answer.edits, answer.broadcast)
        assert "Resolved" in answer.text

    def test_deleted(self, store: ResultsStore) -> None:
        """A first message that cannot be edited any more keeps nobody from hearing of the end."""
        spec = spec_of()
        incident = fire(store, spec)
        Delivery(store, RecordingNotifier()).deliver_due(now=NOW)
        resolve(store, spec, incident, at=NOW + MINUTE)
        notifier = RecordingNotifier([DeliveryError("message_not_found", retryable=False)])
        Delivery(store, notifier).deliver_due(now=NOW + MINUTE)

        assert ["#ml/1"] == [message.thread for message in notifier.sent]

    def test_order(self, store: ResultsStore) -> None:
        """
        The end never overtakes a beginning that is tried again.

        Regression: while the firing waited its minute, the resolved was sent.
        """
        spec = spec_of()
        notifier = RecordingNotifier([DeliveryError("down", retryable=True)])
        incident = fire(store, spec)
        delivery = Delivery(store, notifier)
        delivery.deliver_due(now=NOW)
        resolve(store, spec, incident, at=NOW + MINUTE / 2)
        delivery.deliver_due(now=NOW + MINUTE / 2)
        assert [] == notifier.sent
        for minute in (1, 2):
            delivery.deliver_due(now=NOW + minute * MINUTE)

        said = [message.text.partition(":")[0] for message in notifier.sent if not message.edits]
        assert ["Firing", "Resolved"] == said

    def test_reminder(self, store: ResultsStore) -> None:
        """A reminder is in the thread, and in the channel too: it is there to be seen."""
        spec, notifier = spec_of(), RecordingNotifier()
        fire(store, spec)
        delivery = Delivery(store, notifier)
        delivery.deliver_due(now=NOW)
        delivery.remind(spec, now=NOW + timedelta(days=1))
        delivery.deliver_due(now=NOW + timedelta(days=1))

        assert [(None, False), ("#ml/1", True)] == [(m.thread, m.broadcast) for m in notifier.sent]


class TestSilence:
    """Telling nothing of what is silenced."""

    def silence(self, store: ResultsStore, *, hours: int = 48) -> None:
        """Silence the model from now on."""
        until = NOW + timedelta(hours=hours)
        Silences(store).add(Silence("churn", NOW, until, "a known campaign"))

    def test_nothing(self, store: ResultsStore) -> None:
        """No message is queued, neither of the beginning nor of the end."""
        self.silence(store)
        incident = fire(store, spec_of())
        resolve(store, spec_of(), incident, at=NOW + timedelta(hours=50))

        assert [] == store.notifications("churn")

    def test_still_firing(self, store: ResultsStore) -> None:
        """What still fires when the silence is over is told then, once."""
        spec, notifier = spec_of(), RecordingNotifier()
        self.silence(store)
        fire(store, spec)
        delivery = Delivery(store, notifier)
        counts = []
        for hours in (1, 47, 48, 49):
            delivery.remind(spec, now=NOW + timedelta(hours=hours))
            delivery.deliver_due(now=NOW + timedelta(hours=hours))
            counts.append(len(notifier.sent))

        assert [0, 0, 1, 1] == counts

    def test_queued_before(self, store: ResultsStore) -> None:
        """What waited when the silence began is not sent, and the record says why."""
        fire(store, spec_of())
        self.silence(store)
        notifier = RecordingNotifier()
        Delivery(store, notifier).deliver_due(now=NOW)
        (record,) = store.notifications("churn")

        assert [] == notifier.sent
        assert "not sent: silenced, a known campaign" == record.detail

    def test_told_end(self, store: ResultsStore) -> None:
        """
        The end of what people heard of is told when the silence is over.

        Regression: it was not queued, and the first message stayed red for ever.
        """
        spec, notifier = spec_of(), RecordingNotifier()
        incident = fire(store, spec)
        delivery = Delivery(store, notifier)
        delivery.deliver_due(now=NOW)
        self.silence(store)
        resolve(store, spec, incident, at=NOW + timedelta(hours=2))
        counts = []
        for hours in (3, 47, 48, 49):
            delivery.remind(spec, now=NOW + timedelta(hours=hours))
            delivery.deliver_due(now=NOW + timedelta(hours=hours))
            counts.append(len(notifier.sent))

        # The edit of the first message, and the answer to it.
        assert [1, 1, 3, 3] == counts
        assert "Resolved" in notifier.sent[-1].text

    def test_fires_again(self, store: ResultsStore) -> None:
        """What ended and fires again within a silence is told to fire after it, not in a day."""
        spec, notifier = spec_of(), RecordingNotifier()
        incident = fire(store, spec)
        delivery = Delivery(store, notifier)
        delivery.deliver_due(now=NOW)
        self.silence(store)
        resolve(store, spec, incident, at=NOW + timedelta(hours=46))
        with store.transaction() as transaction:
            transaction.save_incident(incident, run_id="run", at=NOW + timedelta(hours=47))
        for minute in range(3):
            now = NOW + timedelta(hours=48, minutes=minute)
            delivery.remind(spec, now=now)
            delivery.deliver_due(now=now)

        said = [message.text.partition(":")[0] for message in notifier.sent if not message.edits]
        assert ["Firing", "Resolved", "Firing"] == said

    def test_version(self, store: ResultsStore) -> None:
        """
        News of a version waits for the end of a silence: nobody would tell it again.

        Regression: a version that waited for approval was never heard of.
        """
        spec, notifier = spec_of(), RecordingNotifier()
        self.silence(store, hours=2)
        with store.transaction() as transaction:
            news_of(spec, store, "v2", at=NOW)(transaction)
        self.silence(store, hours=4)
        delivery = Delivery(store, notifier)
        counts = []
        for hours in (1, 2, 3, 4):
            delivery.deliver_due(now=NOW + timedelta(hours=hours))
            counts.append(len(notifier.sent))

        assert [0, 0, 0, 1] == counts
        (record,) = store.notifications("churn")
        assert 1 == record.notification.attempts

    def test_maintenance(self, store: ResultsStore) -> None:
        """
        What was queued before a maintenance is sent after it, and counts as nobody's failure.

        Regression: only silences were looked at when a message was sent.
        """
        spec = spec_of(MONITOR.replace("repeat: 1d", "maintenance: [2026-01-11 to 2026-01-12]"))
        fire(store, spec)
        notifier = RecordingNotifier()
        delivery = Delivery(store, notifier).calling([spec])
        counts = []
        for hours in (18, 19, 65, 66):
            now = NOW + timedelta(hours=hours)
            delivery.deliver_due(now=now)
            assert [] == undelivered(spec, store, now=now)
            counts.append(len(notifier.sent))

        assert [0, 0, 0, 1] == counts

    def test_end(self, store: ResultsStore) -> None:
        """A silence can be taken back; those of the past are kept."""
        self.silence(store, hours=1)
        self.silence(store)
        silences = Silences(store)

        assert 1 == silences.end("churn", at=NOW + timedelta(hours=2))
        assert [timedelta(hours=1)] == [s.until - s.start for s in silences.of("churn")]
        assert [] == silences.of("fraud")


class TestPolicy:
    """What the monitor file says about being told."""

    def test_no_resolved(self, store: ResultsStore) -> None:
        """Who does not want to hear of the end does not."""
        spec = spec_of(MONITOR.replace("repeat: 1d", "send_resolved: false"))
        resolve(store, spec, fire(store, spec), at=NOW + MINUTE)

        assert ["firing"] == [str(r.incident.state) for r in store.notifications("churn")]

    def test_quiet_hours(self, store: ResultsStore) -> None:
        """A warning waits until the quiet hours are over."""
        spec = spec_of(MONITOR.replace("repeat: 1d", "quiet_hours: 05:00-08:00 UTC"))
        fire(store, spec)
        notifier = RecordingNotifier()
        for hours, sent in ((0, 0), (1, 0), (2, 1)):
            Delivery(store, notifier).deliver_due(now=NOW + timedelta(hours=hours))
            assert sent == len(notifier.sent)

    def test_routes(self, store: ResultsStore) -> None:
        """Each severity has channels of its own, and one that fails does not stop the others."""
        spec = spec_of(MONITOR.replace("repeat: 1d", "routes: {warning: [pager, mail]}"))
        slack, mail = RecordingNotifier(), RecordingNotifier()
        pager = RecordingNotifier([DeliveryError("no such pager", retryable=False)])
        fire(store, spec)
        Delivery(store, slack, channel={"pager": pager, "mail": mail}.__getitem__).deliver_due(
            now=NOW
        )

        assert [1, 0, 1] == [len(notifier.sent) for notifier in (slack, pager, mail)]
        assert {"#ml": "sent", "@mail": "sent", "@pager": "parked"} == {
            record.notification.channel: str(record.status)
            for record in store.notifications("churn")
        }


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

    def test_broken_route(self, store: ResultsStore) -> None:
        """
        A route that is down keeps nobody else from being reminded, and piles nothing up.

        Regression: the message that waited for the pager was the latest of all channels.
        """
        spec = spec_of(MONITOR.replace("repeat: 1d", "repeat: 1d, routes: {warning: [pager]}"))
        slack = RecordingNotifier()
        pager = RecordingNotifier([DeliveryError("down", retryable=True)] * 99)
        fire(store, spec)
        delivery = Delivery(store, slack, channel=lambda _: pager)
        for hours in range(0, 73, 12):
            delivery.remind(spec, now=NOW + timedelta(hours=hours))
            delivery.deliver_due(now=NOW + timedelta(hours=hours))

        channels = [record.notification.channel for record in store.notifications("churn")]
        assert 4 == len(slack.sent)
        assert ["#ml"] * 4 + ["@pager"] == sorted(channels)

    def test_link_of_failed_run(self, store: ResultsStore) -> None:
        """A failed run is no asset: its link leads to the runs."""
        incident = fire(store, spec_of(), Cause.RUN_FAILURE)

        assert "http://ui/runs" == Delivery(store, RecordingNotifier(), "http://ui/").link(incident)
