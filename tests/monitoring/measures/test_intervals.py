"""Numbers with their 95 % intervals."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from monitoring.measures.intervals import (
    Statistic,
    finite,
    normal,
    positive,
    proportion,
    share,
    student,
    undefined,
    widened,
    wilson,
)


class TestProportion:
    """Tests of proportion."""

    @given(trials=st.integers(1, 10**6), part=st.floats(0, 1))
    def test_wilson(self, trials: int, part: float) -> None:
        """
        The interval is Wilson's, as scipy computes it.
        """
        successes = round(trials * part)
        statistic = proportion(successes, trials, empty="")
        expected = stats.binomtest(successes, trials).proportion_ci(0.95, "wilson")

        assert (statistic.lower, statistic.upper) == pytest.approx(
            (expected.low, expected.high), abs=1e-12
        )

    @pytest.mark.parametrize("trials", [200, 2_000, 20_000])
    @pytest.mark.parametrize("share", [0.01, 0.02, 0.05, 0.1, 0.3, 0.5, 0.8, 0.95])
    def test_coverage(self, share: float, trials: int) -> None:
        """
        The interval holds the truth with a probability of 93 to 97 %, summed up exactly.
        """
        drawn = stats.binom(trials, share)
        counts = range(int(drawn.ppf(1e-6)), int(drawn.isf(1e-6)) + 1)
        held = [
            count
            for count in counts
            for lower, upper in [wilson(count / trials, trials)]
            if lower <= share <= upper
        ]

        assert 0.93 <= drawn.pmf(held).sum() <= 0.97

    @given(trials=st.floats(1e-6, 1e9), part=st.floats(0, 1))
    def test_order(self, trials: float, part: float) -> None:
        """
        The bounds enclose the value and stay within 0 and 1, also for expected counts.
        """
        statistic = proportion(part * trials, trials, empty="")

        assert statistic.value is not None
        assert statistic.lower is not None
        assert statistic.upper is not None
        assert 0 <= statistic.lower <= statistic.value <= statistic.upper <= 1

    def test_empty(self) -> None:
        """
        No trials have no proportion, and the reason is told.
        """
        assert undefined("no rows") == proportion(0, 0, empty="no rows")


class TestNormal:
    """Tests of normal."""

    def test_student(self) -> None:
        """
        The half width is Student's quantile times the standard deviation of the mean.
        """
        statistic = normal(1.0, 0.04, rows=10)

        assert statistic.upper == pytest.approx(1.0 + stats.t(9).ppf(0.975) * 0.2)

    @pytest.mark.parametrize("interval", [normal, positive, share])
    def test_one_row(self, interval: object) -> None:
        """
        A single row says nothing about the spread.
        """
        assert callable(interval)
        assert Statistic(0.5) == interval(0.5, math.inf, rows=1)


class TestPositive:
    """Tests of positive."""

    def test_log_scale(self) -> None:
        """
        Value over lower bound is upper bound over value.
        """
        statistic = positive(2.0, 0.25, rows=100)

        assert statistic.lower is not None
        assert statistic.upper == pytest.approx(4.0 / statistic.lower)


class TestShare:
    """Tests of share."""

    def test_log_odds(self) -> None:
        """
        The interval of a share never leaves 0 and 1.
        """
        statistic = share(0.99, 0.01, rows=20)

        assert statistic.lower is not None
        assert statistic.upper is not None
        assert 0 < statistic.lower < 0.99 < statistic.upper < 1

    def test_perfect(self) -> None:
        """
        A perfect score among few rows is no proof: the lower bound is Wilson's.
        """
        expected = stats.binomtest(10, 10).proportion_ci(0.95, "wilson").low

        assert share(1.0, 0.0, rows=10).lower == pytest.approx(expected)


class TestStudent:
    """Tests of student."""

    def test_quantile(self) -> None:
        """
        The deviate is the 97.5 % quantile of Student's distribution.
        """
        assert student(4.5) == pytest.approx(stats.t(4.5).ppf(0.975))


class TestFinite:
    """Tests of finite."""

    @pytest.mark.parametrize("value", [math.inf, math.nan])
    def test_value(self, value: float) -> None:
        """
        What does not fit a float is undefined, never infinite or NaN.
        """
        assert "too large for a number" == finite(Statistic(value)).reason

    def test_bounds(self) -> None:
        """
        A value without finite bounds has none.
        """
        assert Statistic(1.0) == finite(Statistic(1.0, 0.0, math.inf))


class TestWidened:
    """Tests of widened."""

    @given(skewness=st.floats(-20, 20), rows=st.integers(3, 10**6))
    def test_never_narrower(self, skewness: float, rows: int) -> None:
        """
        Bounds move outwards only: to the right for a tail on the right.
        """
        plain = normal(10.0, 4.0, rows=rows)
        wide = widened(plain, 4.0, skewness=skewness, rows=rows)
        assert plain.lower is not None
        assert plain.upper is not None
        assert wide.lower is not None
        assert wide.upper is not None

        assert wide.lower <= plain.lower
        assert wide.upper >= plain.upper
        if skewness >= 0:
            assert wide.upper - plain.upper >= plain.lower - wide.lower

    def test_no_interval(self) -> None:
        """
        What has no bounds gets none.
        """
        assert Statistic(3.0) == widened(Statistic(3.0), 1.0, skewness=2.0, rows=1)
