"""The units in which a model is monitored: UTC days, or batches in their order of arrival."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from monitoring.windows import DAY, midnight


@dataclass(frozen=True, slots=True)
class Partitions:
    """The partition keys of one run: ISO days, oldest first, or batch ids."""

    keys: tuple[str, ...]
    by_batch: bool = False

    @classmethod
    def of_days(cls, days: Iterable[date]) -> Partitions:
        """Return the partitions of *days*, oldest first."""
        return cls(tuple(day.isoformat() for day in sorted(set(days))))

    @property
    def days(self) -> list[date]:
        """The days, oldest first; a batch has none."""
        return [] if self.by_batch else sorted(date.fromisoformat(key) for key in self.keys)

    @property
    def start(self) -> datetime:
        """The first moment of the first day."""
        return midnight(self.days[0])

    @property
    def end(self) -> datetime:
        """The first moment after the last day."""
        return midnight(self.days[-1] + DAY)


def split_at(runs: Iterable[tuple[date, date]], starts: Iterable[str]) -> list[tuple[date, date]]:
    """
    Split *runs* of days so that each of the ISO days *starts* begins one; other texts do not count.

    >>> split_at([(date(2026, 1, 1), date(2026, 1, 9))], ["", "2026-01-05"])
    [(datetime.date(2026, 1, 1), datetime.date(2026, 1, 4)), \
(datetime.date(2026, 1, 5), datetime.date(2026, 1, 9))]
    """
    days = sorted(date.fromisoformat(start) for start in starts if start)
    found: list[tuple[date, date]] = []
    for first, last in runs:
        begin = first
        for day in days:
            if begin < day <= last:
                found.append((begin, day - DAY))
                begin = day
        found.append((begin, last))

    return found


def contiguous(days: Iterable[date]) -> list[tuple[date, date]]:
    """
    Group *days* into runs of consecutive days, each as (first, last), oldest first.

    >>> contiguous([date(2026, 1, 3), date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 9)])
    [(datetime.date(2026, 1, 1), datetime.date(2026, 1, 3)), \
(datetime.date(2026, 1, 9), datetime.date(2026, 1, 9))]
    """
    runs: list[tuple[date, date]] = []
    for day in sorted(set(days)):
        if runs and day - runs[-1][1] == DAY:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))

    return runs
