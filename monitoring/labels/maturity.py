"""Which windows are mature, and which are still filling with labels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from monitoring.labels.settling import LONGEST, SETTLING
from monitoring.results import Measurement
from monitoring.windows import BATCH, DAY, format_duration, midnight

#: Labels that came on the hour do not take an hour longer.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Maturity:
    """
    When the labels of days are due: *delay* after their end, as the monitor file says.

    Later for days in *settling*, which says how long labels take to be nearly complete by what was
    learnt when the day was last read.
    """

    delay: timedelta
    settling: Mapping[str, timedelta] = field(default_factory=dict)

    @classmethod
    def learnt(cls, delay: timedelta, measured: Iterable[Measurement]) -> Maturity:
        """Return what the rows of ``label_settling`` among *measured* say of their days."""
        return cls(delay).updated(measured)

    def updated(self, measured: Iterable[Measurement]) -> Maturity:
        """Return this with what *measured* says of its days in place of what was known of them."""
        found = {row.last_partition: row.value for row in measured if row.metric == SETTLING}
        waits = {
            day: timedelta(hours=math.ceil((hours or 0) - _ROUNDING))
            for day, hours in found.items()
        }

        return replace(self, settling={**self.settling, **waits})

    def wait(self, day: date) -> timedelta:
        """Return how long after the end of *day* its labels are due."""
        return max(self.delay, self.settling.get(day.isoformat(), self.delay))

    def due(self, day: date) -> datetime:
        """Return when the labels of *day*, and of windows that end with it, are due."""
        return midnight(day + DAY) + self.wait(day)

    def last_due(self, now: datetime) -> date:
        """Return the last day whose labels are due at *now*."""
        day = (now - self.delay).date() - DAY
        while self.due(day) > now:
            day -= DAY

        return day


def oldest_unsettled(read_at: Mapping[date, datetime], *, delay: timedelta) -> date:
    """Return the first day whose labels may not have been due when it was read, or the last day."""
    longest = max(delay, LONGEST)
    unsettled = (day for day, read in read_at.items() if read < midnight(day + DAY) + longest)

    return min(unsettled, default=max(read_at))


def mature_only(
    measurements: Iterable[Measurement], *, maturity: Maturity, as_of: datetime
) -> list[Measurement]:
    """
    Withhold the verdict on windows whose labels are still coming in at *as_of*.

    Early labels are not a random sample, so a number made of them is shown, but opens no incident.
    A batch is judged as it is: it has no end in time.
    """
    return [_withheld(row, maturity=maturity, as_of=as_of) for row in measurements]


def _withheld(row: Measurement, *, maturity: Maturity, as_of: datetime) -> Measurement:
    if row.window == BATCH or row.verdict is None:
        return row
    last = date.fromisoformat(row.last_partition)
    due = maturity.due(last)
    if due <= as_of:
        return row
    wait = format_duration(maturity.wait(last))
    reason = f"provisional: labels are due {wait} after the window, on {due:%Y-%m-%d}"

    return replace(row, verdict=None, reason=row.because(reason))
