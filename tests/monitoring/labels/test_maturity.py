"""Tests of which windows are mature."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from monitoring.labels.maturity import mature_only, matures_at
from monitoring.results import ALL, Measurement, Verdict
from monitoring.windows import BATCH, DAY

DELAY = timedelta(days=3)
DAY_2 = date(2026, 1, 2)

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


class TestMaturesAt:
    """Tests of when the labels of a window are due."""

    def test_matures(self) -> None:
        """The labels of a day are due when its last prediction is as old as the delay."""
        assert at(5) == matures_at(DAY_2, DELAY)


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
