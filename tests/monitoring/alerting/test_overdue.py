"""Tests of the days that should have been computed."""

from __future__ import annotations

from datetime import date

from monitoring.alerting.overdue import REACH, overdue_days


def day(number: int) -> date:
    """Return a day of January."""
    return date(2026, 1, number)


class TestOverdueDays:
    """Tests of what is missing."""

    def test_gap(self) -> None:
        """A day between days that were computed is missing."""
        done = [day(1), day(2), day(4)]

        assert [day(3)] == overdue_days(start=day(1), end=None, due=day(4), done=done)

    def test_stopped(self) -> None:
        """Every day since the last one is missing."""
        found = overdue_days(start=day(1), end=None, due=day(5), done=[day(2), day(3)])

        assert [day(4), day(5)] == found

    def test_never_ran(self) -> None:
        """Of a monitor that never ran, the day that is due is missing: the rest is a backfill."""
        assert [day(5)] == overdue_days(start=day(1), end=None, due=day(5), done=[])

    def test_not_yet(self) -> None:
        """Before its first day and after its last nothing is missing of a monitor."""
        assert [] == overdue_days(start=day(9), end=None, due=day(5), done=[])
        assert [] == overdue_days(start=day(1), end=day(3), due=day(9), done=[day(3)])

    def test_old_gap(self) -> None:
        """A gap of long ago is somebody's decision."""
        done = [day(1), day(3) + REACH]

        assert day(2) not in overdue_days(start=day(1), end=None, due=day(3) + REACH, done=done)
