"""From the profiles of windows to judged rows of the results table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from monitoring.metrics import METRICS, Family
from monitoring.profile.collecting import Mergeable, merged
from monitoring.profile.grouping import Group
from monitoring.results import ALL, Measure, Measurement, Verdict
from monitoring.thresholds.book import ThresholdBook
from monitoring.thresholds.threshold import judge
from monitoring.windows import BATCH, Window

P = TypeVar("P", bound=Mergeable)


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


def window_profiles(
    profiles: Mapping[Group, P], window: WindowKey, *, empty: P
) -> dict[tuple[str, str], P]:
    """
    Return the profile of each (version, segment) of a *window*: the sum of its partitions'.

    A window with a single version has one profile under two names: that of all versions too.
    """
    inside = set(window.partitions)
    slices = {(group.version, group.segment) for group in profiles if group.partition in inside}
    versions = [version for version, _ in slices if version != ALL]
    sole = (versions[0], ALL) if len(versions) == 1 else None
    found = {
        (version, segment): merged(
            (
                profiles[key]
                for partition in window.partitions
                if (key := Group(partition, version, segment)) in profiles
            ),
            empty=empty,
        )
        for version, segment in sorted((slices | {(ALL, ALL)}) - {sole})
    }

    return found if sole is None else {**found, sole: found[ALL, ALL]}


def measure_windows(
    profiles: Mapping[Group, P],
    windows: Iterable[WindowKey],
    measures_of: Callable[[P], Sequence[Measure]],
    *,
    empty: P,
    book: ThresholdBook,
    stamp: Stamp,
) -> list[Measurement]:
    """Return the judged measures of every *window*, version and segment."""
    rows: list[Measurement] = []
    for window in windows:
        slices = window_profiles(profiles, window, empty=empty)
        different = {id(profile): profile for profile in slices.values()}
        measures = {key: measures_of(profile) for key, profile in different.items()}
        rows += [
            judged(measure, window, version, segment, book=book, stamp=stamp)
            for (version, segment), profile in slices.items()
            for measure in measures[id(profile)]
        ]

    return rows


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

    The thresholds are those of all rows; a segment has a level of its own and is not judged by
    them.
    """
    threshold = book.find(measure, window=window.label) if segment == ALL else None

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
        verdict=judge(measure, threshold, severity=_severity(measure.metric)),
        as_of=stamp.as_of,
        run_id=stamp.run_id,
        reason=measure.reason,
    )


def _severity(metric: str) -> Verdict:
    """Harm done is critical; what may do harm is a warning."""
    entry = METRICS.get(metric)
    harmful = entry is not None and entry.family is Family.PERFORMANCE

    return Verdict.CRITICAL if harmful else Verdict.WARNING
