"""From the profiles of windows to judged rows of the results table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import Generic, TypeVar

from monitoring.measures.blocking import left_out
from monitoring.metrics import METRICS, Family
from monitoring.profile.collecting import Mergeable
from monitoring.profile.grouping import Group, by_slice, without
from monitoring.profile.sliding import SlidingSum
from monitoring.results import ALL, Measure, Measurement, Verdict
from monitoring.thresholds.book import ThresholdBook
from monitoring.thresholds.threshold import Threshold, judge
from monitoring.windows import BATCH, Window

#: Metrics of which a segment has its part only.
_COUNTS = frozenset({"rows"})

P = TypeVar("P", bound=Mergeable)

_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who computed a number, of which model, and up to which moment the world was known."""

    model: str
    as_of: datetime
    run_id: str


@dataclass(frozen=True, slots=True)
class WindowKey:
    """A window as the results table names it, and the partitions that it is made of."""

    label: str
    start: str
    end: str
    partitions: tuple[str, ...]

    @classmethod
    def of_days(cls, window: Window) -> WindowKey:
        """Return the key of a window of days."""
        days = tuple(day.isoformat() for day in window.days)

        return cls(window.label, window.start.isoformat(), window.end.isoformat(), days)

    @classmethod
    def of_batch(cls, batch: str) -> WindowKey:
        """Return the key of a batch, whose window starts and ends with itself."""
        return cls(BATCH, batch, batch, (batch,))


class _Slider(Generic[P]):
    """The profiles of one window after another, by version and segment."""

    def __init__(self, profiles: Mapping[Group, P], *, empty: P) -> None:
        self._profiles = by_slice(profiles)
        self._empty = empty
        self._sums = {key: SlidingSum(empty) for key in self._profiles}
        self._next = ""

    def at(self, window: WindowKey) -> dict[tuple[str, str], P]:
        """
        Return the sum of each (version, segment) that *window* has, and of all rows in any case.

        A window with a single version has one profile under two names: that of all versions too.
        """
        for key, partitions in self._profiles.items():
            for partition in window.partitions:
                if partition >= self._next and partition in partitions:
                    self._sums[key].push(partition, partitions[partition])
            self._sums[key].drop_before(window.partitions[0])
        self._next = f"{window.partitions[-1]}\0"
        found = {key: total.total() for key, total in self._sums.items() if len(total)}
        whole = found.setdefault((ALL, ALL), self._empty)
        versions = [key for key in found if key[0] != ALL]

        return {**found, versions[0]: whole} if len(versions) == 1 else found


def measure_windows(
    profiles: Mapping[Group, P],
    windows: Iterable[WindowKey],
    measures_of: Callable[[P], Sequence[Measure]],
    *,
    empty: P,
    book: ThresholdBook,
    stamp: Stamp,
    blocked: Mapping[str, str] = _NONE,
) -> list[Measurement]:
    """
    Return the judged measures of every version and segment of *windows*.

    Partitions that are *blocked* are in none of them, and the measures tell for which reason.
    """
    rows: list[Measurement] = []
    fit = without(profiles, blocked)
    read = {group.partition for group in fit}
    for _, same in groupby(sorted(windows, key=_order), key=lambda window: window.label):
        slider = _Slider(fit, empty=empty)
        for window in same:
            slices = slider.at(window)
            different = {id(profile): profile for profile in slices.values()}
            measures = {
                key: left_out(measures_of(profile), window.partitions, read=read, blocked=blocked)
                for key, profile in different.items()
            }
            rows += [
                judged(measure, window, version, segment, book=book, stamp=stamp)
                for (version, segment), profile in sorted(slices.items(), key=itemgetter(0))
                for measure in measures[id(profile)]
            ]

    return rows


def _order(window: WindowKey) -> tuple[str, str, str]:
    return window.label, window.start, window.end


def judged(
    measure: Measure,
    window: WindowKey,
    version: str,
    segment: str,
    *,
    book: ThresholdBook,
    stamp: Stamp,
) -> Measurement:
    """
    Return *measure* as a row of the results table.

    Calibrated thresholds are those of all rows; a segment has a level of its own and is not judged
    by them. A bound that somebody wrote holds for each segment as well, unless it bounds a count.
    The reason of a breach is where its bound comes from.
    """
    if segment == ALL:
        threshold = book.find(measure, window=window.label)
    else:
        threshold = None if measure.metric in _COUNTS else book.fixed.get(measure.metric)
    verdict = judge(measure, threshold, severity=severity_of(measure.metric))
    if threshold is not None and verdict is not None and verdict.breached:
        measure = replace(measure, reason=measure.reason or threshold.source)

    return recorded(
        measure,
        window,
        stamp,
        threshold=threshold,
        verdict=verdict,
        version=version,
        segment=segment,
    )


def recorded(
    measure: Measure,
    window: WindowKey,
    stamp: Stamp,
    *,
    threshold: Threshold | None,
    verdict: Verdict | None,
    version: str = ALL,
    segment: str = ALL,
) -> Measurement:
    """Return *measure* and its *verdict* as a row of the results table."""
    return Measurement(
        model=stamp.model,
        version=version,
        segment=segment,
        window=window.label,
        window_start=window.start,
        window_end=window.end,
        column=measure.column,
        metric=measure.metric,
        value=measure.value,
        lower=measure.lower,
        upper=measure.upper,
        rows=measure.rows,
        threshold_low=threshold.low if threshold is not None else None,
        threshold_high=threshold.high if threshold is not None else None,
        verdict=verdict,
        as_of=stamp.as_of,
        run_id=stamp.run_id,
        reason=measure.reason,
    )


def severity_of(metric: str) -> Verdict:
    """Harm done is critical; what may do harm is a warning."""
    entry = METRICS.get(metric)
    harmful = entry is not None and entry.family is Family.PERFORMANCE

    return Verdict.CRITICAL if harmful else Verdict.WARNING
