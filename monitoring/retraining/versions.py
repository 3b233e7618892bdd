"""Versions of a model that answer at the same time: how far each is from the champion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from monitoring.measures.judging import WindowKey
from monitoring.metrics import COMPARED, VERSUS
from monitoring.profile.grouping import Group
from monitoring.results import ALL, Measure, Measurement
from monitoring.retraining.differences import Difference
from monitoring.retraining.pairs import Pairs, paired_measures

#: The measurements of the versions of one window, by version and metric.
_Live = Mapping[str, Mapping[str, Measurement]]


def versus_champion(
    rows: Iterable[Measurement],
    pairs: Mapping[Group, Pairs],
    windows: Iterable[WindowKey],
    *,
    champion: str | None,
) -> Iterator[tuple[WindowKey, str, Measure]]:
    """
    Yield the differences (version minus champion) of each of *windows*, with its version.

    Versions of *rows* answered to different ids, so their difference is unpaired; *pairs* are by
    day, version and the version that they were compared with (the segment), and count first.
    Where the *champion* did not answer in a window, the version with most labels stands for it.
    """
    live = _by_window(rows)
    for window in windows:
        found = live.get((window.label, window.start, window.end), {})
        against = champion if champion in found else _largest(found)
        if against is None:
            continue
        measures = _unpaired(found, against) | _paired(pairs, window, against)
        for version, metric in sorted(measures):
            yield window, version, measures[version, metric]


def _by_window(rows: Iterable[Measurement]) -> Mapping[tuple[str, str, str], _Live]:
    found: dict[tuple[str, str, str], dict[str, dict[str, Measurement]]] = defaultdict(dict)
    for row in rows:
        if row.version != ALL and row.segment == row.column == ALL and row.metric in COMPARED:
            versions = found[row.window, row.window_start, row.window_end]
            versions.setdefault(row.version, {})[row.metric] = row

    return found


def _largest(found: _Live) -> str | None:
    """Return the version with most labels, of equal ones the first by name."""
    return max(
        sorted(found),
        key=lambda version: max(row.rows for row in found[version].values()),
        default=None,
    )


def _unpaired(found: _Live, against: str) -> dict[tuple[str, str], Measure]:
    measures: dict[tuple[str, str], Measure] = {}
    for version, metrics in found.items():
        for metric, row in metrics.items():
            difference = None if version == against else _difference(found[against][metric], row)
            if difference is not None:
                name = f"{VERSUS}{metric}"
                measures[version, name] = Measure(
                    column=ALL,
                    metric=name,
                    value=difference.value,
                    rows=row.rows,
                    lower=difference.lower,
                    upper=difference.upper,
                    reason=f"against {against}, other ids",
                )

    return measures


def _paired(
    pairs: Mapping[Group, Pairs], window: WindowKey, against: str
) -> dict[tuple[str, str], Measure]:
    days: dict[str, Sequence[Pairs]] = defaultdict(list)
    inside = set(window.partitions)
    for group, found in pairs.items():
        if group.segment == against and group.partition in inside:
            days[group.version] = [*days[group.version], found]

    return {
        (version, measure.metric): measure
        for version, of_days in days.items()
        for measure in paired_measures(of_days, against=against)
    }


def _difference(champion: Measurement, challenger: Measurement) -> Difference | None:
    """
    Return challenger minus champion on different rows; None where one has no interval.

    The bounds are those of Zou and Donner (2008), which join the bounds of both numbers:
    lower = c - h - √((c - lower of c)² + (upper of h - h)²), and the upper one likewise.
    """
    h, c = champion, challenger
    if h.value is None or h.lower is None or h.upper is None:
        return None
    if c.value is None or c.lower is None or c.upper is None:
        return None
    value = c.value - h.value
    down = ((c.value - c.lower) ** 2 + (h.upper - h.value) ** 2) ** 0.5
    up = ((c.upper - c.value) ** 2 + (h.value - h.lower) ** 2) ** 0.5

    return Difference(value, value - down, value + up)
