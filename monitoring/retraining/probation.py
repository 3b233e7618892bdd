"""Whether a version that was promoted has to go back: an incident of its own, in its first days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from monitoring.alerting.incident import Incident, State
from monitoring.spec.retraining import RetrainingSpec
from monitoring.windows import midnight


def broken_probation(
    policy: RetrainingSpec,
    incidents: Iterable[Incident],
    *,
    promoted_at: datetime,
    in_use_since: datetime,
) -> Incident | None:
    """
    Return the incident that ends the probation of the version promoted at *promoted_at*.

    It began within the probation and after the day from which the version is in use, as does every
    window of its evidence: a window of two versions says nothing of this one. An incident that
    fired before is no reason to go back to the version that it was about. Nor does it count twice:
    a version that is *in_use_since* the one after it was taken back has no part in what that did.
    """
    changed = in_use_since.date()
    for incident in incidents:
        since = date.fromisoformat(incident.since)
        began = changed < since and midnight(since) < promoted_at + policy.probation
        own = incident.evidence and all(
            date.fromisoformat(row.window_start) > changed for row in incident.evidence
        )
        if incident.state is State.FIRING and incident.cause in policy.on and began and own:
            return incident

    return None
