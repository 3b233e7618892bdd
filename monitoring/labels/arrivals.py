"""Which days new, revised, late committed or deleted labels touch, each exactly once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from monitoring.labels.maturity import Maturity

#: Labels are counted again for so long after they were recorded: by then all are committed.
OVERLAP = timedelta(hours=1)

#: How far back labels are counted once a day, to find those that were deleted.
RECOUNTED = timedelta(days=30)

#: How often that is done.
RECOUNT_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """
    The labels of one prediction day in a span of recorded time.

    *last* is when the last one was recorded. *counted* counts those of which an earlier look has
    counted the same; *recent* those of which the next look will.
    """

    last: datetime
    counted: int
    recent: int


@dataclass(frozen=True, slots=True)
class Watch:
    """
    What is remembered from one look at the labels to the next.

    *at* is the time of the last look, ``None`` before the first. *counts* holds how many labels of
    each day it saw, of those that the next look counts again. *pending* says since when a day waits
    to be read.
    """

    at: datetime | None = None
    counts: Mapping[date, int] = field(default_factory=dict)
    pending: Mapping[date, datetime] = field(default_factory=dict)

    def since(self, overlap: timedelta) -> datetime | None:
        """Return from when on the next look reads labels: *overlap* before the last look."""
        return None if self.at is None else self.at - overlap

    def after(self, arrivals: Mapping[date, Arrivals], *, now: datetime) -> Watch:
        """
        Return what is to be remembered after a look at *now*.

        A day waits from its last label on; from *now* on where its count is not what it was: a
        label was recorded before the last look and committed after it, or is gone. At the first
        look there is no count; labels of the hour before their day was read may be new to it.
        """
        pending = dict(self.pending)
        for day, found in arrivals.items():
            came = found.last if self.at is not None else min(found.last + OVERLAP, now)
            pending[day] = max(pending.get(day, came), came)
        for day in self.changed(arrivals):
            pending[day] = now

        counts = {day: found.recent for day, found in arrivals.items() if found.recent}
        return Watch(now, counts, pending)

    def changed(self, arrivals: Mapping[date, Arrivals]) -> list[date]:
        """Return the days that have more or fewer labels than at the last look."""
        if self.at is None:
            return []
        now = {day: found.counted for day, found in arrivals.items()}
        days = {*now, *self.counts}

        return sorted(day for day in days if now.get(day, 0) != self.counts.get(day, 0))

    def settled(self, read_at: Mapping[date, datetime]) -> Watch:
        """Return this without the days that were read since, or never: the schedule reads those."""
        waiting = {
            day: since
            for day, since in self.pending.items()
            if day in read_at and since > read_at[day]
        }

        return Watch(self.at, self.counts, waiting)

    def encode(self) -> str:
        """Return this as JSON text."""
        return json.dumps(
            {
                "at": None if self.at is None else self.at.isoformat(),
                "counts": {day.isoformat(): count for day, count in self.counts.items()},
                "pending": {day.isoformat(): at.isoformat() for day, at in self.pending.items()},
            }
        )

    @classmethod
    def decode(cls, text: str | None) -> Watch:
        """Read what :meth:`encode` wrote; without a text, nothing was ever looked at."""
        if text is None:
            return cls()
        kept = json.loads(text)

        return cls(
            at=None if kept["at"] is None else datetime.fromisoformat(kept["at"]),
            counts={date.fromisoformat(day): count for day, count in kept["counts"].items()},
            pending={
                date.fromisoformat(day): datetime.fromisoformat(at)
                for day, at in kept["pending"].items()
            },
        )


def days_to_recompute(
    arrivals: Mapping[date, datetime],
    read_at: Mapping[date, datetime],
    *,
    maturity: Maturity,
    now: datetime,
) -> list[date]:
    """
    Return the days whose numbers have changed since they were read, oldest first.

    *arrivals* says when the last label of a day came, *read_at* up to when its labels were read.
    A day that has become mature since counts too: its verdict was withheld until then. Days that
    were never read are left to the schedule.
    """
    late = {day for day, arrived in arrivals.items() if day in read_at and arrived > read_at[day]}
    matured = {day for day, read in read_at.items() if read < maturity.due(day) <= now}

    return sorted(late | matured)
