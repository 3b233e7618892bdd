"""Tests of which windows a run has to compute."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from monitoring.measures.judging import WindowKey
from monitoring.measures.spans import COMPLETE_SHARE, partitions_in, windows_to_compute
from monitoring.partitions import Partitions
from monitoring.windows import DAY, days_between, window_ending

START = date(2026, 1, 1)
DAYS = st.sets(st.dates(START, date(2026, 2, 10)), max_size=25)


def computed(
    days: set[date], lengths: list[int], *, seen: set[date] | None = None
) -> list[tuple[str, str, str]]:
    """Return label, start and end of the windows to compute."""
    keys = windows_to_compute(
        Partitions.of_days(days),
        [length * DAY for length in lengths],
        start=START,
        seen=[day.isoformat() for day in seen or ()],
    )
    return [(key.label, key.start, key.end) for key in keys]


class TestWindowsToCompute:
    """Tests of the windows that change with the partitions of a run."""

    def test_first_days(self) -> None:
        """A window that would begin before the monitor does not exist."""
        days = set(days_between(START, date(2026, 1, 4)))

        assert [
            ("1d", "2026-01-01", "2026-01-02"),
            ("1d", "2026-01-02", "2026-01-03"),
            ("1d", "2026-01-03", "2026-01-04"),
            ("3d", "2026-01-01", "2026-01-04"),
        ] == computed(days, [1, 3, 7])

    def test_late_labels(self) -> None:
        """A day that changes later changes every window that has it, up to the latest day seen."""
        seen = set(days_between(START, date(2026, 1, 11)))

        windows = computed({date(2026, 1, 9)}, [3], seen=seen)
        assert ["2026-01-10", "2026-01-11"] == [end for _, _, end in windows]

    def test_missing_days(self) -> None:
        """A week lacks one day at most: six of seven are four fifths, five are not."""
        week = set(days_between(START, date(2026, 1, 8)))

        assert [] != computed(week - {date(2026, 1, 3)}, [7])
        assert [] == computed(week - {date(2026, 1, 3), date(2026, 1, 4)}, [7])

    def test_overwritten(self) -> None:
        """A window with a day that was read since stays as it is, unless the run reads that day."""
        week = set(days_between(START, date(2026, 1, 8)))
        keys = windows_to_compute(
            Partitions.of_days({date(2026, 1, 7)}),
            [7 * DAY, DAY],
            start=START,
            seen=[day.isoformat() for day in week],
            overwritten=["2026-01-03", "2026-01-07"],
        )

        assert ["1d"] == [key.label for key in keys]

    def test_nothing(self) -> None:
        """Regression: a run without a partition on an empty store ended in an error."""
        assert [] == computed(set(), [1, 7])

    def test_batches(self) -> None:
        """A batch is a window of its own, whatever the windows of the file."""
        partitions = Partitions(("b2", "b1"), by_batch=True)

        assert [
            WindowKey("batch", "b2", "b2", ("b2",)),
            WindowKey("batch", "b1", "b1", ("b1",)),
        ] == windows_to_compute(partitions, [7 * DAY], start=START, seen=["b0"])

    @given(DAYS, DAYS, st.integers(1, 9))
    def test_definition(self, days: set[date], seen: set[date], length: int) -> None:
        """
        They are the windows with a changed day and enough days, from the start to the last seen.
        """
        read = days | seen
        every = [
            window_ending(end, length * DAY)
            for end in days_between(START + (length - 1) * DAY, max(read, default=START) + DAY)
        ]
        expected = [
            (window.label, window.start.isoformat(), window.end.isoformat())
            for window in every
            if days & set(window.days) and len(read & set(window.days)) >= COMPLETE_SHARE * length
        ]

        assert expected == computed(days, [length], seen=seen)


class TestPartitionsIn:
    """Tests of the partitions whose profiles are needed."""

    def test_once_each(self) -> None:
        """Windows share days; each is loaded once, in order."""
        windows = [WindowKey.of_days(window_ending(date(2026, 1, day), 2 * DAY)) for day in (4, 3)]

        assert ["2026-01-02", "2026-01-03", "2026-01-04"] == partitions_in(windows)
        assert [] == partitions_in([])
