"""What becomes of the incidents that people know of when the past is computed again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from monitoring.alerting.incident import Incident, State


def continued(
    found: Iterable[Incident], known: Sequence[Incident], *, partitions: Sequence[str]
) -> list[Incident]:
    """
    Return *found*, the replay of *partitions*, under the names of the *known* incidents.

    Late labels and corrected tables move the first breach of an incident. It keeps the name under
    which it was told, so that nobody hears of one cause twice, and what was told is not pending
    again. A known incident that is open and of which the replay has nothing left is retracted: it
    is over and has no evidence. One whose windows were not replayed stays as it is.
    """
    position = {partition: index for index, partition in enumerate(partitions)}
    free = [incident for incident in known if _span(incident, position) is not None]
    named: list[Incident] = []
    for incident in found:
        same = _best(incident, free, position)
        if same is not None:
            free.remove(same)
        named.append(incident if same is None else _renamed(incident, same))
    gone = [incident for incident in free if incident.state is not State.RESOLVED]

    return named + [
        replace(i, state=State.RESOLVED, until=partitions[-1], evidence=()) for i in gone
    ]


def _renamed(incident: Incident, known: Incident) -> Incident:
    """Return *incident* under the name of *known*; one that fires does not become pending."""
    told = known.state is State.FIRING and incident.state is State.PENDING

    return replace(incident, since=known.since, state=State.FIRING if told else incident.state)


def _best(
    incident: Incident, known: Iterable[Incident], position: Mapping[str, int]
) -> Incident | None:
    """Return the known incident that *incident* continues: of the same name, else a firing one."""
    overlapping = [other for other in known if _overlap(incident, other, position)]
    ranked = sorted(
        overlapping,
        key=lambda other: (
            other.since != incident.since,
            other.state is not State.FIRING,
            position.get(other.since, -1),
        ),
    )

    return ranked[0] if ranked else None


def _overlap(first: Incident, second: Incident, position: Mapping[str, int]) -> bool:
    spans = _span(first, position), _span(second, position)
    if spans[0] is None or spans[1] is None:
        return False

    return spans[0][0] <= spans[1][1] and spans[1][0] <= spans[0][1]


def _span(incident: Incident, position: Mapping[str, int]) -> tuple[int, int] | None:
    """Return where *incident* begins and ends in the replay; None where it was not replayed."""
    ends = [position[end] for end in (incident.since, incident.last_seen) if end in position]

    return (ends[0], ends[-1]) if ends else None
