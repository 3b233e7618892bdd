"""From the outbox to the channels: at least once, with a stable key, and never in another's way."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitoring.alerting.incident import Incident, Notification, State
from monitoring.alerting.slack_message import slack_message
from monitoring.errors import DeliveryError
from monitoring.spec.model import MonitorSpec
from resources.notifiers.notifier import Notifier
from resources.results.records import NotificationRecord, NotificationStatus
from resources.results.store import ResultsStore

#: Messages in one tick, so that a slow channel does not outlast it.
MESSAGES_PER_TICK = 20

_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Sends the messages of *store* through *notifier*, with links into the UI at *dagster_url*."""

    store: ResultsStore
    notifier: Notifier
    dagster_url: str | None = None

    def deliver_due(self, *, now: datetime) -> list[str]:
        """Send what is due and note what became of it; one line for each message."""
        due = self.store.due_notifications(now)[:MESSAGES_PER_TICK]

        return [self._deliver(notification, now=now) for notification in due]

    def remind(self, spec: MonitorSpec, *, now: datetime) -> None:
        """Queue a reminder for each incident that still fires and was last told of long ago."""
        firing = self.store.incidents(model=spec.model, state=State.FIRING)
        if not firing:
            return
        told = self.store.notifications(spec.model)
        for incident in firing:
            latest = _latest(incident, told)
            if latest is not None and now >= latest.created_at + spec.alerts.repeat:
                count = sum(_is_about(incident, record) for record in told)
                reminder = replace(
                    latest,
                    key=f"{incident.fingerprint}:{incident.state}:{count}",
                    incident=incident,
                    created_at=now,
                    attempts=0,
                )
                with self.store.transaction() as transaction:
                    transaction.enqueue(reminder)

    def link(self, incident: Incident) -> str | None:
        """Return where the UI shows the asset of *incident*."""
        if self.dagster_url is None:
            return None

        return f"{self.dagster_url.rstrip('/')}/assets/{incident.model}/{incident.cause}"

    def _deliver(self, notification: Notification, *, now: datetime) -> str:
        incident, attempts = notification.incident, notification.attempts + 1
        message = slack_message(
            incident,
            key=notification.key,
            channel=notification.channel,
            link=self.link(incident),
        )
        try:
            receipt = self.notifier.send(message)
        except DeliveryError as error:
            wait = _wait(error, attempts)
            status = NotificationStatus.DUE if error.retryable else NotificationStatus.PARKED
            self._mark(notification, status, str(error), now, attempts, now + wait)
            return f"{notification.key}: {error}"

        status = NotificationStatus.SENT if receipt.sent else NotificationStatus.NOT_SENT
        self._mark(notification, status, receipt.detail, now, attempts, receipt=receipt.thread)

        return f"{notification.key}: {receipt.detail}"

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


def _is_about(incident: Incident, record: NotificationRecord) -> bool:
    return record.incident.fingerprint == incident.fingerprint


def _latest(incident: Incident, told: list[NotificationRecord]) -> Notification | None:
    about = [record.notification for record in told if _is_about(incident, record)]

    return about[-1] if about else None


def _wait(error: DeliveryError, attempts: int) -> timedelta:
    """Return how long to wait: as long as the channel asks, else twice as long each time."""
    if error.retry_after is not None:
        return min(timedelta(seconds=error.retry_after), _LONGEST_WAIT)

    return min(_FIRST_WAIT * (1 << min(attempts - 1, 10)), _LONGEST_WAIT)
