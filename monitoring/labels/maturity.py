"""Which windows are mature, and which are still filling with labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from monitoring.results import Measurement
from monitoring.windows import BATCH, format_duration, midnight


def matures_at(window_end: date, delay: timedelta) -> datetime:
    """Return when the labels of a window that ends before *window_end* are due to be complete."""
    return midnight(window_end) + delay


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
