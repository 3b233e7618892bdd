"""Tests of which windows are mature."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from monitoring.labels.maturity import Maturity, mature_only, oldest_unsettled
from monitoring.results import ALL, Measurement, Verdict
from monitoring.windows import BATCH, DAY

DELAY = timedelta(days=3)
DAY_1 = date(2026, 1, 1)

ACCURACY = Measurement(
    model="churn",
    version=ALL,
    segment=ALL,
    window="1d",
    window_start="2026-01-01",
    window_end="2026-01-02",
    column=ALL,
    metric="accuracy",
    value=0.5,
    lower=0.4,
    upper=0.6,
    rows=100,
    threshold_low=0.8,
    threshold_high=None,
    verdict=Verdict.CRITICAL,
    as_of=datetime(2026, 1, 3, tzinfo=UTC),
    run_id="run",
)
SETTLING = replace(ACCURACY, metric="label_settling", verdict=None)


def at(day: int, hour: int = 0) -> datetime:
    """Return a moment of January 2026."""
    return datetime(2026, 1, day, hour, tzinfo=UTC)


class TestMaturity:
    """Tests of when the labels of a day are due."""

    def test_delay(self) -> None:
        """The labels of a day are due when its last prediction is as old as the delay."""
        assert at(5) == Maturity(DELAY).due(DAY_1)

    def test_settling(self) -> None:
        """
        Labels that take longer than the monitor file says are waited for, to the full hour.

        Each day as long as was learnt when it was last read; labels that come sooner change
        nothing, and where the file gives no delay, what was learnt stands alone.
        """
        rows = [
            replace(SETTLING, value=96.5),
            replace(SETTLING, window_start="2026-01-02", window_end="2026-01-03", value=2.0),
            replace(SETTLING, window_start="2026-01-03", window_end="2026-01-04", value=None),
            ACCURACY,
        ]
        maturity = Maturity.learnt(DELAY, rows)
        days = [date(2026, 1, day) for day in (1, 2, 3)]

        assert [at(6, 1), at(6), at(7)] == [maturity.due(day) for day in days]
        assert [at(6, 1), at(3, 2), at(4)] == [
            Maturity.learnt(timedelta(0), rows).due(day) for day in days
        ]

    @pytest.mark.parametrize(
        ("now", "last"),
        [(at(5), 1), (at(5) - timedelta(seconds=1), 0), (at(8), 3), (at(9, 23), 3), (at(10), 6)],
    )
    def test_last_due(self, now: datetime, last: int) -> None:
        """The last day whose labels are due is one before which days may still wait for theirs."""
        slow = Maturity(DELAY, {f"2026-01-0{day}": timedelta(days=5) for day in (4, 5)})

        assert DAY_1 + (last - 1) * DAY == slow.last_due(now)

    def test_updated(self) -> None:
        """What a day is found to take takes the place of what was known of it."""
        maturity = Maturity.learnt(DELAY, [replace(SETTLING, value=96.5)])

        assert at(5) == maturity.updated([replace(SETTLING, value=None)]).due(DAY_1)
        assert at(7) == maturity.updated([replace(SETTLING, value=120.0)]).due(DAY_1)


class TestMatureOnly:
    """Tests of verdicts on windows whose labels are still coming in."""

    def test_withheld(self) -> None:
        """The number stays, the verdict goes, and the reason says until when."""
        (row,) = mature_only([ACCURACY], maturity=Maturity(DELAY), as_of=at(4, 23))

        assert row.verdict is None
        assert 0.5 == row.value
        assert "provisional: labels are due 3d after the window, on 2026-01-05" == row.reason

    def test_settling(self) -> None:
        """Labels that take longer than the file says keep a window provisional until they do."""
        maturity = Maturity.learnt(DELAY, [replace(SETTLING, value=100.0)])
        (row,) = mature_only([ACCURACY], maturity=maturity, as_of=at(5))

        assert row.verdict is None
        assert "provisional: labels are due 100h after the window, on 2026-01-06" == row.reason
        assert [ACCURACY] == mature_only([ACCURACY], maturity=maturity, as_of=at(6, 4))

    def test_due(self) -> None:
        """From the moment on which the labels are due the verdict stands."""
        assert [ACCURACY] == mature_only([ACCURACY], maturity=Maturity(DELAY), as_of=at(5))

    def test_batch(self) -> None:
        """A batch, which has no end in time, is judged as it is."""
        batch = replace(ACCURACY, window=BATCH, window_start="b7", window_end="b7")

        assert [batch] == mature_only([batch], maturity=Maturity(DELAY), as_of=at(1))

    def test_reasons_join(self) -> None:
        """What was said of a number before stands behind why it is not judged."""
        partial = replace(ACCURACY, reason="without 2026-01-01: blocked by scores")

        (row,) = mature_only([partial], maturity=Maturity(3 * DAY), as_of=at(2))
        assert (row.reason or "").startswith("provisional: labels are due 3d after")
        assert (row.reason or "").endswith("; without 2026-01-01: blocked by scores")

    def test_first_reason_stays(self) -> None:
        """Why a number is undefined matters more than that it is early."""
        empty = replace(ACCURACY, value=None, verdict=Verdict.NO_DATA, reason="no rows")

        assert ["no rows"] == [
            row.reason for row in mature_only([empty], maturity=Maturity(DAY), as_of=at(1))
        ]


class TestOldestUnsettled:
    """From which day on it matters how long labels take."""

    def test_read_early(self) -> None:
        """
        A day that was read before its labels were due by any curve is asked for, however old.
        """
        read_at = {date(2025, 10, 1): at(1), date(2025, 11, 1): datetime(2025, 11, 2, tzinfo=UTC)}

        assert date(2025, 11, 1) == oldest_unsettled(read_at, delay=DELAY)

    def test_all_settled(self) -> None:
        """
        Where no day is unsettled the last one is enough.
        """
        read_at = {date(2025, 10, 1): at(1), date(2025, 11, 1): at(2)}

        assert date(2025, 11, 1) == oldest_unsettled(read_at, delay=DELAY)
