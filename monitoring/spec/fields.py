"""
What a field of a monitor file may hold: each function returns the value, or says what is right.

All of them raise ValueError, also for a wrong type: pydantic reports no other error.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from monitoring.results import ALL
from monitoring.spec.problems import shown
from monitoring.windows import format_duration, parse_duration

_Entry = TypeVar("_Entry", bound=Hashable)


def read_duration(value: object) -> timedelta:
    """
    Return the duration that *value* writes: ``12h``, ``3d`` or ``2w``.

    >>> read_duration("12h")
    datetime.timedelta(seconds=43200)
    """
    if isinstance(value, timedelta):
        return value
    try:
        # A bare number, and more days than a calendar has, get the same remedy.
        return parse_duration(value if isinstance(value, str) else "")
    except (ValueError, OverflowError) as error:
        msg = f"expected a duration such as 12h, 3d or 2w, got {shown(value)}"
        raise ValueError(msg) from error


def check_whole_days(value: timedelta) -> timedelta:
    """Return *value* if it is one or more whole days."""
    if value < timedelta(days=1) or value % timedelta(days=1):
        msg = f"expected one or more whole days such as 7d, got {format_duration(value)}"
        raise ValueError(msg)

    return value


def check_positive(value: timedelta) -> timedelta:
    """Return *value* if it is above zero."""
    if not value:
        msg = f"expected a duration above zero such as 24h, got {format_duration(value)}"
        raise ValueError(msg)

    return value


def read_day(value: object) -> date:
    """
    Return the day that *value* writes: ``2013-04-01``.

    Numbers and other ISO forms (``2013-W14``) are refused; they would be days that nobody meant.
    """
    if isinstance(value, datetime) and value.timetz() == time():
        return value.date()
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        day = date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        msg = f"expected a day such as 2013-04-01, got {shown(value)}"
        raise ValueError(msg)

    return day


def check_column(value: str) -> str:
    """Return *value* if a column can have this name: ``*`` stands for all of them."""
    if value in {"", ALL}:
        msg = f"expected the name of a column, got {value!r}"
        raise ValueError(msg)

    return value


def check_zone(value: str) -> str:
    """Return *value* if it is the name of a time zone in the IANA database."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        msg = f"expected a time zone such as Europe/Berlin, got {shown(value)}"
        raise ValueError(msg) from error

    return value


def check_owner(value: str) -> str:
    """Return *value* if it names a team or is an e-mail address."""
    name, at, host = value.removeprefix("team:").partition("@")
    if not name or any(char.isspace() for char in value) or (at and "." not in host):
        msg = f"expected a team such as ml-platform or an e-mail address, got {shown(value)}"
        raise ValueError(msg)

    return value


def check_unique(values: list[_Entry]) -> list[_Entry]:
    """Return *values* if no two are equal."""
    for value in values:
        if values.count(value) > 1:
            written = format_duration(value) if isinstance(value, timedelta) else shown(value)
            msg = f"expected each entry once, got {written} {values.count(value)} times"
            raise ValueError(msg)

    return values
