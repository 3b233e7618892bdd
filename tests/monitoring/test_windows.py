"""Tests of spans of days and of durations."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.windows import (
    DAY,
    Window,
    days_between,
    format_duration,
    midnight,
    parse_duration,
    window_ending,
    windows_touching,
)

DAYS = st.dates(date(2020, 1, 1), date(2020, 3, 31))


class TestParseDuration:
    """Tests of durations as people write them."""

    @pytest.mark.parametrize(
        ("text", "duration"),
        [
            ("90s", timedelta(seconds=90)),
            ("30m", timedelta(minutes=30)),
            ("12h", timedelta(hours=12)),
            ("3d", timedelta(days=3)),
            (" 2w ", timedelta(weeks=2)),
            ("0d", timedelta(0)),
        ],
    )
    def test_units(self, text: str, duration: timedelta) -> None:
        """Seconds, minutes, hours, days and weeks have a letter each."""
        assert duration == parse_duration(text)

    @pytest.mark.parametrize("text", ["", "3", "d", "-3d", "1.5d", "3 d", "3D", "3d4h", "1e3d"])
    def test_malformed(self, text: str) -> None:
        """Everything else is refused with an example."""
        with pytest.raises(ValueError, match=r"12h, 3d or 2w, got"):
            parse_duration(text)

    def test_longer_than_the_calendar(self) -> None:
        """Regression: a duration of more days than exist left as an OverflowError."""
        with pytest.raises(ValueError, match="got '99999999999d'"):
            parse_duration("99999999999d")

    @given(st.integers(0, 10**8))
    def test_round_trip(self, seconds: int) -> None:
        """What is written is read as the same duration."""
        duration = timedelta(seconds=seconds)

        assert duration == parse_duration(format_duration(duration))


class TestFormatDuration:
    """Tests of durations as we write them."""

    @pytest.mark.parametrize(
        ("duration", "text"),
        [
            (timedelta(weeks=1), "7d"),
            (timedelta(hours=48), "2d"),
            (timedelta(hours=25), "25h"),
            (timedelta(minutes=90), "90m"),
            (timedelta(seconds=61), "61s"),
            (timedelta(0), "0s"),
        ],
    )
    def test_largest_unit(self, duration: timedelta, text: str) -> None:
        """The largest unit that divides the duration is used; weeks are days."""
        assert text == format_duration(duration)


class TestWindow:
    """Tests of the days of a window."""

    def test_days(self) -> None:
        """A window has its first day and not its end, also over the end of February."""
        window = Window("3d", date(2024, 2, 28), date(2024, 3, 2))

        assert [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)] == window.days

    def test_nothing_between(self) -> None:
        """An end on or before the start leaves no days."""
        assert [] == list(days_between(date(2026, 1, 2), date(2026, 1, 2)))
        assert [] == list(days_between(date(2026, 1, 2), date(2026, 1, 1)))

    @given(DAYS, st.integers(1, 40))
    def test_ending(self, last_day: date, length: int) -> None:
        """A window of n days that ends with a day has n days, and that one last."""
        window = window_ending(last_day, length * DAY)

        assert f"{length}d" == window.label
        assert length == len(window.days)
        assert last_day == window.days[-1]

    def test_midnight(self) -> None:
        """A day begins at midnight in UTC."""
        assert datetime(2026, 11, 1, tzinfo=UTC) == midnight(date(2026, 11, 1))


class TestWindowsTouching:
    """Tests of the windows that a changed day changes."""

    def test_one_day(self) -> None:
        """A day is in as many windows as the window has days, up to the last that there is."""
        touched = windows_touching(
            [date(2026, 1, 5)],
            3 * DAY,
            first_day=date(2026, 1, 1),
            last_day=date(2026, 1, 6),
        )

        assert [
            Window("3d", date(2026, 1, 3), date(2026, 1, 6)),
            Window("3d", date(2026, 1, 4), date(2026, 1, 7)),
        ] == touched

    @given(st.sets(DAYS, max_size=6), st.integers(1, 10), DAYS, DAYS)
    def test_definition(self, days: set[date], length: int, first: date, last: date) -> None:
        """They are all windows between the first and the last day that hold a changed day."""
        touched = windows_touching(days, length * DAY, first_day=first, last_day=last)

        every = [window_ending(end, length * DAY) for end in days_between(first, last + DAY)]
        assert [window for window in every if days & set(window.days)] == touched
