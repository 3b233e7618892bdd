"""What people ask not to be told: silences with an end and a reason, and maintenance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from monitoring.alerting.incident import Incident
from monitoring.results import ALL, Measurement, Verdict
from monitoring.spec.alerts import AlertsSpec
from monitoring.spec.calm import read_maintenance, read_quiet_hours


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


def why_muted(
    incident: Incident, silences: Iterable[Silence], alerts: AlertsSpec, *, at: datetime
) -> str | None:
    """Say why nobody is told of *incident* at *at*; None when they are."""
    for silence in silences:
        if silence.mutes(incident, at=at):
            return f"silenced until {silence.until:%Y-%m-%d %H:%M} UTC: {silence.reason}"
    day = at.astimezone(UTC).date()
    for written in alerts.maintenance:
        first, last = read_maintenance(written)
        if first <= day <= last:
            return f"maintenance {written}"

    return None


def due_at(incident: Incident, alerts: AlertsSpec, *, at: datetime) -> datetime | None:
    """Return when quiet hours let *incident* be told; None for at once, as for the critical."""
    if alerts.quiet_hours is None or incident.severity is Verdict.CRITICAL:
        return None

    return read_quiet_hours(alerts.quiet_hours).end_after(at)
