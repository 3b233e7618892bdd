"""Troubles of the monitor itself: incidents that follow from no measurement."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from monitoring.alerting.incident import Cause, Incident, State
from monitoring.alerting.overdue import overdue_days
from monitoring.alerting.silence import due_at
from monitoring.results import Verdict
from monitoring.spec.model import MonitorSpec
from resources.journal import TABLE, Journal
from resources.outbox import Outbox, channels_of
from resources.results.records import NotificationRecord, NotificationStatus
from resources.results.store import ResultsStore

#: How long a message may be tried again before somebody has to look.
STUCK_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class OwnTroubles:
    """The incidents of one *cause* by which the monitor of a model does not work."""

    spec: MonitorSpec
    store: ResultsStore
    cause: Cause

    def open(self, partition: str, *, run_id: str, at: datetime, note: str = "") -> bool:
        """
        Open an incident with *partition*, or extend the one that is open; True when it is new.

        One that is open has been told already; one that was over is told again.
        """
        firing = self._firing()
        incident = Incident(
            model=self.spec.model,
            cause=self.cause,
            state=State.FIRING,
            severity=Verdict.CRITICAL,
            since=firing[0].since if firing else partition,
            last_seen=partition,
        )
        if incident in firing:
            return False
        with self.store.transaction() as transaction:
            transaction.lock(self.spec.model)
            transaction.save_incident(incident, run_id=run_id, at=at, note=note)
            if not firing:
                Outbox(self.spec, self.store).put(incident, transaction, at=at)

        return not firing

    def close(self, partition: str, *, run_id: str, at: datetime) -> bool:
        """End what is open with *partition*; True when something was."""
        firing = self._firing()
        for incident in firing:
            resolved = replace(incident, state=State.RESOLVED, until=partition)
            with self.store.transaction() as transaction:
                transaction.lock(self.spec.model)
                transaction.save_incident(resolved, run_id=run_id, at=at)
                Outbox(self.spec, self.store).put(resolved, transaction, at=at)

        return bool(firing)

    def _firing(self) -> list[Incident]:
        return self.store.incidents(model=self.spec.model, cause=self.cause, state=State.FIRING)


def missing_days(spec: MonitorSpec, store: ResultsStore, *, due: date) -> list[date]:
    """Return the days of *spec* up to *due* of which nothing was read."""
    done = {date.fromisoformat(key) for key in Journal(spec, store).seen(TABLE)}

    return overdue_days(start=spec.start, end=spec.end, due=due, done=done)


def undelivered(spec: MonitorSpec, store: ResultsStore, *, now: datetime) -> list[str]:
    """
    Return what keeps messages from their readers, a line for each channel that is stuck.

    A parked message counts until a later one gets through, or the monitor file names another
    channel; one that is due counts an hour after its time, whether it was tried or waits behind
    another. Messages about this very trouble do not count: they would keep it alive.
    """
    parked: dict[str, NotificationRecord] = {}
    late: dict[str, NotificationRecord] = {}
    for record in store.notifications(spec.model):
        channel = record.notification.channel
        if record.incident.cause is Cause.UNDELIVERED:
            continue
        if record.status is NotificationStatus.SENT:
            parked.pop(channel, None)
        elif record.status is NotificationStatus.PARKED and channel in channels_of(spec):
            parked[channel] = record
        elif _is_late(record, spec, now):
            # The first that is late was tried; the others wait for it and cannot say why.
            late.setdefault(channel, record)

    return [_line(channel, record) for channel, record in (parked | late).items()]


def _is_late(record: NotificationRecord, spec: MonitorSpec, now: datetime) -> bool:
    if record.status is not NotificationStatus.DUE:
        return False
    queued = record.notification.created_at
    since = due_at(record.incident, spec.alerts, at=queued) or queued
    if not record.may_have_arrived:
        # It may wait for the end of a silence or of maintenance.
        since = record.next_attempt_at or since

    return now - since > STUCK_AFTER


def _line(channel: str, record: NotificationRecord) -> str:
    return f"{channel}: {record.detail or record.status}"


def words_of(days: Sequence[date]) -> str:
    """
    Say which days are missing.

    >>> words_of([date(2026, 1, 2), date(2026, 1, 3)])
    '2 days from 2026-01-02 on'
    """
    return f"{len(days)} days from {days[0]} on" if len(days) > 1 else f"{days[0]}"
