"""Tests of bounds, and of what they say of a number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.results import Measure, Verdict
from monitoring.thresholds.threshold import MINIMUM_ROWS, Threshold, judge

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


def measured(value: float | None, *, rows: int = 1000) -> Measure:
    """Return a measure of *value*."""
    return Measure("age", "psi", value, rows)


class TestExcess:
    """Tests of how far a number is beyond its bounds."""

    @pytest.mark.parametrize(
        ("low", "high", "value", "excess"),
        [
            (None, 0.1, 0.15, 0.5),
            (0.8, None, 0.6, 0.25),
            (None, 0.1, 0.1, 0.0),
            (0.2, 0.4, 0.5, 1.0),
            (-3.0, 1.0, -4.0, 0.5),
            (-0.5, None, -0.75, 0.5),
            (None, 0.0, 3.0, 300.0),
            (None, 0.001, 0.002, 0.1),
        ],
    )
    def test_units(
        self, low: float | None, high: float | None, value: float, excess: float
    ) -> None:
        """
        The unit is the bound, half the band of two bounds, and at least a hundredth.

        Regression: related to a bound of zero, one failure was worse than anything else could be.
        """
        bounds = Threshold(low=low, high=high, source="fixed")

        assert excess == pytest.approx(bounds.excess(value))

    @given(NUMBERS, NUMBERS, NUMBERS)
    def test_within(self, first: float, second: float, value: float) -> None:
        """A number within its bounds exceeds them by nothing, and none by less than that."""
        low, high = sorted((first, second))
        bounds = Threshold(low, high, "fixed")

        assert bounds.excess(value) >= 0
        assert not bounds.admits(value) or bounds.excess(value) == 0


class TestAdmits:
    """Tests of which numbers are within."""

    @given(NUMBERS, NUMBERS, NUMBERS)
    def test_definition(self, first: float, second: float, value: float) -> None:
        """
        A number is within from bound to bound, however small or large.

        The verdict does not rest on the excess, which may be too small to be told from zero.
        """
        low, high = sorted((first, second))

        assert (low <= value <= high) == Threshold(low, high, "fixed").admits(value)
        assert (value <= high) == Threshold(None, high, "fixed").admits(value)
        assert (value >= low) == Threshold(low, None, "fixed").admits(value)


class TestJudge:
    """Tests of the verdict on a measure."""

    BOUNDS = Threshold(low=0.2, high=0.4, source="fixed")

    @pytest.mark.parametrize(
        ("value", "verdict"),
        [
            (0.2, Verdict.OK),
            (0.4, Verdict.OK),
            (0.41, Verdict.CRITICAL),
            (0.19, Verdict.CRITICAL),
        ],
    )
    def test_bounds(self, value: float, verdict: Verdict) -> None:
        """A bound itself is still within; outside, the verdict is the given severity."""
        assert verdict is judge(measured(value), self.BOUNDS, severity=Verdict.CRITICAL)

    def test_no_rows(self) -> None:
        """Nothing to measure is told apart from too little."""
        assert Verdict.NO_DATA is judge(
            measured(None, rows=0), self.BOUNDS, severity=Verdict.WARNING
        )

    def test_undefined(self) -> None:
        """A number that could not be computed is not in order, with or without bounds."""
        for bounds in (None, self.BOUNDS):
            assert Verdict.INSUFFICIENT_DATA is judge(
                measured(None), bounds, severity=Verdict.WARNING
            )

    @pytest.mark.parametrize(
        ("learnt_on", "rows", "verdict"),
        [
            (None, MINIMUM_ROWS, Verdict.WARNING),
            (None, MINIMUM_ROWS - 1, Verdict.INSUFFICIENT_DATA),
            (1000, 500, Verdict.WARNING),
            (1000, 499, Verdict.INSUFFICIENT_DATA),
        ],
    )
    def test_few_rows(self, learnt_on: int | None, rows: int, verdict: Verdict) -> None:
        """Bounds hold for half of the rows they were learnt on, and never for a handful."""
        bounds = Threshold(low=None, high=0.4, source="calibrated", rows=learnt_on)

        assert verdict is judge(measured(9.0, rows=rows), bounds, severity=Verdict.WARNING)

    def test_no_threshold(self) -> None:
        """A number without bounds has no verdict, however few its rows."""
        assert judge(measured(0.3, rows=5), None, severity=Verdict.WARNING) is None
