"""The demo's year: months of history, then days as in production, with a clock that moves."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from monitoring.spec.model import MonitorSpec
from monitoring.windows import DAY
from monitoring_pipelines.runner import month_chunks

#: The last days are lived through one by one.
DAY_BY_DAY = 14

#: When the daily batch of labels is there and the schedule fires.
WAKES_AT = time(6, 30)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A run of days that the demo computes when its clock stands at *now*."""

    first: date
    last: date

    @property
    def now(self) -> datetime:
        """The morning after the last day."""
        return datetime.combine(self.last + DAY, WAKES_AT, UTC)

    @property
    def words(self) -> str:
        """What the progress bar says."""
        return f"{self.first:%d %b}" if self.first == self.last else f"{self.first:%B}"


def chapters(spec: MonitorSpec, *, days: int | None) -> list[Chapter]:
    """
    Return the chapters of the first *days* of *spec*, or of all of them.

    Raises:
        ValueError: when *spec* has no first or no last day.
    """
    if spec.start is None or spec.end is None:
        msg = f"{spec.model}: the demo needs a first and a last day."
        raise ValueError(msg)
    last = spec.end if days is None else min(spec.start + timedelta(days=days - 1), spec.end)
    by_day = last - timedelta(days=DAY_BY_DAY)
    history = [Chapter(*chunk) for chunk in month_chunks(spec.start, by_day)]

    return [*history, *(Chapter(day, day) for day in _days_after(by_day, last))]


def _days_after(day: date, last: date) -> list[date]:
    return [day + (offset + 1) * DAY for offset in range((last - day).days)]
