"""Gathers what is known beside an incident when its message is sent."""

from collections.abc import Sequence
from datetime import date
from itertools import chain

from monitoring.alerting.context import FACTS, Context
from monitoring.alerting.incident import Cause, Incident, State
from monitoring.results import ALL, Measurement
from monitoring.windows import BATCH
from resources.results.records import NotificationRecord
from resources.results.store import ResultsStore


def context_of(
    incident: Incident,
    store: ResultsStore,
    before: Sequence[NotificationRecord],
    *,
    dagster_url: str | None,
    mention: str | None,
) -> Context:
    """Return what *store* knows beside *incident*, of which *before* has been told."""
    note, run_id = _found(incident, store)
    again = bool(before) and before[-1].incident.state is incident.state

    return Context(
        note=note,
        run=f"{dagster_url.rstrip('/')}/runs/{run_id}" if dagster_url and run_id else None,
        facts=tuple(_facts(incident, store)),
        others=_others(incident, store),
        mention=mention,
        reminder=again and incident.state is State.FIRING,
    )


def _others(incident: Incident, store: ResultsStore) -> frozenset[Cause] | None:
    """Return of what else the model has an incident within the window of *incident*."""
    if not incident.evidence or incident.evidence[0].window == BATCH:
        return None
    first, last = incident.evidence[0].window_start, incident.last_seen

    return frozenset(
        other.cause
        for other in store.incidents(model=incident.model)
        if other.state is not State.PENDING and other.since <= last and other.last_seen >= first
    )


def _found(incident: Incident, store: ResultsStore) -> tuple[str, str]:
    """Return what was noted of a trouble of the monitor itself, and the run that found it."""
    if incident.cause.measured:
        return "", incident.evidence[0].run_id if incident.evidence else ""
    steps = [
        step
        for step in store.transitions(incident.model)
        if (step.cause, step.since, step.state) == (incident.cause, incident.since, incident.state)
    ]

    return (steps[-1].note, steps[-1].run_id) if steps else ("", "")


def _facts(incident: Incident, store: ResultsStore) -> list[Measurement]:
    """Return the numbers of the window of the worst breach, over all rows."""
    if incident.state is not State.FIRING or not incident.evidence:
        return []
    worst = incident.evidence[0]
    of_days = worst.window != BATCH
    rows = chain.from_iterable(
        store.measurements(
            model=incident.model,
            step=str(incident.cause),
            metric=metric,
            window=worst.window,
            start=date.fromisoformat(worst.last_partition) if of_days else None,
            segment=ALL,
            version=ALL,
        )
        for metric in FACTS.get(incident.cause, ())
    )

    return [row for row in rows if row.last_partition == worst.last_partition]
