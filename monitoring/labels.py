"""Labels that come late: which windows are mature, and which are still filling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from monitoring.results import Measurement
from monitoring.windows import BATCH, DAY, format_duration, midnight


def matures_at(window_end: date, delay: timedelta) -> datetime:
    """Return when the labels of a window that ends before *window_end* are due to be complete."""
    return midnight(window_end) + delay


def days_to_recompute(
    arrivals: Mapping[date, datetime],
    read_at: Mapping[date, datetime],
    *,
    delay: timedelta,
    now: datetime,
) -> list[date]:
    """
    Return the days whose numbers have changed since they were read, oldest first.

    *arrivals* says when the last label of a day came, *read_at* up to when its labels were read.
    A day that has become mature since counts too: its verdict was withheld. Days that were never
    read are left to the schedule.
    """
    late = {day for day, arrived in arrivals.items() if day in read_at and arrived > read_at[day]}
    matured = {day for day, read in read_at.items() if read < matures_at(day + DAY, delay) <= now}

    return sorted(late | matured)


def mature_only(
    measurements: Iterable[Measurement], *, delay: timedelta, as_of: datetime
) -> list[Measurement]:
    """
    Withhold the verdict on windows whose labels are still coming in at *as_of*.

    Early labels are not a random sample, so a number made of them is shown, but opens no incident.
    A batch is judged as it is: it has no end in time.
    """
    return [_withheld(row, delay=delay, as_of=as_of) for row in measurements]


def _withheld(row: Measurement, *, delay: timedelta, as_of: datetime) -> Measurement:
    if row.window == BATCH or row.verdict is None:
        return row
    due = matures_at(date.fromisoformat(row.window_end), delay)
    if due <= as_of:
        return row
    reason = (
        f"provisional: labels are due {format_duration(delay)} after the window, on {due:%Y-%m-%d}"
    )

    return replace(row, verdict=None, reason=row.reason or reason)
