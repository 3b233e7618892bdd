"""When alerts wait: quiet hours and maintenance, as a monitor file writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitoring.spec.fields import check_zone, read_day
from monitoring.spec.problems import shown

_HOURS = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d) (\S+)")
_CHANNEL = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The hours of every day, in a time zone of its own, in which only the critical is told."""

    start: time
    end: time
    zone: ZoneInfo

    def end_after(self, moment: datetime) -> datetime | None:
        """
        Return when the quiet hours around *moment* end, in UTC; None outside of them.

        >>> hours = read_quiet_hours("22:00-07:00 UTC")
        >>> hours.end_after(datetime(2026, 1, 1, 23, tzinfo=UTC)).isoformat()
        '2026-01-02T07:00:00+00:00'
        """
        local = moment.astimezone(self.zone)
        wall = local.time().replace(tzinfo=None)
        overnight = self.end <= self.start
        quiet = (
            wall >= self.start or wall < self.end if overnight else self.start <= wall < self.end
        )
        if not quiet:
            return None
        day = local.date() + timedelta(days=overnight and wall >= self.start)

        return datetime.combine(day, self.end, self.zone).astimezone(UTC)


def read_quiet_hours(value: str) -> QuietHours:
    """Return the hours that *value* writes: ``22:00-07:00 Europe/Berlin``."""
    found = _HOURS.fullmatch(value)
    try:
        start, end = (
            (time.fromisoformat(found[place]) for place in (1, 2)) if found else (None,) * 2
        )
    except ValueError:
        start = end = None
    if found is None or start is None or end is None or start == end:
        msg = f"expected hours such as 22:00-07:00 Europe/Berlin, got {shown(value)}"
        raise ValueError(msg)

    return QuietHours(start, end, ZoneInfo(check_zone(found[3])))


def read_maintenance(value: str) -> tuple[date, date]:
    """Return the first and the last day that *value* writes: ``2026-12-24 to 2026-12-26``."""
    first, _, last = value.partition(" to ")
    try:
        span = read_day(first), read_day(last or first)
    except ValueError as error:
        msg = f"expected days such as 2026-12-24 to 2026-12-26, got {shown(value)}"
        raise ValueError(msg) from error
    if span[1] < span[0]:
        msg = f"expected the last day on or after the first, got {shown(value)}"
        raise ValueError(msg)

    return span


def check_quiet_hours(value: str) -> str:
    """Return *value* if it writes quiet hours."""
    read_quiet_hours(value)

    return value


def check_maintenance(value: str) -> str:
    """Return *value* if it writes a span of days."""
    read_maintenance(value)

    return value


def check_channel(value: str) -> str:
    """Return *value* if it can be the name of a channel, and so of an environment variable."""
    if not _CHANNEL.fullmatch(value):
        msg = f"expected a name such as on_call, in small letters, got {shown(value)}"
        raise ValueError(msg)

    return value
