"""The days that should have been computed by now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from monitoring.windows import DAY, days_between

#: How far back is looked: older gaps are a backfill that a person starts.
REACH = timedelta(days=31)


def overdue_days(
    *, start: date | None, end: date | None, due: date, done: Collection[date]
) -> list[date]:
    """
    Return the days up to *due* that are not *done*, oldest first.

    *start* and *end* are the first and the last day of the monitor, *due* is the last day whose run
    should be over. What lies before the first day that was ever computed is not expected.
    """
    last = due if end is None else min(due, end)
    first = max(start or last, last - REACH, min(done, default=last))

    return [day for day in days_between(first, last + DAY) if day not in done]
