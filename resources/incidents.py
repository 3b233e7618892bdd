"""Brings the incidents of a model up to date with its measurements, and puts news in the outbox."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from monitoring.alerting.incident import Cause, Incident, Notification, State
from monitoring.alerting.policy import Finding, alert_window, headline_metrics, replay
from monitoring.results import ALL, Measurement, Verdict
from monitoring.spec.model import MonitorSpec
from monitoring.thresholds.threshold import Threshold
from monitoring.windows import BATCH
from resources.results.store import ResultsStore

#: How far back incidents are replayed: older ones stay as they are.
HORIZON = timedelta(days=92)

#: The channel of a monitor whose file names none.
LOG_CHANNEL = "log"


@dataclass(frozen=True, slots=True)
class Incidents:
    """The incidents of one model and cause."""

    spec: MonitorSpec
    store: ResultsStore
    cause: Cause

    def refresh(self, *, as_of: datetime, run_id: str) -> list[Incident]:
        """
        Replay the findings, store the incidents that follow, and queue a message for each news.

        The incidents and their messages become visible together or not at all. Returns the
        incidents that changed.
        """
        known = {
            incident.since: incident
            for incident in self.store.incidents(model=self.spec.model, cause=self.cause)
        }
        start = self._start(known.values())
        found = replay(self.spec.model, self.cause, self._findings(start))
        changed = [incident for incident in found if known.get(incident.since) != incident]
        with self.store.transaction() as transaction:
            transaction.lock(self.spec.model)
            for incident in changed:
                transaction.save_incident(incident, run_id=run_id, at=as_of)
            for incident in changed:
                if _is_news(incident, known.get(incident.since)):
                    transaction.enqueue(self._notification(incident, as_of))

        return changed

    def _start(self, known: Iterable[Incident]) -> date | None:
        """Return the first day to replay: an incident that is still open is replayed whole."""
        if self.spec.by_batch:
            return None
        days = [
            date.fromisoformat(row.partition)
            for row in self.store.partitions(self.spec.model, "predictions")[-1:]
        ]
        open_since = [
            date.fromisoformat(incident.since)
            for incident in known
            if incident.state is State.FIRING
        ]

        return min([day - HORIZON for day in days] + open_since, default=None)

    def _findings(self, start: date | None) -> list[Finding]:
        rows = sorted(self._judged(start), key=_order)

        return [Finding(key[1], self._breaches(group)) for key, group in groupby(rows, key=_order)]

    def _judged(self, start: date | None) -> list[Measurement]:
        """Return the measurements that can open or close an incident."""
        metrics = headline_metrics(self.cause, self.spec.task)

        return [
            row
            for row in self.store.measurements(
                model=self.spec.model,
                step=str(self.cause),
                window=self._window(),
                segment=ALL,
                version=ALL,
                start=start,
            )
            if row.metric in metrics and row.verdict is not None and row.value is not None
        ]

    def _breaches(self, rows: Iterable[Measurement]) -> tuple[Measurement, ...]:
        """Return what is beyond its bounds, worst first; of quality only what is critical."""
        harmless = Verdict.WARNING if self.cause is Cause.QUALITY else None
        breached = [row for row in rows if row.breached and row.verdict is not harmless]

        return tuple(sorted(breached, key=_excess, reverse=True))

    def _window(self) -> str:
        if self.spec.by_batch:
            return BATCH
        if self.cause is Cause.DRIFT:
            return alert_window(self.spec.windows.drift)
        if self.cause is Cause.PERFORMANCE:
            return alert_window(self.spec.windows.performance)

        return "1d"

    def _notification(self, incident: Incident, as_of: datetime) -> Notification:
        return Notification(
            key=f"{incident.fingerprint}:{incident.state}",
            incident=incident,
            channel=channel_of(self.spec),
            created_at=as_of,
        )


def channel_of(spec: MonitorSpec) -> str:
    """Return the channel that hears of *spec*; without one, its messages are kept in the log."""
    return spec.alerts.slack.channel if spec.alerts.slack is not None else LOG_CHANNEL


def _is_news(incident: Incident, before: Incident | None) -> bool:
    """An incident that came and went before anyone was told of it is no news."""
    if incident.state is State.FIRING:
        return before is None or before.state is not State.FIRING

    return before is not None and before.state is State.FIRING


def _order(row: Measurement) -> tuple[str, str]:
    return row.window_end, row.last_partition


def _excess(row: Measurement) -> float:
    bounds = Threshold(low=row.threshold_low, high=row.threshold_high, source="stored")

    return bounds.excess(row.value) if row.value is not None else 0.0
