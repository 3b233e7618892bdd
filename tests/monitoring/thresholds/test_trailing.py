"""Tests of bounds from a number's own past."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats

from monitoring.thresholds.threshold import Threshold
from monitoring.thresholds.trailing import BASELINE, METHODS, WINDOWS

DAY = timedelta(days=1)
TODAY = date(2026, 3, 2)
LEVEL = 0.001


def past(values: Sequence[float], *, until: date = TODAY) -> dict[date, float]:
    """Return *values* of as many days, the last of them before *until*."""
    return {until - (len(values) - place) * DAY: value for place, value in enumerate(values)}


def bounds(
    values: Sequence[float], *, method: str = "historical", metric: str = "log_loss"
) -> Threshold | None:
    """Return the bounds of today that follow from *values*."""
    return METHODS[method](metric, past(values), day=TODAY, length=DAY, false_alarm=LEVEL)


def noise(count: int, *, seed: int = 1) -> list[float]:
    """Return values around one half."""
    return [float(v) for v in np.random.default_rng(seed).normal(0.5, 0.01, count)]


class TestHistorical:
    """Tests of the band over the days before."""

    def test_gap(self) -> None:
        """The latest days take no part: an incident must not become its own normal."""
        calm = noise(30)

        assert bounds(calm) == bounds([*calm[:-2], 9.0, 9.0])
        assert bounds(calm) != bounds([*calm[:-3], 9.0, *calm[-2:]])

    def test_outlier(self) -> None:
        """One odd day among the fourteen hardly moves the band."""
        calm, odd = noise(30), noise(30)
        odd[20] = 5.0
        before, after = bounds(calm), bounds(odd)

        assert before is not None
        assert after is not None
        assert after.high == pytest.approx(before.high, abs=0.05)

    def test_hand(self) -> None:
        """The bound is the median and Student's quantile of scaled deviations of cube roots."""
        found = bounds([0.4, 0.6] * 15)
        assert found is not None
        quantile = stats.t.isf(LEVEL / 2, 0.37 * (WINDOWS - 1))
        low, high = 0.4 ** (1 / 3), 0.6 ** (1 / 3)
        room = quantile * 1.4826 * (high - low) / 2 * (1 + np.pi / 2 / WINDOWS) ** 0.5

        assert found.high == pytest.approx(((low + high) / 2 + room) ** 3)
        assert found.low is None
        assert f"band of 14 windows to {TODAY - 3 * DAY}" == found.source

    def test_weekdays(self) -> None:
        """Where Mondays are always higher, a high Monday is in order and a high Sunday is not."""
        generator = np.random.default_rng(4)
        days = [TODAY - place * DAY for place in range(30, 0, -1)]
        values = [(0.7 if day.weekday() == 0 else 0.5) + generator.normal(0, 0.003) for day in days]
        monday = bounds(values)
        sunday = METHODS["historical"](
            "log_loss", past(values), day=TODAY - DAY, length=DAY, false_alarm=LEVEL
        )

        assert monday is not None
        assert sunday is not None
        assert monday.admits(0.7)
        assert not sunday.admits(0.7)
        assert monday.source.endswith("of the same weekday")

    def test_short(self) -> None:
        """Six days are no past."""
        assert bounds(noise(8)) is None
        assert bounds([]) is None

    def test_direction(self) -> None:
        """A band has the sides on which the metric gets worse, within what it can be."""
        auc, mean = (bounds([0.99, 0.6] * 15, metric=metric) for metric in ("roc_auc", "mean"))

        assert auc is not None
        assert auc.high is None
        assert mean is not None
        assert mean.low is not None
        assert mean.high is not None

    def test_false_alarms(self) -> None:
        """Where nothing changes a fresh day is outside about as rarely as was asked for."""
        generator = np.random.default_rng(5)
        outside = 0
        for _ in range(1500):
            values = [float(value) for value in generator.normal(0.5, 0.01, 17)]
            found = bounds(values)
            assert found is not None
            outside += not found.admits(float(generator.normal(0.5, 0.01)))

        assert outside <= 5

    @pytest.mark.parametrize("method", list(METHODS))
    def test_skewed(self, method: str) -> None:
        """
        A distance, which is often small and now and then large, is outside as rarely.

        Regression: with bounds as of a normal law, thirty columns under a control chart made six
        false incidents in 90 days.
        """
        generator = np.random.default_rng(6)
        outside = 0
        for _ in range(1000):
            values = [float(value) for value in generator.chisquare(2, BASELINE + 20) / 1000]
            found = bounds(values, method=method, metric="psi")
            assert found is not None
            outside += not found.admits(float(generator.chisquare(2)) / 1000)

        assert outside <= 4


class TestControlChart:
    """Tests of the chart that looks for slow changes."""

    @staticmethod
    def first_alarm(values: Sequence[float]) -> int | None:
        """Return the place of the first value that its bounds do not admit."""
        for place in range(BASELINE, len(values)):
            found = bounds(values[:place], method="control_chart")
            assert found is not None
            if not found.admits(values[place]):
                return place - BASELINE
        return None

    def test_slow(self) -> None:
        """A drift of a tenth of a standard deviation a day is seen, which no band ever sees."""
        calm = noise(BASELINE + 60, seed=3)
        slow = [value + 0.001 * max(0, place - BASELINE) for place, value in enumerate(calm)]
        chart = self.first_alarm(slow)

        assert chart is not None
        assert chart < 45
        for place in range(BASELINE, BASELINE + 60):
            band = bounds(slow[:place])
            assert band is not None
            assert band.admits(slow[place])

    def test_calm(self) -> None:
        """What does not change raises no alarm in a quarter."""
        assert [None] * 8 == [self.first_alarm(noise(BASELINE + 90, seed=s)) for s in range(8)]

    def test_short(self) -> None:
        """Before its first 28 values there is no chart."""
        assert bounds(noise(BASELINE - 1), method="control_chart") is None
        assert bounds(noise(BASELINE), method="control_chart") is not None
