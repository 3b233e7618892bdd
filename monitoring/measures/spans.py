"""Which windows a run has to compute."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable
from datetime import date, timedelta

from monitoring.measures.judging import WindowKey
from monitoring.partitions import Partitions
from monitoring.windows import DAY, Window, windows_touching

#: A window is computed when this share of its days has been read; its rows say how many there are.
COMPLETE_SHARE = 0.8


def windows_to_compute(
    partitions: Partitions,
    lengths: Iterable[timedelta],
    *,
    start: date | None,
    seen: Collection[str],
    overwritten: Collection[str] = (),
) -> list[WindowKey]:
    """
    Return the windows that change when *partitions* do.

    A changed day changes every window that contains it, up to the latest day *seen*. Windows that
    would begin before *start*, the first day of the monitor, do not exist, and neither do those of
    which too few days were read. Of a run that looks back, windows stay as they are if they have a
    day that was *overwritten* since and is not one of *partitions*.
    """
    if partitions.by_batch or start is None:
        return [WindowKey.of_batch(key) for key in partitions.keys]

    read = {date.fromisoformat(key) for key in {*seen, *partitions.keys}}
    gone = {date.fromisoformat(key) for key in overwritten if key not in partitions.keys}
    last = max(read, default=start)
    found: list[WindowKey] = []
    for length in lengths:
        first = start + length - DAY
        touched = windows_touching(partitions.days, length, first_day=first, last_day=last)
        found += [
            WindowKey.of_days(window)
            for window in touched
            if _complete(window, read) and gone.isdisjoint(window.days)
        ]

    return found


def partitions_in(windows: Iterable[WindowKey], *, seen: Container[str] | None = None) -> list[str]:
    """Return the partitions of which *windows* are made, if *seen*, in order and once each."""
    found = {partition for window in windows for partition in window.partitions}

    return sorted(key for key in found if seen is None or key in seen)


def _complete(window: Window, read: set[date]) -> bool:
    days = window.days

    return sum(day in read for day in days) >= COMPLETE_SHARE * len(days)
