"""Brings the incidents of a model up to date with its measurements, and puts news in the outbox."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby

from monitoring.alerting.continuity import continued
from monitoring.alerting.incident import Cause, Incident, State
from monitoring.alerting.inhibition import (
    broken_answers,
    broken_columns,
    explained_by_quality,
    late_windows,
)
from monitoring.alerting.policy import Finding, alert_window, headlines_of, replay
from monitoring.alerting.segments import worst_segments
from monitoring.results import ALL, Measurement, Verdict
from monitoring.spec.columns import answer_columns, reserved_columns
from monitoring.spec.model import MonitorSpec
from monitoring.thresholds.threshold import Threshold
from monitoring.windows import BATCH, DAY
from resources.journal import TABLE, Journal
from resources.outbox import Outbox
from resources.results.store import ResultsStore

#: How far back incidents are replayed: older ones stay as they are.
HORIZON = timedelta(days=92)


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
        that changed. A run that looks back leaves them as they are: they are of what is known now.
        """
        if self._is_past(as_of):
            return []
        with self.store.transaction() as transaction:
            # Read under the lock: two runs of one model must not both find an incident new.
            transaction.lock(self.spec.model)
            stored = self.store.incidents(model=self.spec.model, cause=self.cause)
            changed = self._changed(stored, batches)
            known = {incident.since: incident for incident in stored}
            outbox = Outbox(self.spec, self.store)
            for incident in changed:
                note = "retracted: computed again" if incident.retracted else ""
                transaction.save_incident(incident, run_id=run_id, at=as_of, note=note)
                if _is_news(incident, known.get(incident.since)):
                    outbox.put(incident, transaction, at=as_of)

        return changed

    def _is_past(self, moment: datetime) -> bool:
        """Say whether rows were read a day after *moment* or later: by no run that began then."""
        seen = Journal(self.spec, self.store).seen(TABLE)

        return any(record.as_of > moment + DAY for record in seen.values())

    def _changed(self, known: Sequence[Incident], batches: Sequence[str]) -> list[Incident]:
        findings = self._findings(self._start(known), batches)
        found = continued(
            replay(
                self.spec.model,
                self.cause,
                findings,
                fire_after=self.spec.alerts.fire_after,
                resolve_after=self.spec.alerts.resolve_after,
            ),
            known,
            partitions=[finding.partition for finding in findings],
        )

        return [self._explained(incident) for incident in found if incident not in known]

    def _explained(self, incident: Incident) -> Incident:
        """Return *incident* with the segments that its worst breach hits hardest as evidence."""
        if incident.state is not State.FIRING or not incident.evidence or not self.spec.segments:
            return incident
        worst = incident.evidence[0]
        day = None if worst.window == BATCH else date.fromisoformat(worst.last_partition)
        rows = self.store.measurements(
            model=self.spec.model,
            step=str(self.cause),
            window=worst.window,
            metric=worst.metric,
            column=worst.column,
            version=worst.version,
            start=day,
            end=None if day is None else day + DAY,
        )

        return replace(incident, evidence=(*incident.evidence, *worst_segments(worst, rows)))

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
            if incident.state is not State.RESOLVED or incident.last_seen >= horizon.isoformat()
        ]

        return min([horizon, *whole])

    def _findings(self, start: date | None, batches: Sequence[str]) -> list[Finding]:
        position = {batch: index for index, batch in enumerate(batches)}

        def order(row: Measurement) -> tuple[int, str]:
            return position.get(row.last_partition, len(position)), row.last_partition

        rows = sorted(self._judged(start), key=order)
        told = frozenset(self._unexplained(rows, start))

        return [
            Finding(key[1], self._breaches(row for row in group if row in told))
            for key, group in groupby(rows, key=order)
        ]

    def _unexplained(self, rows: Sequence[Measurement], start: date | None) -> list[Measurement]:
        """Return the breaches of *rows* that no other trouble explains."""
        breached = [row for row in rows if row.breached]
        if not breached or self.cause is Cause.QUALITY:
            return breached
        if self.cause is Cause.DRIFT:
            # A window begins before the day that it is replayed for.
            first = None if start is None else start - HORIZON
            broken = broken_columns(
                self._numbers("failed_expectations", Cause.QUALITY, start=first)
            )
            broken = broken_answers(
                broken, answers=answer_columns(self.spec), reserved=reserved_columns(self.spec)
            )
            return [row for row in breached if not explained_by_quality(row, broken)]
        late = late_windows(
            [
                row
                for row in self._numbers(
                    "label_coverage", self.cause, start=start, window=self._window()
                )
                if row.column == ALL
            ]
        )

        return [row for row in breached if (row.window_start, row.window_end) not in late]

    def _numbers(
        self, metric: str, step: Cause, *, start: date | None, window: str | None = None
    ) -> list[Measurement]:
        return list(
            self.store.measurements(
                model=self.spec.model,
                step=str(step),
                window=window,
                metric=metric,
                segment=ALL,
                version=ALL,
                start=start,
            )
        )

    def _judged(self, start: date | None) -> list[Measurement]:
        """Return the measurements that can open or close an incident."""
        return [
            row
            for metric in sorted(headlines_of(self.cause, self.spec))
            for row in self._numbers(metric, self.cause, start=start, window=self._window())
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


def _is_news(incident: Incident, before: Incident | None) -> bool:
    """An incident that came and went before anyone was told of it is no news."""
    if incident.state is State.PENDING:
        return False
    if incident.state is State.FIRING:
        return before is None or before.state is not State.FIRING

    return before is not None and before.state is State.FIRING


def _excess(row: Measurement) -> float:
    bounds = Threshold(low=row.threshold_low, high=row.threshold_high, source="stored")

    return bounds.excess(row.value) if row.value is not None else 0.0
