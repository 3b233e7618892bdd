"""Whether a version that was promoted has to go back: an incident of its own, in its first days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from monitoring.alerting.incident import Incident, State
from monitoring.spec.retraining import RetrainingSpec
from monitoring.windows import midnight


def broken_probation(
    policy: RetrainingSpec, incidents: Iterable[Incident], *, promoted_at: datetime
) -> Incident | None:
    """
    Return the incident that ends the probation of the version promoted at *promoted_at*.

    It began after the promotion and within the probation, and every window of its evidence lies
    after the day of the promotion: a window of both versions says nothing of the new one. An
    incident that fired before is no reason to go back to the version that it was about.
    """
    promoted = promoted_at.date()
    for incident in incidents:
        since = date.fromisoformat(incident.since)
        began = promoted < since and midnight(since) < promoted_at + policy.probation
        own = incident.evidence and all(
            date.fromisoformat(row.window_start) > promoted for row in incident.evidence
        )
        if incident.state is State.FIRING and incident.cause in policy.on and began and own:
            return incident

    return None
