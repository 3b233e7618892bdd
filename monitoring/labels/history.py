"""The label times of the days before a day: what was known of labels when its numbers were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from monitoring.labels.curve import ArrivalCurve, learn_curve
from monitoring.labels.maturity import Maturity
from monitoring.labels.times import LabelTimes, summed
from monitoring.labels.weighting import Weights, weights_of
from monitoring.profile.grouping import Group

#: How far back labels are followed.
HISTORY = timedelta(days=60)

#: When so many of the labels that will come have come, the others change nothing.
_COMPLETE = 0.999


@dataclass(frozen=True, slots=True)
class ArrivalHistory:
    """
    The times of the labels of days, of which those in *mature* have all theirs.

    *groups* has them by version too, *times* of whole days. Labels of the days in *due* should
    have come by now: what is realised there is the truth. Whatever is said of a day follows from
    the days before it, so that a range of days says what one after the other would have.
    """

    groups: Mapping[Group, LabelTimes] = field(default_factory=dict)
    mature: frozenset[str] = frozenset()
    due: frozenset[str] = frozenset()
    times: Mapping[str, LabelTimes] = field(init=False, repr=False)
    _curves: dict[str, ArrivalCurve | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    _weights: dict[tuple[frozenset[str], str], Weights | str | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        times = {
            group.partition: self.groups[group]
            for group in self.groups
            if group == Group(group.partition)
        }
        object.__setattr__(self, "times", times)

    @classmethod
    def of(
        cls,
        groups: Mapping[Group, LabelTimes],
        read_at: Mapping[str, datetime],
        *,
        maturity: Maturity,
        as_of: datetime,
    ) -> ArrivalHistory:
        """Return the history of days: mature is one that was read when its labels were due."""
        due = {key: maturity.due(date.fromisoformat(key)) for key in read_at}

        return cls(
            groups,
            frozenset(key for key in read_at if due[key] <= read_at[key]),
            frozenset(key for key in read_at if due[key] <= as_of),
        )

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

    def times_of(self, partitions: frozenset[str], version: str) -> LabelTimes:
        """Return the times of the labels of *partitions* and of one *version*, or of all."""
        found = (self.groups.get(Group(key, version)) for key in sorted(partitions))

        return summed([times for times in found if times is not None])

    def weights(self, partitions: frozenset[str], version: str) -> Weights | str | None:
        """
        Return how many rows the labels of *partitions* stand for, or why that is not known.

        None where all have come or are due, and where there is nothing to learn from.
        """
        key = partitions, version
        if key not in self._weights:
            self._weights[key] = self._weighed(partitions, version)

        return self._weights[key]

    def _weighed(self, partitions: frozenset[str], version: str) -> Weights | str | None:
        last = max(partitions, default="")
        curve = None if last in self.due else self.curve(last)
        times = self.times_of(partitions, version)
        if curve is None or curve.expected(times) >= _COMPLETE * curve.eventually(times):
            return None

        return weights_of(times, curve)

    def recorded(self, day: str) -> dict[int, int]:
        """Return how many labels of *day* and of earlier ones came on each day, from 1970 on."""
        first = (date.fromisoformat(day) - HISTORY).isoformat()
        counts: Counter[int] = Counter()
        for key, found in self.times.items():
            if first <= key <= day:
                counts.update(found.recorded)

        return dict(counts)
