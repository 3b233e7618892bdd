"""Whether an incident starts a retraining: a chain of reasons not to, and what is left is yes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from monitoring.alerting.incident import Incident, State
from monitoring.results import Verdict
from monitoring.spec.model import MonitorSpec
from monitoring.spec.retraining import RetrainingSpec
from monitoring.windows import DAY, format_duration


@dataclass(frozen=True, slots=True)
class Decision:
    """
    Whether a retraining starts, and why.

    *incident* is its cause, if it starts; *folded* are the incidents that it, or the one which
    runs already, answers as well.
    """

    start: bool
    reason: str
    incident: Incident | None = None
    folded: tuple[Incident, ...] = ()


@dataclass(frozen=True, slots=True)
class PastRequest:
    """
    An earlier retraining: the fingerprint of its cause, and when it was asked for.

    It is *running* until its version was decided upon; a *folded* one was answered by another and
    had no run of its own.
    """

    cause: str
    requested_at: datetime
    running: bool = False
    folded: bool = False


@dataclass(frozen=True, slots=True)
class LabelCount:
    """How many labelled rows there are to train on, and how many the model in use has not seen."""

    training: int
    new: int


def decide(
    spec: MonitorSpec,
    incidents: Sequence[Incident],
    past: Sequence[PastRequest],
    *,
    labels: LabelCount,
    now: datetime,
) -> Decision:
    """
    Say whether one of *incidents* starts a retraining at *now*.

    One incident starts one retraining, however long it lasts. A second one that comes while a
    retraining runs, or together with the first, is folded into it.
    """
    policy = spec.retraining
    if policy is None:
        return Decision(start=False, reason="the monitor file asks for no retraining")
    if policy.mode == "off":
        return Decision(start=False, reason="retraining is off in the monitor file")
    answered = {request.cause for request in past}
    asking = [incident for incident in incidents if _refusal(policy, incident) is None]
    new = [incident for incident in asking if incident.fingerprint not in answered]
    if not new:
        return Decision(start=False, reason=_nothing_new(policy, incidents, asking))
    running = next((request for request in past if request.running), None)
    if running is not None:
        told = ", ".join(incident.fingerprint for incident in new)
        reason = f"{told} is folded into the retraining for {running.cause}, which runs"
        return Decision(start=False, reason=reason, folded=tuple(new))
    obstacle = _obstacle(policy, past, labels, now)
    if obstacle is not None:
        return Decision(start=False, reason=obstacle)

    first, *others = new
    reason = f"{first.fingerprint} is firing"
    if others:
        reason += f", and so is {', '.join(other.fingerprint for other in others)}"

    return Decision(start=True, reason=reason, incident=first, folded=tuple(others))


def _nothing_new(
    policy: RetrainingSpec, incidents: Sequence[Incident], asking: Sequence[Incident]
) -> str:
    if asking:
        return f"{asking[0].fingerprint} was answered already"
    firing = [incident for incident in incidents if incident.state is State.FIRING]
    named = [incident for incident in firing if incident.cause in policy.on]
    if not named:
        return f"no incident of {' or '.join(policy.on)} is firing"

    return _refusal(policy, named[0]) or ""


def _refusal(policy: RetrainingSpec, incident: Incident) -> str | None:
    """Return why *incident* asks for no retraining under *policy*, if it does not."""
    name = incident.fingerprint
    if incident.state is not State.FIRING or incident.cause not in policy.on:
        return f"{name} is {incident.state}, and of {incident.cause}"
    if policy.severity == "critical" and incident.severity is not Verdict.CRITICAL:
        return f"{name} is a {incident.severity}, and only critical ones count"
    breached = {row.metric for row in incident.evidence if row.breached}
    if policy.metrics and not breached & set(policy.metrics):
        found = ", ".join(sorted(breached)) or "nothing"
        return f"{name} is about {found}, and only {', '.join(policy.metrics)} count"
    lasted = date.fromisoformat(incident.last_seen) - date.fromisoformat(incident.since) + DAY
    if lasted < policy.lasting:
        wanted = format_duration(policy.lasting)
        return f"{name} has lasted {format_duration(lasted)}, and {wanted} are asked for"

    return None


def _obstacle(
    policy: RetrainingSpec, past: Sequence[PastRequest], labels: LabelCount, now: datetime
) -> str | None:
    """Return what keeps any retraining from starting at *now*."""
    if labels.training < policy.minimum_labels:
        return (
            f"expected {policy.minimum_labels:,} labelled rows to train on, got {labels.training:,}"
        )
    if labels.new < policy.new_labels:
        return (
            f"expected {policy.new_labels:,} labelled rows that the model in use was not trained "
            f"on, got {labels.new:,}"
        )
    started = [request.requested_at for request in past if not request.folded]
    if started and now < max(started) + policy.cooldown:
        return f"cooling down until {max(started) + policy.cooldown:%Y-%m-%d %H:%M} UTC"
    recent = [moment for moment in started if moment > now - policy.period]
    if len(recent) >= policy.maximum:
        length = format_duration(policy.period)
        return f"{len(recent)} retrainings within {length}, and {policy.maximum} are allowed"
    if policy.hours is not None and not within_hours(policy.hours, now.time()):
        return f"it is {now:%H:%M} UTC, and retrainings start in {policy.hours}"

    return None


def within_hours(hours: str, moment: time) -> bool:
    """
    Say whether *moment* is within *hours*, which may go over midnight; the end is exclusive.

    >>> [within_hours("22:00-06:00", time(hour)) for hour in (21, 22, 5, 6)]
    [False, True, True, False]
    """
    start, end = (time.fromisoformat(text) for text in hours.split("-"))
    if start <= end:
        return start <= moment < end

    return moment >= start or moment < end
