"""The label times of the days before a day: what was known of labels when its numbers were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from monitoring.labels.curve import ArrivalCurve, ages_of, learn_curve
from monitoring.labels.maturity import Maturity
from monitoring.labels.times import LabelTimes, summed
from monitoring.labels.weighting import Weights, weights_of
from monitoring.profile.grouping import Group
from monitoring.results import ALL
from monitoring.windows import DAY

EPOCH = date(1970, 1, 1)

#: How far back labels are followed.
HISTORY = timedelta(days=60)

#: Days on which labels were recorded before their usual gap is known.
FEWEST_DAYS = 7

#: When so many of the labels that will come have come, the others change nothing.
_COMPLETE = 0.999


@dataclass(frozen=True, slots=True)
class ArrivalHistory:
    """
    The times of the labels of days or batches, of which those in *mature* have all theirs.

    *groups* has them by version and segment too, *times* of whole partitions; *ends* says on which
    day each ends. Labels of those in *due* should have come by now: what is realised there is the
    truth. Whatever is said of a day follows from the days before it, so that a range of days says
    what one after the other would have. Labels without a time are taken to have *come* when they
    were due, if they were there by then: how many did, by day from 1970 on.
    """

    groups: Mapping[Group, LabelTimes] = field(default_factory=dict)
    ends: Mapping[str, date] = field(default_factory=dict)
    mature: frozenset[str] = frozenset()
    due: frozenset[str] = frozenset()
    come: Mapping[str, Mapping[int, int]] | None = None
    times: Mapping[str, LabelTimes] = field(init=False, repr=False)
    _curves: dict[str, ArrivalCurve | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _weights: dict[tuple[frozenset[str], str], Weights | str | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "times", whole_times(self.groups))

    @classmethod
    def of(
        cls,
        groups: Mapping[Group, LabelTimes],
        read_at: Mapping[str, datetime],
        *,
        maturity: Maturity,
        as_of: datetime,
        by_batch: bool = False,
        timed: bool = True,
    ) -> ArrivalHistory:
        """
        Return the history of *groups*: mature is what was read when its labels were due.

        Labels are *timed*, or nobody knows when they were recorded.
        """
        ends = (
            batch_ends(groups, read_at)
            if by_batch
            else {key: date.fromisoformat(key) for key in read_at}
        )
        due = {key: maturity.due(end) for key, end in ends.items()}
        mature = frozenset(key for key in due if due[key] <= read_at[key])
        come = {key: _come(groups[Group(key)], due[key]) for key in mature}

        return cls(
            groups,
            ends,
            mature,
            frozenset(key for key in due if due[key] <= as_of),
            None if timed else come,
        )

    @property
    def is_timed(self) -> bool:
        """Whether it is known when labels were recorded."""
        return self.come is None

    def mature_before(self, partition: str) -> dict[str, LabelTimes]:
        """Return what is mature and ended before *partition*, within the history."""
        if partition not in self.ends:
            return {}
        end = self.ends[partition]

        return {
            key: self.times[key]
            for key in sorted(self.mature)
            if end - HISTORY <= self.ends[key] < end
        }

    def curve(self, partition: str) -> ArrivalCurve | None:
        """Return how labels came in before *partition*; None where few are mature."""
        if partition not in self._curves:
            self._curves[partition] = learn_curve(self.mature_before(partition))

        return self._curves[partition]

    def times_of(self, partitions: frozenset[str], version: str, segment: str = ALL) -> LabelTimes:
        """Return the times of the labels of *partitions*, and of one *version* or *segment*."""
        found = (self.groups.get(Group(key, version, segment)) for key in sorted(partitions))

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

    def recorded(self, partition: str) -> dict[int, int]:
        """
        Return how many labels of *partition* and of earlier ones came by day, from 1970 on.

        Of those within the history, unless labels are rare there: a silence does not end because
        it lasts longer than the history.
        """
        end = self.ends[partition]
        recent = self._recorded(end - HISTORY, end)

        return recent if len(recent) >= FEWEST_DAYS else self._recorded(date.min, end)

    def tells_silence(self, partition: str) -> bool:
        """Whether the labels within the history say how long labels are silent at most."""
        end = self.ends[partition]

        return len(self._recorded(end - HISTORY, end)) >= FEWEST_DAYS

    def _recorded(self, first: date, last: date) -> dict[int, int]:
        counts: Counter[int] = Counter()
        for key, found in self.times.items():
            if key in self.ends and first <= self.ends[key] <= last:
                counts.update(found.recorded if self.come is None else self.come.get(key, {}))

        return dict(counts)


def _come(times: LabelTimes, due: datetime) -> dict[int, int]:
    return {(due.date() - EPOCH).days: times.labelled} if times.labelled else {}


def whole_times(groups: Mapping[Group, LabelTimes]) -> dict[str, LabelTimes]:
    """Return those of *groups* that are whole partitions."""
    return {
        group.partition: times for group, times in groups.items() if group == Group(group.partition)
    }


def batch_ends(
    groups: Mapping[Group, LabelTimes], read_at: Mapping[str, datetime]
) -> dict[str, date]:
    """
    Return the day of the last prediction of each batch, as old as its youngest row was when read.

    Exact to 2 % of that age. Where predictions have no time, a batch has no end.
    """
    times = whole_times(groups)

    return {
        key: (
            read_at[key] - timedelta(seconds=float(ages_of(times[key]).seconds[0])) + DAY / 2
        ).date()
        for key in read_at
        if times[key].rows
    }
