"""Tells people what became of a version, in the same transaction as the decision about it."""

from collections.abc import Callable
from datetime import datetime

from monitoring.alerting.incident import Cause, Incident, Notification, State
from monitoring.alerting.version_message import VersionNews
from monitoring.results import Verdict
from monitoring.spec.model import MonitorSpec
from resources.outbox import Outbox
from resources.results.records import Subject
from resources.results.store import ResultsStore
from resources.results.transaction import Transaction

#: What is written in the transaction of a decision besides.
Also = Callable[[Transaction], object]


def news_of(spec: MonitorSpec, store: ResultsStore, version: str, *, at: datetime) -> Also:
    """Return what queues the news of the decision *at* that moment about *version*."""
    incident = Incident(spec.model, Cause.VERSION, State.FIRING, Verdict.WARNING, version, version)

    return lambda transaction: Outbox(spec, store).put(incident, transaction, at=at)


def read_news(store: ResultsStore, notification: Notification) -> VersionNews:
    """Return what *notification* is to tell: the decision that was made when it was queued."""
    model, version = notification.incident.model, notification.incident.since
    about = [decision for decision in store.decisions(model) if decision.version == version]
    made = next((each for each in about if each.at == notification.created_at), None)
    if made is None:
        return VersionNews(model, version, "see monitor lineage")
    promotion = made.subject is Subject.PROMOTION

    return VersionNews(
        model,
        version,
        made.reason,
        waits=promotion and made.outcome == "waiting",
        promoted=promotion and made.outcome == "yes",
    )
