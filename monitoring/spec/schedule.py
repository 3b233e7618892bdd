"""
Cron schedules: five fields, or a name such as ``@daily``.

The language is the part of cron that everyone reads alike: values, ranges, steps, lists, and the
names of months and weekdays. Whatever is accepted here, Dagster accepts too.
"""

from __future__ import annotations

from dataclasses import dataclass

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")

#: The most days that each month can have, in their order.
_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

_NAMED = frozenset({"@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly"})


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    lowest: int
    highest: int
    words: tuple[str, ...] = ()

    def value(self, text: str) -> int:
        if text.lower() in self.words:
            return self.words.index(text.lower()) + self.lowest
        # isdecimal alone would admit the digits of other scripts.
        if text.isascii() and text.isdecimal() and self.lowest <= int(text) <= self.highest:
            return int(text)

        msg = f"expected the {self.name} from {self.lowest} to {self.highest}, got {text!r}"
        raise ValueError(msg)

    def values(self, text: str) -> set[int]:
        return {value for part in text.split(",") for value in self._part(part)}

    def _part(self, text: str) -> range:
        span, slash, step = text.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            low, high = self.lowest, self.highest
        else:
            low = self.value(first)
            high = self.value(last) if dash else (self.highest if slash else low)
        if high < low or (dash and high == low):
            msg = f"expected a range that ends after it starts, got {span!r} for the {self.name}"
            raise ValueError(msg)

        return range(low, high + 1, self._step(step) if slash else 1)

    def _step(self, text: str) -> int:
        if text.isascii() and text.isdecimal() and 1 <= int(text) <= self.highest:
            return int(text)

        msg = f"expected a step from 1 to {self.highest} for the {self.name}, got {text!r}"
        raise ValueError(msg)


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("weekday", 0, 7, _WEEKDAYS),
)


def check_schedule(text: str) -> str:
    """
    Return *text* if it is a cron schedule that comes due.

    Raises:
        ValueError: when it is none, or when its day is in none of its months.

    >>> check_schedule("0 6 * * mon-fri")
    '0 6 * * mon-fri'
    """
    if text in _NAMED:
        return text
    parts = text.split()
    if len(parts) != len(_FIELDS):
        msg = (
            f"expected minute, hour, day, month and weekday such as '0 6 * * *', "
            f"got {len(parts)} fields in {text[:60]!r}"
        )
        raise ValueError(msg)

    _, _, days, months, _ = (field.values(part) for field, part in zip(_FIELDS, parts, strict=True))
    if min(days) > max(_LENGTHS[month - 1] for month in months):
        msg = f"expected a day that comes, but its months have no day {min(days)}, got {text!r}"
        raise ValueError(msg)

    return text
