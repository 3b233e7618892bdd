"""The label times of the days before a day: what was known of labels when its numbers were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from monitoring.labels.curve import ArrivalCurve, learn_curve
from monitoring.labels.maturity import matures_at
from monitoring.labels.times import LabelTimes
from monitoring.windows import DAY

#: How far back labels are followed.
HISTORY = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class ArrivalHistory:
    """
    The *times* of the labels of days, of which those in *mature* have all theirs.

    Labels of days up to *due* should have come by now: what is realised there is the truth.
    Whatever is said of a day follows from the days before it, so that a range of days says what
    one after the other would have.
    """

    times: Mapping[str, LabelTimes]
    mature: frozenset[str] = frozenset()
    due: str = ""
    _curves: dict[str, ArrivalCurve | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def of(
        cls,
        times: Mapping[str, LabelTimes],
        read_at: Mapping[str, datetime],
        *,
        delay: timedelta,
        as_of: datetime,
    ) -> ArrivalHistory:
        """Return the history of *times*: mature is a day that was read when its labels were due."""
        mature = {
            key for key in times if matures_at(date.fromisoformat(key) + DAY, delay) <= read_at[key]
        }

        due = (as_of - delay).date() - DAY

        return cls(times, frozenset(mature), due.isoformat())

    def is_due(self, day: str) -> bool:
        """Return whether the labels of *day* should have come."""
        return bool(day) and day <= self.due

    def mature_before(self, day: str) -> dict[str, LabelTimes]:
        """Return the mature days before *day*, no longer ago than the history goes."""
        first = (date.fromisoformat(day) - HISTORY).isoformat()

        return {key: self.times[key] for key in sorted(self.mature) if first <= key < day}

    def curve(self, day: str) -> ArrivalCurve | None:
        """Return how labels came in before *day*; None where it is none, or few are mature."""
        if not self.mature or not day:
            return None
        if day not in self._curves:
            self._curves[day] = learn_curve(self.mature_before(day))

        return self._curves[day]

    def recorded(self, day: str) -> dict[int, int]:
        """Return how many labels of *day* and of earlier ones came on each day, from 1970 on."""
        first = (date.fromisoformat(day) - HISTORY).isoformat()
        counts: Counter[int] = Counter()
        for key, found in self.times.items():
            if first <= key <= day:
                counts.update(found.recorded)

        return dict(counts)
