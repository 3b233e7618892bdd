"""What people are to be told: messages that wait in the results store until they are delivered."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from monitoring.alerting.incident import Cause, Incident, Notification, State
from monitoring.alerting.silence import due_at, muted_until
from monitoring.results import Verdict
from monitoring.spec.model import MonitorSpec
from resources.results.store import ResultsStore
from resources.results.transaction import Transaction
from resources.silences import Silences

#: The channel of a monitor whose file names none.
LOG_CHANNEL = "log"

#: Begins the channel of a route, which Slack's channels cannot.
ROUTE = "@"


@dataclass(frozen=True, slots=True)
class Outbox:
    """Where the messages about one model are put until they are delivered."""

    spec: MonitorSpec
    store: ResultsStore

    def put(
        self,
        incident: Incident,
        transaction: Transaction,
        *,
        at: datetime,
        only: Collection[str] | None = None,
    ) -> bool:
        """
        Queue a message about *incident* for every channel that hears of it; False when none does.

        With *only*, for these of them alone.

        Nobody hears of what begins while it is silenced, nor of the end of what they did not hear
        of. The end of what they did hear of, and news of a version, wait until the silence is over.
        """
        silences, alerts = Silences(self.store).of(self.spec.model), self.spec.alerts
        until = muted_until(incident, silences, alerts, at=at)
        if until is not None and not is_told_later(incident):
            return False
        due = due_at(incident, alerts, at=until or at) or until
        told = message_keys(self.store, self.spec)
        heard = any(key.startswith(f"{incident.fingerprint}:{State.FIRING}") for key in told)
        if incident.state is State.RESOLVED and not (heard and alerts.send_resolved):
            return False
        for message in notifications_of(incident, self.spec, told, at=at):
            if only is not None and message.channel not in only:
                continue
            transaction.enqueue(replace(message, due_at=due))

        return True


def is_told_later(incident: Incident) -> bool:
    """Return whether *incident* is told after a silence as it stands: nothing else will tell it."""
    return incident.state is State.RESOLVED or incident.cause is Cause.VERSION


def notifications_of(
    incident: Incident, spec: MonitorSpec, told: Collection[str], *, at: datetime
) -> list[Notification]:
    """
    Return the messages that *incident* is due at *at*, one for each channel.

    A key is fingerprint and state, and a count where *told* has that already: an incident that
    fires again, or still, is told again. The keys of further channels end with their names.
    """
    key = f"{incident.fingerprint}:{incident.state}"
    if key in told:
        key = f"{key}:{sum(other.startswith(f'{incident.fingerprint}:') for other in told)}"
    head, *routes = hearers_of(incident, spec)

    return [
        Notification(key=key, incident=incident, channel=head, created_at=at),
        *(
            Notification(key=f"{key}{route}", incident=incident, channel=route, created_at=at)
            for route in routes
        ),
    ]


def message_keys(store: ResultsStore, spec: MonitorSpec) -> frozenset[str]:
    """Return the keys of all messages about the model of *spec*."""
    return frozenset(record.notification.key for record in store.notifications(spec.model))


def channel_of(spec: MonitorSpec) -> str:
    """Return the channel that hears of *spec*; without one, its messages are kept in the log."""
    return spec.alerts.slack.channel if spec.alerts.slack is not None else LOG_CHANNEL


def hearers_of(incident: Incident, spec: MonitorSpec) -> list[str]:
    """Return the channels that hear of *incident*: that of *spec*, then those of its severity."""
    critical = incident.severity is Verdict.CRITICAL
    routes = spec.alerts.routes.get("critical" if critical else "warning", [])

    return [channel_of(spec), *(f"{ROUTE}{name}" for name in routes)]


def channels_of(spec: MonitorSpec) -> frozenset[str]:
    """Return all channels that may hear of *spec*."""
    routes = {f"{ROUTE}{name}" for names in spec.alerts.routes.values() for name in names}

    return frozenset({channel_of(spec), *routes})
