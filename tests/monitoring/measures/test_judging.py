"""Tests of the way from the profiles of windows to judged rows."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.measures.judging import Stamp, WindowKey, judged, measure_windows, recorded
from monitoring.profile.grouping import Group
from monitoring.results import ALL, Measure, Verdict
from monitoring.thresholds.book import ThresholdBook
from monitoring.thresholds.threshold import Threshold
from monitoring.windows import DAY, window_ending

STAMP = Stamp("churn", datetime(2026, 2, 1, tzinfo=UTC), "run")
WEEK = WindowKey.of_days(window_ending(date(2026, 1, 7), 7 * DAY))
BOUND = Threshold(low=None, high=100.0, source="calibrated", rows=50)
BOOK = ThresholdBook(
    {(window, ALL, metric): BOUND for window in ("3d", "7d") for metric in ("psi", "rmse")}
)


def day(number: int) -> str:
    """Return a day of January."""
    return date(2026, 1, number).isoformat()


def counted(rows: int) -> list[Measure]:
    """Measure the simplest of profiles: a number of rows."""
    return [Measure(ALL, "psi", float(rows), rows)]


def row_counts(profiles: dict[Group, int], *windows: WindowKey) -> dict[tuple[str, str, str], int]:
    """Return the rows by end of the window, version and segment."""
    rows = measure_windows(profiles, windows, counted, empty=0, book=BOOK, stamp=STAMP)
    found = {(row.window_end, row.version, row.segment): row.rows for row in rows}
    assert len(found) == len(rows)
    return found


class TestWindowKey:
    """Tests of windows as the results table names them."""

    def test_days(self) -> None:
        """Start and end are ISO days, the end exclusive, and the partitions are the days."""
        assert ("7d", "2026-01-01", "2026-01-08") == (WEEK.label, WEEK.start, WEEK.end)
        assert tuple(day(number) for number in range(1, 8)) == WEEK.partitions

    def test_batch(self) -> None:
        """A batch starts and ends with itself."""
        assert WindowKey("batch", "b7", "b7", ("b7",)) == WindowKey.of_batch("b7")


class TestMeasureWindows:
    """Tests of the sums that are measured."""

    def test_versions(self) -> None:
        """Each version is measured by itself, and all of them together."""
        profiles = {
            Group(day(1)): 5,
            Group(day(1), version="v1"): 5,
            Group(day(2)): 7,
            Group(day(2), version="v1"): 4,
            Group(day(2), version="v2"): 3,
        }

        assert {
            ("2026-01-08", ALL, ALL): 12,
            ("2026-01-08", "v1", ALL): 9,
            ("2026-01-08", "v2", ALL): 3,
        } == row_counts(profiles, WEEK)

    def test_sole_version(self) -> None:
        """A window with one version has rows for that and for all; they are measured once."""
        calls: list[int] = []

        def measures_of(rows: int) -> list[Measure]:
            calls.append(rows)
            return counted(rows)

        profiles = {Group(day(1)): 5, Group(day(1), version="v1"): 5}
        rows = measure_windows(profiles, [WEEK], measures_of, empty=0, book=BOOK, stamp=STAMP)
        assert [ALL, "v1"] == sorted(row.version for row in rows)
        assert [5] == calls

    def test_segments(self) -> None:
        """A segment is measured, and not judged by the bounds of all rows."""
        profiles = {Group(day(1)): 500, Group(day(1), segment="plan=free"): 400}

        rows = measure_windows(profiles, [WEEK], counted, empty=0, book=BOOK, stamp=STAMP)
        verdicts = {row.segment: (row.rows, row.threshold_high, row.verdict) for row in rows}
        assert (500, 100.0, Verdict.WARNING) == verdicts[ALL]
        assert (400, None, None) == verdicts["plan=free"]

    def test_written_bound(self) -> None:
        """
        A bound of the monitor file holds for each segment; a number of rows is the whole's only.

        Regression: fixed bounds were compared with the whole alone.
        """
        profiles = {
            Group(day(1)): 500,
            Group(day(1), segment="plan=free"): 400,
            Group(day(1), segment="plan=rare"): 20,
        }
        bounds = {name: Threshold(600.0, None, source="fixed") for name in ("psi", "rows")}

        def measures_of(rows: int) -> list[Measure]:
            return [Measure(ALL, name, float(rows), rows) for name in bounds]

        rows = measure_windows(
            profiles, [WEEK], measures_of, empty=0, book=ThresholdBook({}, bounds), stamp=STAMP
        )
        verdicts = {(row.metric, row.segment): row.verdict for row in rows}
        assert {
            ("psi", ALL): Verdict.WARNING,
            ("psi", "plan=free"): Verdict.WARNING,
            ("psi", "plan=rare"): Verdict.INSUFFICIENT_DATA,
            ("rows", ALL): Verdict.WARNING,
            ("rows", "plan=free"): None,
            ("rows", "plan=rare"): None,
        } == verdicts

    def test_empty_window(self) -> None:
        """A window of which nothing was read has a row that says so, and no others."""
        profiles = {Group(day(20), version="v1"): 5, Group(day(20)): 5}

        rows = measure_windows(profiles, [WEEK], counted, empty=0, book=BOOK, stamp=STAMP)
        assert [(ALL, Verdict.NO_DATA)] == [(row.version, row.verdict) for row in rows]

    def test_blocked_window(self) -> None:
        """
        A window all of whose days are blocked has no number, and says by which family.

        Regression: the days were dropped without a trace, so that a broken day of 200 rows had
        0 rows, and "no labels" as the reason of its performance.
        """
        windows = [WindowKey.of_days(window_ending(date(2026, 1, last), DAY)) for last in (1, 2)]

        rows = measure_windows(
            {Group(day(1)): 5, Group(day(2)): 500},
            windows,
            counted,
            empty=0,
            book=BOOK,
            stamp=STAMP,
            blocked={day(2): "blocked by scores"},
        )
        assert [
            (5.0, 5, None),
            (None, 0, "blocked by scores"),
        ] == [(row.value, row.rows, row.reason) for row in rows]
        assert Verdict.NO_DATA is rows[1].verdict

    def test_partly_blocked(self) -> None:
        """A window keeps number and verdict of the days that are left, and says which are not."""
        (row,) = measure_windows(
            {Group(day(number)): 50 for number in range(1, 8)},
            [WEEK],
            counted,
            empty=0,
            book=BOOK,
            stamp=STAMP,
            blocked={day(2): "blocked by scores", day(20): "blocked by volume"},
        )

        assert (300.0, 300, Verdict.WARNING) == (row.value, row.rows, row.verdict)
        assert "without 2026-01-02: blocked by scores" == row.reason

    def test_no_windows(self) -> None:
        """Without windows there is nothing to measure."""
        assert {} == row_counts({Group(day(1)): 5})

    def test_batches(self) -> None:
        """Batches are measured each by itself, whatever their names and their order."""
        profiles = {Group("b10"): 1, Group("b9"): 2, Group("[0:4]"): 3}
        windows = [WindowKey.of_batch(batch) for batch in ("b9", "b10", "[0:4]")]

        assert {("b10", ALL, ALL): 1, ("b9", ALL, ALL): 2, ("[0:4]", ALL, ALL): 3} == row_counts(
            profiles, *windows
        )

    @given(
        st.dictionaries(
            st.tuples(st.integers(1, 20), st.sampled_from(["v1", "v2", "v3"])),
            st.integers(1, 9),
            max_size=25,
        ),
        st.lists(st.tuples(st.integers(3, 20), st.sampled_from([1, 3, 7])), unique=True),
    )
    def test_definition(
        self, versions: dict[tuple[int, str], int], asked: list[tuple[int, int]]
    ) -> None:
        """
        Whichever windows are asked for, in whatever order, each is the sum of its days.

        Windows of one length are slid from one to the next, which must not show.
        """
        profiles: Counter[Group] = Counter()
        for (number, version), size in versions.items():
            profiles[Group(day(number), version=version)] += size
            profiles[Group(day(number))] += size
        windows = [
            WindowKey.of_days(window_ending(date(2026, 1, last), timedelta(days=length)))
            for last, length in asked
        ]

        rows = measure_windows(dict(profiles), windows, counted, empty=0, book=BOOK, stamp=STAMP)
        found = {(row.window, row.window_end, row.version): row.rows for row in rows}
        expected: dict[tuple[str, str, str], int] = {}
        for window in windows:
            expected[window.label, window.end, ALL] = 0
            for group, count in profiles.items():
                if group.partition in window.partitions:
                    key = window.label, window.end, group.version
                    expected[key] = expected.get(key, 0) + count
        assert expected == found
        assert len(rows) == len(found)


class TestJudged:
    """Tests of a measure as a row of the results table."""

    def test_row(self) -> None:
        """The row has all that is known of the number, and the bounds that it was judged by."""
        measure = Measure(ALL, "psi", 250.0, 90, lower=200.0, upper=300.0)

        row = judged(measure, WEEK, "v1", ALL, book=BOOK, stamp=STAMP)
        assert ("churn", "v1", ALL, "7d") == (row.model, row.version, row.segment, row.window)
        assert ("2026-01-01", "2026-01-08") == (row.window_start, row.window_end)
        assert (250.0, 200.0, 300.0, 90) == (row.value, row.lower, row.upper, row.rows)
        assert (None, 100.0, Verdict.WARNING) == (
            row.threshold_low,
            row.threshold_high,
            row.verdict,
        )
        assert (STAMP.as_of, "run") == (row.as_of, row.run_id)

    @pytest.mark.parametrize(
        ("metric", "verdict"), [("psi", Verdict.WARNING), ("rmse", Verdict.CRITICAL)]
    )
    def test_severity(self, metric: str, verdict: Verdict) -> None:
        """Harm that was done is critical; a drift, which may do harm, is a warning."""
        row = judged(Measure(ALL, metric, 250.0, 90), WEEK, ALL, ALL, book=BOOK, stamp=STAMP)

        assert verdict is row.verdict

    def test_undefined(self) -> None:
        """A number that is undefined keeps its reason, and the bounds it would have had."""
        undefined = Measure(ALL, "psi", None, 90, reason="one class only")

        row = judged(undefined, WEEK, ALL, ALL, book=BOOK, stamp=STAMP)
        assert ("one class only", 100.0) == (row.reason, row.threshold_high)
        assert Verdict.INSUFFICIENT_DATA is row.verdict

    @pytest.mark.parametrize(
        ("value", "book", "reason"),
        [
            (250.0, BOOK, "calibrated"),
            (250.0, ThresholdBook({}, {"psi": Threshold(None, 1.0, source="fixed")}), "fixed"),
            (50.0, BOOK, None),
        ],
    )
    def test_source(self, value: float, book: ThresholdBook, reason: str | None) -> None:
        """
        A breach says where its bound comes from.

        Regression: only bounds from the past did.
        """
        row = judged(Measure(ALL, "psi", value, 90), WEEK, ALL, ALL, book=book, stamp=STAMP)

        assert reason == row.reason

    def test_recorded(self) -> None:
        """A verdict from elsewhere is kept as it is, for all rows and versions."""
        row = recorded(
            Measure("age", "psi", 1.0, 9), WEEK, STAMP, threshold=None, verdict=Verdict.OK
        )

        assert (ALL, ALL, None, None) == (
            row.version,
            row.segment,
            row.threshold_low,
            row.threshold_high,
        )
        assert Verdict.OK is row.verdict
