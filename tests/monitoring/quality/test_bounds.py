"""Bounds against scipy's distributions and hand calculation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from monitoring.quality.bounds import effective_trials, numeric_fence, upper_count, volume_band


class TestUpperCount:
    """`upper_count` against scipy."""

    @pytest.mark.parametrize(
        ("rows", "events", "trials"),
        [
            (950, 0, 25_000),
            (950, 250, 25_000),
            (200, 20, 2_000),
            (1_000_000, 33, 25_776),
            (1, 0, 9),
        ],
    )
    def test_equals_scipy(self, rows: int, events: int, trials: int) -> None:
        """The bound is scipy's binomial quantile at the Jeffreys posterior's."""
        rate = stats.beta.ppf(1 - 5e-5, events + 0.5, trials - events + 0.5)

        assert stats.binom.ppf(1 - 5e-5, rows, rate) == upper_count(
            rows, events=events, trials=trials
        )

    def test_false_alarms(self) -> None:
        """Days drawn at the reference's own rate cross the bound no oftener than stated."""
        bound = upper_count(950, events=250, trials=25_000)

        assert stats.binom.sf(bound, 950, 0.01) <= 1e-4

    def test_no_trials(self) -> None:
        """Without a reference nothing is forbidden."""
        assert 50 == upper_count(50, events=0, trials=0)

    @given(st.integers(0, 5_000), st.integers(0, 500), st.integers(500, 100_000))
    def test_within_rows(self, rows: int, events: int, trials: int) -> None:
        """The bound is a number of the rows, and wide enough for the reference's own share."""
        bound = upper_count(rows, events=events, trials=trials)

        assert 0 <= bound <= rows
        assert bound >= int(rows * events / trials)


class TestEffectiveTrials:
    """`effective_trials` by hand."""

    def test_whole_days_missing(self) -> None:
        """Of days that are whole or empty, each counts as little as one row."""
        assert 1.0 == effective_trials([(0, 100), (100, 100), (0, 100), (100, 100)])

    def test_hand_calculation(self) -> None:
        """
        Four days of 100 rows with 10, 30, 20 and 20 events.

        share .2; between (100·(.01 + .01)) / 3 = 2/3; within (9 + 21 + 16 + 16) / 396 = .156566;
        typical 100; correlation .510101 / 16.166667 = .0315526; 1 / correlation - 1 = 30.693.
        """
        found = effective_trials([(10, 100), (30, 100), (20, 100), (20, 100)])

        assert found == pytest.approx(30.693069, rel=1e-6)

    @pytest.mark.parametrize("daily", [[], [(5, 100)], [(0, 10), (0, 10)], [(10, 100), (10, 100)]])
    def test_unknown(self, daily: list[tuple[int, int]]) -> None:
        """Days that do not differ, or not enough days, say nothing of how days differ."""
        assert effective_trials(daily) is None


class TestNumericFence:
    """`numeric_fence` by hand."""

    @pytest.mark.parametrize(
        ("low", "high", "expected"),
        [
            pytest.param(10, 60, (-40, 110), id="its width on either side"),
            pytest.param(0, 60, (0, 120), id="zero is a natural bound"),
            pytest.param(-60, -1, (-119, 0), id="from below, too"),
            pytest.param(5, 5, (0, 10), id="a constant moves by its size"),
            pytest.param(0, 0, (0, 0), id="a constant zero stays"),
        ],
    )
    def test_fence(self, low: float, high: float, expected: tuple[float, float]) -> None:
        """The range may be left by its own width, but not through zero."""
        assert expected == numeric_fence(low, high)


class TestVolumeBand:
    """`volume_band` by hand."""

    def test_short_history(self) -> None:
        """Three days are no history."""
        assert volume_band([100, 100, 100]) is None

    def test_spread(self) -> None:
        """Median 1000, median absolute deviation 100: 1000 ± 4 · 148.26."""
        assert (406, 1594) == volume_band([900, 1000, 1100, 900, 1100])

    def test_quiet_weekday(self) -> None:
        """Equal days leave room for 4 · 5 % of the median."""
        assert (8_000, 12_000) == volume_band([10_000] * 4)

    def test_never_empty(self) -> None:
        """However uneven the history, a day needs a row."""
        assert (1, 5) == volume_band([1, 1, 1, 1])
