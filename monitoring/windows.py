"""Spans of whole UTC days, and the days of which they are made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

DAY = timedelta(days=1)

#: The window of a monitor by batch.
BATCH = "batch"

_DURATION = re.compile(r"(?P<number>\d+)(?P<unit>[smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class Window:
    """The days from *start* (inclusive) to *end* (exclusive), under the *label* of the spec."""

    label: str
    start: date
    end: date

    @property
    def days(self) -> list[date]:
        """The days of the window, oldest first."""
        return list(days_between(self.start, self.end))


def parse_duration(text: str) -> timedelta:
    """
    Read a duration such as ``12h``, ``3d`` or ``2w``.

    Raises:
        ValueError: when *text* is not a whole number followed by s, m, h, d or w.

    >>> parse_duration("3d")
    datetime.timedelta(days=3)
    """
    match = _DURATION.fullmatch(text.strip())
    msg = f"expected a duration such as 12h, 3d or 2w, got {text!r}"
    if match is None:
        raise ValueError(msg)
    try:
        return timedelta(**{_UNITS[match["unit"]]: int(match["number"])})
    except OverflowError as error:
        raise ValueError(msg) from error


def format_duration(duration: timedelta) -> str:
    """
    Write *duration* in the largest unit that divides it.

    >>> format_duration(timedelta(hours=48))
    '2d'
    """
    seconds = int(duration.total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"

    return f"{seconds}s"


def days_between(start: date, end: date) -> Iterator[date]:
    """Yield the days from *start* to the day before *end*."""
    for offset in range((end - start).days):
        yield start + offset * DAY


def window_ending(last_day: date, length: timedelta) -> Window:
    """Return the window of *length* whose last day is *last_day*."""
    return Window(format_duration(length), last_day + DAY - length, last_day + DAY)


def windows_touching(
    days: Iterable[date], length: timedelta, *, first_day: date, last_day: date
) -> list[Window]:
    """
    Return the windows of *length* that contain one of *days*, oldest first.

    Only windows that end between *first_day* and *last_day* are meant to exist. A changed day
    changes every later window that contains it.
    """
    ends = {
        day + offset * DAY
        for day in days
        for offset in range(length.days)
        if first_day <= day + offset * DAY <= last_day
    }

    return [window_ending(end, length) for end in sorted(ends)]


def midnight(day: date) -> datetime:
    """Return the first moment of *day* in UTC."""
    return datetime.combine(day, time(), UTC)
