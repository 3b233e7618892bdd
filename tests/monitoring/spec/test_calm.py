"""Tests of quiet hours, maintenance and the names of channels."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from monitoring.spec.calm import check_channel, read_maintenance, read_quiet_hours


class TestQuietHours:
    """Tests of the hours in which warnings wait."""

    @pytest.mark.parametrize(
        ("written", "hour", "ends"),
        [
            ("22:00-07:00 UTC", 21, None),
            ("22:00-07:00 UTC", 22, (6, 7)),
            ("22:00-07:00 UTC", 3, (5, 7)),
            ("22:00-07:00 UTC", 7, None),
            ("12:00-14:00 UTC", 13, (5, 14)),
            ("12:00-14:00 UTC", 14, None),
            ("22:00-07:00 Asia/Tokyo", 14, (5, 22)),
        ],
    )
    def test_end(self, written: str, hour: int, ends: tuple[int, int] | None) -> None:
        """Hours may span midnight and count where people are; their end is no longer quiet."""
        moment = datetime(2026, 1, 5, hour, tzinfo=UTC)
        expected = None if ends is None else datetime(2026, 1, ends[0], ends[1], tzinfo=UTC)

        assert expected == read_quiet_hours(written).end_after(moment)

    def test_summer_time(self) -> None:
        """On the night when clocks change the hours end at the same time of the clock."""
        night = datetime(2026, 3, 28, 23, tzinfo=UTC)
        end = read_quiet_hours("22:00-07:00 Europe/Berlin").end_after(night)

        assert datetime(2026, 3, 29, 5, tzinfo=UTC) == end
        assert time(7) == read_quiet_hours("22:00-07:00 Europe/Berlin").end

    @pytest.mark.parametrize(
        "written", ["", "22-7 UTC", "22:00-07:00", "25:00-07:00 UTC", "07:00-07:00 UTC"]
    )
    def test_wrong(self, written: str) -> None:
        """What is no span of hours is refused with an example."""
        with pytest.raises(ValueError, match="22:00-07:00 Europe/Berlin"):
            read_quiet_hours(written)

    def test_wrong_zone(self) -> None:
        """A zone that nobody knows is refused."""
        with pytest.raises(ValueError, match="time zone"):
            read_quiet_hours("22:00-07:00 Mars/Olympus")


class TestMaintenance:
    """Tests of spans of days."""

    def test_days(self) -> None:
        """A span has two days, or one that is both."""
        first, last = date(2026, 12, 24), date(2026, 12, 26)

        assert (first, last) == read_maintenance("2026-12-24 to 2026-12-26")
        assert (first, first) == read_maintenance("2026-12-24")

    @pytest.mark.parametrize("written", ["", "Christmas", "2026-12-24 - 2026-12-26"])
    def test_wrong(self, written: str) -> None:
        """What is no span of days is refused with an example."""
        with pytest.raises(ValueError, match="2026-12-24 to 2026-12-26"):
            read_maintenance(written)

    def test_backwards(self) -> None:
        """A span that ends before it begins is refused."""
        with pytest.raises(ValueError, match="on or after"):
            read_maintenance("2026-12-26 to 2026-12-24")


class TestChannel:
    """Tests of the names of channels."""

    def test_name(self) -> None:
        """A name is one that an environment variable can have."""
        assert "on_call" == check_channel("on_call")

    @pytest.mark.parametrize("name", ["", "on-call", "On_Call", "https://x", "1st"])
    def test_wrong(self, name: str) -> None:
        """A URL, which may hold a secret, and what is no name are refused."""
        with pytest.raises(ValueError, match="on_call"):
            check_channel(name)
