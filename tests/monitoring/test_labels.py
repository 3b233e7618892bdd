"""Tests of labels that come late."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitoring.labels import days_to_recompute, mature_only, matures_at
from monitoring.results import ALL, Measurement, Verdict
from monitoring.windows import BATCH, DAY

DELAY = timedelta(days=3)
DAY_1, DAY_2 = date(2026, 1, 1), date(2026, 1, 2)

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


def at(day: int, hour: int = 0) -> datetime:
    """Return a moment of January 2026."""
    return datetime(2026, 1, day, hour, tzinfo=UTC)


class TestDaysToRecompute:
    """Tests of the days whose numbers have changed."""

    def test_matures(self) -> None:
        """The labels of a day are due when its last prediction is as old as the delay."""
        assert at(5) == matures_at(DAY_2, DELAY)

    def test_later_label(self) -> None:
        """A label that came after its day was read counts, one that was read then does not."""
        arrivals = {DAY_1: at(2, 12), DAY_2: at(2, 11)}
        read_at = {DAY_1: at(2, 11), DAY_2: at(2, 11)}

        assert [DAY_1] == days_to_recompute(arrivals, read_at, delay=DELAY, now=at(3))

    def test_unread_day(self) -> None:
        """A day that was never read is left to the schedule."""
        assert [] == days_to_recompute({DAY_1: at(9)}, {}, delay=DELAY, now=at(10))

    def test_maturing(self) -> None:
        """A day whose labels have become due since it was read is judged at last, and once."""
        assert [] == days_to_recompute({}, {DAY_1: at(2)}, delay=DELAY, now=at(4, 23))
        assert [DAY_1] == days_to_recompute({}, {DAY_1: at(2)}, delay=DELAY, now=at(5))
        assert [] == days_to_recompute({}, {DAY_1: at(5)}, delay=DELAY, now=at(9))

    @given(
        st.dictionaries(st.dates(DAY_1, date(2026, 1, 9)), st.datetimes(timezones=st.just(UTC))),
        st.dictionaries(st.dates(DAY_1, date(2026, 1, 9)), st.datetimes(timezones=st.just(UTC))),
        st.datetimes(timezones=st.just(UTC)),
    )
    def test_recomputing_settles(
        self, arrivals: dict[date, datetime], read_at: dict[date, datetime], now: datetime
    ) -> None:
        """Once the days are read at a later moment, nothing is left to recompute."""
        days = days_to_recompute(arrivals, read_at, delay=DELAY, now=now)
        latest = max([now, *arrivals.values(), *read_at.values()])

        again = read_at | dict.fromkeys(days, latest)
        assert sorted(days) == days
        assert [] == days_to_recompute(arrivals, again, delay=DELAY, now=now)


class TestMatureOnly:
    """Tests of verdicts on windows whose labels are still coming in."""

    def test_withheld(self) -> None:
        """The number stays, the verdict goes, and the reason says until when."""
        (row,) = mature_only([ACCURACY], delay=DELAY, as_of=at(4, 23))

        assert row.verdict is None
        assert 0.5 == row.value
        assert "provisional: labels are due 3d after the window, on 2026-01-05" == row.reason

    def test_due(self) -> None:
        """From the moment on which the labels are due the verdict stands."""
        assert [ACCURACY] == mature_only([ACCURACY], delay=DELAY, as_of=at(5))

    def test_batch(self) -> None:
        """A batch, which has no end in time, is judged as it is."""
        batch = replace(ACCURACY, window=BATCH, window_start="b7", window_end="b7")

        assert [batch] == mature_only([batch], delay=DELAY, as_of=at(1))

    def test_first_reason_stays(self) -> None:
        """Why a number is undefined matters more than that it is early."""
        empty = replace(ACCURACY, value=None, verdict=Verdict.NO_DATA, reason="no rows")

        assert ["no rows"] == [row.reason for row in mature_only([empty], delay=DAY, as_of=at(1))]
