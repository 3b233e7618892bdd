"""From the outbox to the channels: at least once, with a stable key, and never in another's way."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self

from monitoring.alerting.incident import Cause, Incident, Notification, State
from monitoring.alerting.message import Message
from monitoring.alerting.silence import muted_until
from monitoring.alerting.slack_message import marked_as_repeat, slack_message
from monitoring.alerting.version_message import version_message
from monitoring.errors import DeliveryError
from monitoring.spec.alerts import AlertsSpec
from monitoring.spec.model import MonitorSpec
from resources.incident_context import context_of
from resources.notifiers.channels import channel_named
from resources.notifiers.console import ConsoleNotifier
from resources.notifiers.notifier import Notifier, Receipt
from resources.outbox import LOG_CHANNEL, ROUTE, Outbox, hearers_of, is_told_later
from resources.results.records import UNCONFIRMED, NotificationRecord, NotificationStatus
from resources.results.store import ResultsStore
from resources.silences import Silences
from resources.version_news import read_news

_LOG = logging.getLogger(__name__)

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

    #: Who is called when an incident of a model fires, by Slack's id.
    mentions: Mapping[str, str] = field(default_factory=dict)

    #: When a model is in maintenance, in which nobody is told.
    alerts: Mapping[str, AlertsSpec] = field(default_factory=dict)

    #: Where the messages of a monitor go that names no channel.
    log: Notifier = field(
        default_factory=lambda: ConsoleNotifier("the monitor file has no alerts.slack.channel")
    )

    #: Finds the channel that a route of a monitor file names.
    channel: Callable[[str], Notifier] = channel_named

    def calling(self, specs: Iterable[MonitorSpec]) -> Self:
        """Return this delivery as it calls, and leaves alone, the people whom *specs* name."""
        alerts = {spec.model: spec.alerts for spec in specs}
        slack = {model: each.slack for model, each in alerts.items()}
        mentions = {model: each.mention for model, each in slack.items() if each and each.mention}

        return replace(self, mentions=mentions, alerts=alerts)

    def deliver_due(self, *, now: datetime, only: Cause | None = None) -> list[str]:
        """
        Send what is due, of *only* one cause if need be, and note what became of it.

        Returns one line for each message.

        Each message is claimed first, so that two ticks at once do not both send it. A channel
        that just failed is left alone for the rest of the tick: it would only fail slowly again.
        """
        told: list[str] = []
        failing: set[str] = set()
        for notification in self.store.due_notifications(now):
            if len(told) == MESSAGES_PER_TICK:
                break
            if notification.channel in failing or only not in {None, notification.incident.cause}:
                continue
            # Never the end before the beginning, which a failed attempt may have held up.
            *before, own = self._story(notification)
            if any(record.status is NotificationStatus.DUE for record in before):
                continue
            if self._claim(notification, now=now):
                failed, line = self._deliver(own, before, now=now)
                told.append(line)
                if failed:
                    failing.add(notification.channel)

        return told

    def remind(self, spec: MonitorSpec, *, now: datetime) -> None:
        """
        Queue a reminder for each channel that last heard long ago of an incident that fires.

        One that was silenced when it began, and so was never told, is due when the silence is over.
        """
        firing = self.store.incidents(model=spec.model, state=State.FIRING)
        if not firing:
            return
        told, outbox = self.store.notifications(spec.model), Outbox(spec, self.store)
        for incident in firing:
            about = [each for each in told if each.incident.fingerprint == incident.fingerprint]
            latest = {record.notification.channel: record for record in about}
            due = [
                channel
                for channel in hearers_of(incident, spec)
                if _needs_reminder(latest.get(channel), repeat=spec.alerts.repeat, now=now)
            ]
            if due:
                with self.store.transaction() as transaction:
                    outbox.put(incident, transaction, at=now, only=due)

    def link(self, incident: Incident) -> str | None:
        """Return where the UI shows the asset of *incident*; of its own troubles, the runs."""
        if self.dagster_url is None:
            return None
        if incident.cause.measured:
            page = f"assets/{incident.model}/{incident.cause}"
        elif incident.cause is Cause.VERSION:
            page = f"assets/{incident.model}/evaluation"
        else:
            of_sensors = incident.cause in {Cause.UNDELIVERED, Cause.SILENT_SENSOR}
            page = "overview/sensors" if of_sensors else "runs"

        return f"{self.dagster_url.rstrip('/')}/{page}"

    def _claim(self, notification: Notification, *, now: datetime) -> bool:
        with self.store.transaction() as transaction:
            return transaction.claim_notification(notification.key, now=now, until=now + CLAIM)

    def _story(self, notification: Notification) -> list[NotificationRecord]:
        """Return what its channel was to be told of its incident, *notification* being the last."""
        return [
            record
            for record in self.store.notifications(notification.incident.model)
            if record.incident.fingerprint == notification.incident.fingerprint
            and record.notification.channel == notification.channel
            and _order(record.notification) <= _order(notification)
        ]

    def _deliver(
        self, record: NotificationRecord, before: Sequence[NotificationRecord], *, now: datetime
    ) -> tuple[bool, str]:
        """Send *record*; return whether its channel may only fail again, and what came of it."""
        notification = record.notification
        attempts, key = notification.attempts + 1, notification.key
        held = self._hold(record, now=now)
        if held is not None:
            return False, f"{key}: {held}"
        try:
            receipt = self._send(record, before)
        except DeliveryError as error:
            wait = _wait(error, attempts)
            status = NotificationStatus.DUE if error.retryable else NotificationStatus.PARKED
            self._mark(notification, status, str(error), now, attempts, now + wait)
            return error.retryable, f"{key}: {error}"

        status = NotificationStatus.SENT if receipt.sent else NotificationStatus.NOT_SENT
        self._mark(notification, status, receipt.detail, now, attempts, receipt=receipt.thread)

        return False, f"{key}: {receipt.detail}"

    def _hold(self, record: NotificationRecord, *, now: datetime) -> str | None:
        """Keep *record* back while somebody asked for silence; say why, or None to send it."""
        notification, incident = record.notification, record.incident
        alerts = self.alerts.get(incident.model, AlertsSpec())
        silences = Silences(self.store).of(incident.model)
        until = muted_until(incident, silences, alerts, at=now)
        if until is None:
            return None
        reasons = [silence.reason for silence in silences if silence.mutes(incident, at=now)]
        if reasons and not is_told_later(incident):
            detail = f"not sent: silenced, {reasons[0]}"
            attempts = notification.attempts + 1
            self._mark(notification, NotificationStatus.NOT_SENT, detail, now, attempts)
            return detail
        detail = f"waits until {until:%Y-%m-%d %H:%M} UTC: {(*reasons, 'maintenance')[0]}"
        # Whether it may have arrived already has to outlast the wait.
        kept = record.detail if record.detail == UNCONFIRMED else detail
        self._mark(notification, NotificationStatus.DUE, kept, now, notification.attempts, until)

        return detail

    def _send(self, record: NotificationRecord, before: Sequence[NotificationRecord]) -> Receipt:
        """
        Send *record*: the first by itself, later ones as answers to the first.

        The first message is brought up to date before it is answered. Doing so twice does no harm,
        so a crash in between repeats it and loses nothing.
        """
        incident, channel = record.incident, record.notification.channel
        message = self._message(record.notification, before)
        notifier = self._notifier(channel)
        threads = [told.receipt for told in before if told.receipt is not None]
        if threads and incident.state is not before[-1].incident.state:
            self._bring_up_to_date(notifier, replace(message, edits=threads[0]))
        if record.may_have_arrived:
            message = marked_as_repeat(message)
        if threads:
            in_channel = incident.state is State.FIRING
            message = replace(message, thread=threads[0], broadcast=in_channel)

        return _through(notifier, message)

    def _message(self, notification: Notification, before: Sequence[NotificationRecord]) -> Message:
        incident, key, channel = notification.incident, notification.key, notification.channel
        link = self.link(incident)
        if incident.cause is Cause.VERSION:
            news = read_news(self.store, notification)
            return version_message(news, key=key, channel=channel, link=link)
        context = context_of(
            incident,
            self.store,
            before,
            dagster_url=self.dagster_url,
            mention=self.mentions.get(incident.model),
        )

        return slack_message(incident, key=key, channel=channel, link=link, context=context)

    def _bring_up_to_date(self, notifier: Notifier, message: Message) -> None:
        try:
            _through(notifier, message)
        except DeliveryError as error:
            # A message that somebody deleted cannot be edited; the news must come all the same.
            if error.retryable:
                raise

    def _notifier(self, channel: str) -> Notifier:
        if channel == LOG_CHANNEL:
            return self.log
        if channel.startswith(ROUTE):
            return self.channel(channel.removeprefix(ROUTE))

        return self.notifier

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


def _through(notifier: Notifier, message: Message) -> Receipt:
    """Send *message*; whatever the channel raises is told, tried again and in nobody's way."""
    try:
        return notifier.send(message)
    except DeliveryError:
        raise
    except Exception as error:
        # Its words may hold an address with a secret in it: those are for the log alone.
        _LOG.exception("Channel %s failed.", message.channel)
        msg = f"The channel failed with {type(error).__name__}: see the log of the sensor."
        raise DeliveryError(msg, retryable=True) from error


def _order(notification: Notification) -> tuple[datetime, str]:
    return notification.created_at, notification.key


def _needs_reminder(latest: NotificationRecord | None, *, repeat: timedelta, now: datetime) -> bool:
    if latest is None:
        return True
    if latest.incident.state is State.RESOLVED:
        # It fired again in a silence: what they heard last is not so.
        return latest.status is not NotificationStatus.DUE
    # What is still to be sent needs no reminder: an outage must not pile them up.
    waits = latest.status is NotificationStatus.DUE

    return not waits and now >= latest.notification.created_at + repeat


def _wait(error: DeliveryError, attempts: int) -> timedelta:
    """Return how long to wait: as long as the channel asks, else twice as long each time."""
    if error.retry_after is not None:
        return min(timedelta(seconds=error.retry_after), _LONGEST_WAIT)

    return min(_FIRST_WAIT * (1 << min(attempts - 1, 10)), _LONGEST_WAIT)
