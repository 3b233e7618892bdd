"""From the outbox to the channels: at least once, with a stable key, and never in another's way."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitoring.alerting.incident import Cause, Incident, Notification, State
from monitoring.alerting.slack_message import slack_message
from monitoring.errors import DeliveryError
from monitoring.spec.model import MonitorSpec
from resources.incidents import LOG_CHANNEL, message_keys, notification_of
from resources.notifiers.console import ConsoleNotifier
from resources.notifiers.notifier import Notifier
from resources.results.records import NotificationRecord, NotificationStatus
from resources.results.store import ResultsStore

#: Messages in one tick, so that the others do not wait for a flood to pass.
MESSAGES_PER_TICK = 20

#: How long a message is one sender's alone; a sender that died has lost it by then.
CLAIM = timedelta(minutes=5)

_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Sends the messages of *store* through *notifier*, with links into the UI at *dagster_url*."""

    store: ResultsStore
    notifier: Notifier
    dagster_url: str | None = None

    #: Where the messages of a monitor go that names no channel.
    log: Notifier = field(
        default_factory=lambda: ConsoleNotifier("the monitor file has no alerts.slack.channel")
    )

    def deliver_due(self, *, now: datetime) -> list[str]:
        """
        Send what is due and note what became of it; one line for each message.

        Each message is claimed first, so that two ticks at once do not both send it. A channel
        that just failed is left alone for the rest of the tick: it would only fail slowly again.
        """
        told: list[str] = []
        failing: set[str] = set()
        for notification in self.store.due_notifications(now)[:MESSAGES_PER_TICK]:
            if notification.channel not in failing and self._claim(notification, now=now):
                status, line = self._deliver(notification, now=now)
                told.append(line)
                if status is NotificationStatus.DUE:
                    failing.add(notification.channel)

        return told

    def remind(self, spec: MonitorSpec, *, now: datetime) -> None:
        """Queue a reminder for each incident that still fires and was last told of long ago."""
        firing = self.store.incidents(model=spec.model, state=State.FIRING)
        if not firing:
            return
        told, keys = self.store.notifications(spec.model), message_keys(self.store, spec)
        for incident in firing:
            latest = _latest(incident, told)
            # What is still to be sent needs no reminder: an outage must not pile them up.
            if latest is None or latest.status is NotificationStatus.DUE:
                continue
            if now >= latest.notification.created_at + spec.alerts.repeat:
                with self.store.transaction() as transaction:
                    transaction.enqueue(notification_of(incident, spec, keys, at=now))

    def link(self, incident: Incident) -> str | None:
        """Return where the UI shows the asset of *incident*; of a failed run, the runs."""
        if self.dagster_url is None:
            return None
        page = (
            "runs"
            if incident.cause is Cause.RUN_FAILURE
            else f"assets/{incident.model}/{incident.cause}"
        )

        return f"{self.dagster_url.rstrip('/')}/{page}"

    def _claim(self, notification: Notification, *, now: datetime) -> bool:
        with self.store.transaction() as transaction:
            return transaction.claim_notification(notification.key, now=now, until=now + CLAIM)

    def _deliver(
        self, notification: Notification, *, now: datetime
    ) -> tuple[NotificationStatus, str]:
        incident, attempts = notification.incident, notification.attempts + 1
        message = slack_message(
            incident,
            key=notification.key,
            channel=notification.channel,
            link=self.link(incident),
        )
        notifier = self.log if notification.channel == LOG_CHANNEL else self.notifier
        try:
            receipt = notifier.send(message)
        except DeliveryError as error:
            wait = _wait(error, attempts)
            status = NotificationStatus.DUE if error.retryable else NotificationStatus.PARKED
            self._mark(notification, status, str(error), now, attempts, now + wait)
            return status, f"{notification.key}: {error}"

        status = NotificationStatus.SENT if receipt.sent else NotificationStatus.NOT_SENT
        self._mark(notification, status, receipt.detail, now, attempts, receipt=receipt.thread)

        return status, f"{notification.key}: {receipt.detail}"

    def _mark(
        self,
        notification: Notification,
        status: NotificationStatus,
        detail: str,
        now: datetime,
        attempts: int,
        next_attempt_at: datetime | None = None,
        receipt: str | None = None,
    ) -> None:
        with self.store.transaction() as transaction:
            transaction.mark_notification(
                notification.key,
                status=status,
                detail=detail,
                at=now,
                attempts=attempts,
                next_attempt_at=next_attempt_at,
                receipt=receipt,
            )


def _latest(incident: Incident, told: list[NotificationRecord]) -> NotificationRecord | None:
    about = [record for record in told if record.incident.fingerprint == incident.fingerprint]

    return about[-1] if about else None


def _wait(error: DeliveryError, attempts: int) -> timedelta:
    """Return how long to wait: as long as the channel asks, else twice as long each time."""
    if error.retry_after is not None:
        return min(timedelta(seconds=error.retry_after), _LONGEST_WAIT)

    return min(_FIRST_WAIT * (1 << min(attempts - 1, 10)), _LONGEST_WAIT)
