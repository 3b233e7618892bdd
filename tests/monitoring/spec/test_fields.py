"""monitoring.spec.fields: what a field may hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from monitoring.spec.fields import (
    check_column,
    check_owner,
    check_positive,
    check_unique,
    check_whole_days,
    read_day,
    read_duration,
)


class TestReadDay:
    """A day is a day, whatever YAML or JSON made of it."""

    @pytest.mark.parametrize(
        "value",
        [date(2013, 4, 1), "2013-04-01", datetime(2013, 4, 1)],  # noqa: DTZ001 - as YAML reads it
        ids=str,
    )
    def test_day(self, value: object) -> None:
        """
        A date, its text, and its midnight are that day.
        """
        assert date(2013, 4, 1) == read_day(value)

    @pytest.mark.parametrize(
        "value",
        ["20130401", "2013-W14-1", "1.4.2013", 0, 20130401, None, [], datetime(2013, 4, 1, 6)],  # noqa: DTZ001
        ids=str,
    )
    def test_refused(self, value: object) -> None:
        """
        Other forms and numbers are refused, not guessed.
        """
        with pytest.raises(ValueError, match="expected a day such as 2013-04-01, got "):
            read_day(value)

    def test_other_zone(self) -> None:
        """
        A moment with a time zone is no day.
        """
        with pytest.raises(ValueError, match="got 2013-04-01 00:00:00"):
            read_day(datetime(2013, 4, 1, tzinfo=UTC))


class TestDurations:
    """Durations, and what some keys demand of them."""

    def test_read(self) -> None:
        """
        A duration is text, or has been read already.
        """
        assert timedelta(days=14) == read_duration("2w") == read_duration(timedelta(days=14))

    @pytest.mark.parametrize("value", ["3 days", "3", 3, None, "-1d", "9" * 30 + "d"], ids=str)
    def test_refused(self, value: object) -> None:
        """
        What is no duration gets examples of some.
        """
        with pytest.raises(ValueError, match="expected a duration such as 12h, 3d or 2w, got "):
            read_duration(value)

    @pytest.mark.parametrize("hours", [0, 12, 36])
    def test_whole_days(self, hours: int) -> None:
        """
        Windows are one or more whole days.
        """
        with pytest.raises(ValueError, match="expected one or more whole days such as 7d"):
            check_whole_days(timedelta(hours=hours))

    def test_positive(self) -> None:
        """
        A repeat after no time would never stop.
        """
        with pytest.raises(ValueError, match="expected a duration above zero such as 24h, got 0s"):
            check_positive(timedelta(0))


class TestNames:
    """Columns, owners, and lists of names."""

    @pytest.mark.parametrize("name", ["", "*"])
    def test_column(self, name: str) -> None:
        """
        No name and the name of all columns are not the name of one.
        """
        with pytest.raises(ValueError, match="expected the name of a column"):
            check_column(name)

    @pytest.mark.parametrize("owner", ["ml-platform", "team:ml", "zoe@example.org"])
    def test_owner(self, owner: str) -> None:
        """
        A team and an e-mail address are owners.
        """
        assert owner == check_owner(owner)

    @pytest.mark.parametrize("owner", ["", "team:", "a b", "@example.org", "zoe@home"])
    def test_no_owner(self, owner: str) -> None:
        """
        What Dagster refuses as the owner of an asset is refused here.
        """
        with pytest.raises(ValueError, match="expected a team such as ml-platform"):
            check_owner(owner)

    def test_unique(self) -> None:
        """
        An entry that comes twice is named.
        """
        with pytest.raises(ValueError, match="expected each entry once, got 'a' 2 times"):
            check_unique(["a", "b", "a"])
