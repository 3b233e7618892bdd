"""Brings the incidents of a model up to date with its measurements, and puts news in the outbox."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from monitoring.alerting.continuity import continued
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

    def refresh(
        self, *, as_of: datetime, run_id: str, batches: Sequence[str] = ()
    ) -> list[Incident]:
        """
        Replay the findings, store the incidents that follow, and queue a message for each news.

        *batches* gives the order of a monitor by batch, whose names need not sort by time. The
        incidents and their messages become visible together or not at all. Returns the incidents
        that changed.
        """
        with self.store.transaction() as transaction:
            # Read under the lock: two runs of one model must not both find an incident new.
            transaction.lock(self.spec.model)
            stored = self.store.incidents(model=self.spec.model, cause=self.cause)
            changed = self._changed(stored, batches)
            known = {incident.since: incident for incident in stored}
            told = message_keys(self.store, self.spec) if changed else frozenset()
            for incident in changed:
                transaction.save_incident(incident, run_id=run_id, at=as_of)
                if _is_news(incident, known.get(incident.since)):
                    transaction.enqueue(notification_of(incident, self.spec, told, at=as_of))

        return changed

    def _changed(self, known: Sequence[Incident], batches: Sequence[str]) -> list[Incident]:
        findings = self._findings(self._start(known), batches)
        found = continued(
            replay(self.spec.model, self.cause, findings),
            known,
            partitions=[finding.partition for finding in findings],
        )

        return [incident for incident in found if incident not in known]

    def _start(self, known: Iterable[Incident]) -> date | None:
        """
        Return the first day to replay: the horizon, or before.

        An incident that is open, or that reaches over the horizon, is replayed whole: its latter
        half alone would be another incident.
        """
        latest = self.store.partitions(self.spec.model, "predictions")[-1:]
        if self.spec.by_batch or not latest:
            return None
        horizon = date.fromisoformat(latest[0].partition) - HORIZON
        whole = [
            date.fromisoformat(incident.since)
            for incident in known
            if incident.state is State.FIRING or incident.last_seen >= horizon.isoformat()
        ]

        return min([horizon, *whole])

    def _findings(self, start: date | None, batches: Sequence[str]) -> list[Finding]:
        position = {batch: index for index, batch in enumerate(batches)}

        def order(row: Measurement) -> tuple[int, str]:
            return position.get(row.last_partition, len(position)), row.last_partition

        rows = sorted(self._judged(start), key=order)

        return [Finding(key[1], self._breaches(group)) for key, group in groupby(rows, key=order)]

    def _judged(self, start: date | None) -> list[Measurement]:
        """Return the measurements that can open or close an incident."""
        metrics = headline_metrics(
            self.cause, self.spec.task, scored=self.spec.predictions.score is not None
        )

        return [
            row
            for metric in sorted(metrics)
            for row in self.store.measurements(
                model=self.spec.model,
                step=str(self.cause),
                window=self._window(),
                metric=metric,
                segment=ALL,
                version=ALL,
                start=start,
            )
            if row.decided
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


def notification_of(
    incident: Incident, spec: MonitorSpec, told: Collection[str], *, at: datetime
) -> Notification:
    """
    Return the message that *incident* is due at *at*.

    Its key is fingerprint and state, and a count where *told* has that already: an incident that
    fires again, or still, is told again.
    """
    key = f"{incident.fingerprint}:{incident.state}"
    if key in told:
        key = f"{key}:{sum(other.startswith(f'{incident.fingerprint}:') for other in told)}"

    return Notification(key=key, incident=incident, channel=channel_of(spec), created_at=at)


def message_keys(store: ResultsStore, spec: MonitorSpec) -> frozenset[str]:
    """Return the keys of all messages about the model of *spec*."""
    return frozenset(record.notification.key for record in store.notifications(spec.model))


def channel_of(spec: MonitorSpec) -> str:
    """Return the channel that hears of *spec*; without one, its messages are kept in the log."""
    return spec.alerts.slack.channel if spec.alerts.slack is not None else LOG_CHANNEL


def _is_news(incident: Incident, before: Incident | None) -> bool:
    """An incident that came and went before anyone was told of it is no news."""
    if incident.state is State.FIRING:
        return before is None or before.state is not State.FIRING

    return before is not None and before.state is State.FIRING


def _excess(row: Measurement) -> float:
    bounds = Threshold(low=row.threshold_low, high=row.threshold_high, source="stored")

    return bounds.excess(row.value) if row.value is not None else 0.0
