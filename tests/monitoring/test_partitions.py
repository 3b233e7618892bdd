"""Tests of the units in which a model is monitored."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitoring.partitions import Partitions, contiguous
from monitoring.windows import DAY, days_between

DAYS = st.sets(st.dates(date(2020, 1, 1), date(2020, 2, 29)), max_size=20)


class TestPartitions:
    """Tests of the keys of a run."""

    def test_of_days(self) -> None:
        """Days are sorted and stand once."""
        days = [date(2026, 1, 2), date(2026, 1, 1), date(2026, 1, 2)]

        assert ("2026-01-01", "2026-01-02") == Partitions.of_days(days).keys

    def test_span(self) -> None:
        """The span is from the first moment of the first day to that after the last day."""
        partitions = Partitions(("2026-01-02", "2026-01-01"))

        assert [date(2026, 1, 1), date(2026, 1, 2)] == partitions.days
        assert datetime(2026, 1, 1, tzinfo=UTC) == partitions.start
        assert datetime(2026, 1, 3, tzinfo=UTC) == partitions.end

    def test_batches_have_no_days(self) -> None:
        """A batch keeps its order and has no day, even when its name is one."""
        partitions = Partitions(("2026-01-02", "2026-01-01"), by_batch=True)

        assert [] == partitions.days
        assert ("2026-01-02", "2026-01-01") == partitions.keys


class TestContiguous:
    """Tests of days as runs of days."""

    def test_gap(self) -> None:
        """A day that is missing ends a run."""
        days = [date(2026, 1, 4), date(2026, 1, 1), date(2026, 1, 2)]

        assert [
            (date(2026, 1, 1), date(2026, 1, 2)),
            (date(2026, 1, 4), date(2026, 1, 4)),
        ] == contiguous(days)

    @given(DAYS)
    def test_definition(self, days: set[date]) -> None:
        """The runs hold every day and no other, and have a gap between them."""
        runs = contiguous(days)

        assert days == {day for first, last in runs for day in days_between(first, last + DAY)}
        assert all(later[0] - earlier[1] > DAY for earlier, later in pairwise(runs))
