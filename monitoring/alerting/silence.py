"""What people ask not to be told: silences with an end and a reason, and maintenance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time

from monitoring.alerting.incident import Incident
from monitoring.results import ALL, Measurement, Verdict
from monitoring.spec.alerts import AlertsSpec
from monitoring.spec.calm import read_maintenance, read_quiet_hours
from monitoring.windows import DAY


@dataclass(frozen=True, slots=True)
class Silence:
    """
    Nobody is told of *model* from *start* until *until*, for *reason*.

    With a *column* or a *metric*, of its breaches alone: an incident that has others is told.
    """

    model: str
    start: datetime
    until: datetime
    reason: str
    column: str = ALL
    metric: str = ALL

    def mutes(self, incident: Incident, *, at: datetime) -> bool:
        """Return whether nothing of *incident* is left to be told at *at*."""
        if incident.model != self.model or not self.start <= at < self.until:
            return False
        if self.column == self.metric == ALL:
            return True

        return bool(incident.evidence) and all(map(self._covers, incident.evidence))

    def _covers(self, breach: Measurement) -> bool:
        return self.column in {ALL, breach.column} and self.metric in {ALL, breach.metric}


def muted_until(
    incident: Incident, silences: Iterable[Silence], alerts: AlertsSpec, *, at: datetime
) -> datetime | None:
    """Return when what mutes *incident* at *at* ends, the last of it; None when nothing does."""
    ends = [silence.until for silence in silences if silence.mutes(incident, at=at)]
    day = at.astimezone(UTC).date()
    for first, last in map(read_maintenance, alerts.maintenance):
        if first <= day <= last:
            ends.append(datetime.combine(last + DAY, time(), UTC))

    return max(ends, default=None)


def due_at(incident: Incident, alerts: AlertsSpec, *, at: datetime) -> datetime | None:
    """Return when quiet hours let *incident* be told; None for at once, as for the critical."""
    if alerts.quiet_hours is None or incident.severity is Verdict.CRITICAL:
        return None

    return read_quiet_hours(alerts.quiet_hours).end_after(at)
