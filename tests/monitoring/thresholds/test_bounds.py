"""Tests of the bounds that follow from values of a time when nothing changed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from scipy import stats

from monitoring.metrics import METRICS, Direction
from monitoring.thresholds.bounds import (
    EFFECT_FLOORS,
    FALSE_ALARM_RATE,
    Basis,
    Sample,
    bounds_of,
)
from monitoring.thresholds.threshold import Threshold

JUDGED = sorted(
    name
    for name, metric in METRICS.items()
    if metric.direction is not Direction.NONE and name != "chi_squared_p_value"
)
BASIS = Basis("calibrated", rows=100_000)


def bounds(metric: str, values: ArrayLike, *, rows: int = 1000, basis: Basis = BASIS) -> Threshold:
    """Return the bounds of *values*."""
    found = bounds_of(metric, Sample(np.asarray(values, dtype=np.float64), rows, rows), basis)
    assert found is not None
    return found


class TestDirections:
    """Tests of which side is bounded."""

    @pytest.mark.parametrize(
        ("metric", "sides"),
        [
            ("psi", (False, True)),
            ("log_loss", (False, True)),
            ("roc_auc", (True, False)),
            ("r2", (True, False)),
            ("label_coverage", (True, False)),
            ("positive_rate", (True, True)),
            ("bias", (True, True)),
        ],
    )
    def test_sides(self, metric: str, sides: tuple[bool, bool]) -> None:
        """A metric is bounded on the side that is worse, or on both."""
        found = bounds(metric, [0.5, 0.6, 0.7])

        assert sides == (found.low is not None, found.high is not None)

    @pytest.mark.parametrize("metric", ["rows", "mean", "chi_squared", "failed_expectations"])
    def test_descriptions(self, metric: str) -> None:
        """A number that only describes, or that the catalogue does not know, has no bounds."""
        assert bounds_of(metric, Sample(np.array([1.0, 2.0]), 10, 10), BASIS) is None

    def test_p_values(self) -> None:
        """A p-value is a judgement of its own, and blind to ordinary days."""
        values = np.array([0.1, 0.5, 0.9])

        assert bounds_of("chi_squared_p_value", Sample(values, 10, 10), BASIS) is None


class TestLaws:
    """Tests of the quantiles, against laws that are known."""

    @pytest.mark.parametrize(
        ("metric", "law", "side"),
        [
            ("psi", stats.chi2(9, scale=0.01), "high"),
            ("rmse", stats.gamma(400, scale=0.05), "high"),
            ("ks_statistic", stats.beta(4, 60), "high"),
            ("roc_auc", stats.beta(90, 10), "low"),
            ("accuracy", stats.beta(800, 200), "low"),
            ("mcc", stats.beta(90, 10, loc=-1, scale=2), "low"),
            ("r2", stats.gamma(20, scale=0.01), "mirrored"),
        ],
    )
    def test_one_sided(self, metric: str, law: stats.distributions.rv_frozen, side: str) -> None:
        """With many values the bound is the quantile of the law that they come from."""
        values = law.ppf((np.arange(20_000) + 0.5) / 20_000)
        if side == "mirrored":
            found = bounds(metric, 1 - values)
            assert found.low == pytest.approx(1 - law.isf(FALSE_ALARM_RATE), rel=0.01)
        elif side == "high":
            assert bounds(metric, values).high == pytest.approx(law.isf(FALSE_ALARM_RATE), rel=0.01)
        else:
            assert bounds(metric, values).low == pytest.approx(law.ppf(FALSE_ALARM_RATE), rel=0.01)

    def test_two_sided(self) -> None:
        """A bias has a normal law, with half of the false alarms on either side."""
        law = stats.norm(0.5, 2.0)
        values = law.ppf((np.arange(20_000) + 0.5) / 20_000)

        found = bounds("bias", values)
        assert found.low == pytest.approx(law.ppf(FALSE_ALARM_RATE / 2), rel=0.01)
        assert found.high == pytest.approx(law.isf(FALSE_ALARM_RATE / 2), rel=0.01)

    def test_few_days(self) -> None:
        """
        The mean of few normal values is bounded as a prediction interval of Student's t.

        With D values a fresh one is within mean ± t(D-1)·s·sqrt(1 + 1/D), where s has ddof 1.
        """
        days = np.array([0.4, -0.9, 1.3, 0.2, -0.5, 0.8, -1.1, 0.6])
        size = len(days)
        drawn = np.random.default_rng(0).choice(days, 200_000)
        basis = Basis("days", 8000, growth=(1 + 1 / size) * size / (size - 1), freedom=size - 1)

        found = bounds("bias", drawn, basis=basis)
        reach = stats.t.isf(FALSE_ALARM_RATE / 2, size - 1) * days.std(ddof=1)
        reach *= (1 + 1 / size) ** 0.5
        assert found.high == pytest.approx(days.mean() + reach, rel=0.01)
        assert found.low == pytest.approx(days.mean() - reach, rel=0.01)

    @pytest.mark.parametrize(
        ("metric", "factor"),
        [("psi", 4.0), ("kl_divergence", 4.0), ("hellinger_distance", 2.0)],
    )
    def test_growth(self, metric: str, factor: float) -> None:
        """With four times the variance a distance is twice as far, and a squared one four times."""
        values = np.random.default_rng(1).gamma(9.0, 0.004, 500)

        narrow = bounds(metric, values).high
        wide = bounds(metric, values, basis=Basis("rows", 100_000, growth=4.0)).high
        assert narrow is not None
        assert wide == pytest.approx(factor * narrow, rel=0.02)

    def test_growth_of_a_level(self) -> None:
        """The level of a performance metric stays where it is; its spread grows."""
        values = np.random.default_rng(2).normal(0.7, 0.001, 2000)

        low = bounds("roc_auc", values, basis=Basis("rows", 100_000, growth=4.0)).low
        assert low == pytest.approx(0.7 - 3.09 * 0.002, abs=2e-4)


class TestRanges:
    """Tests of bounds that a value can reach."""

    @settings(deadline=None)
    @given(
        st.sampled_from(JUDGED),
        st.lists(st.floats(0, 1), min_size=2, max_size=12),
        st.integers(1, 10**6),
        st.floats(1, 50),
    )
    def test_within_the_range(
        self, metric: str, parts: list[float], rows: int, growth: float
    ) -> None:
        """Bounds are finite, ordered, within the range of their metric, and on the right side."""
        entry = METRICS[metric]
        lowest, highest = max(entry.lowest, -5.0), min(entry.highest, 5.0)
        values = lowest + (highest - lowest) * np.array(parts)

        found = bounds(metric, values, rows=rows, basis=Basis("rows", 1000, growth, 10))
        ends = [bound for bound in (found.low, found.high) if bound is not None]
        assert all(math.isfinite(end) and entry.lowest <= end <= entry.highest for end in ends)
        assert sorted(ends) == ends
        if found.low is not None:
            assert found.low <= values.mean() + 1e-9
        if found.high is not None:
            assert found.high >= values.mean() - 1e-9

    @pytest.mark.parametrize("metric", JUDGED)
    def test_all_the_same(self, metric: str) -> None:
        """Values that are all the same are within the bounds that they give."""
        for value in (0.0, 0.1, 1.0):
            assert not bounds(metric, [value] * 100).excess(value)

    def test_overflow(self) -> None:
        """Values beyond what a number can hold give no bounds."""
        values = np.array([1e308, 1e308, 0.0])

        assert bounds_of("bias", Sample(values, 10, 10), Basis("rows", 10, growth=1e9)) is None

    @pytest.mark.parametrize(("metric", "floor"), EFFECT_FLOORS.items())
    def test_effect_floor(self, metric: str, floor: float) -> None:
        """A difference that is certain but trifling is no breach."""
        assert floor == bounds(metric, [1e-6, 2e-6, 3e-6]).high


class TestNeverSeen:
    """Tests of what the reference never showed."""

    @pytest.mark.parametrize(
        "metric", ["missing_fraction", "new_category_fraction", "out_of_range_fraction"]
    )
    def test_share(self, metric: str) -> None:
        """
        A share that was always zero may show as many rows as its reference cannot rule out.

        Of 1,000 rows with a rate of up to 2 in 5,000 a handful is possible, and fifty are not.
        """
        found = bounds(metric, np.zeros(100), basis=Basis("rows", 5000))

        assert found.high is not None
        assert not found.excess(3 / 1000)
        assert found.excess(50 / 1000)

    def test_out_of_range_rows(self) -> None:
        """
        Fresh rows beyond the reference's extremes are false alarms at the stated rate at most.

        Regression: the bound was zero, and four in five windows of an unchanged column crossed it.
        """
        generator = np.random.default_rng(4)
        high = bounds("out_of_range_fraction", np.zeros(100), basis=Basis("rows", 1000)).high
        crossed = 0
        for _ in range(1000):
            reference, fresh = generator.random(1000), generator.random(1000)
            outside = (fresh < reference.min()) | (fresh > reference.max())
            crossed += outside.mean() > high
        assert crossed <= 5

    def test_few_of_the_rows(self) -> None:
        """A sparse column rules out less than a full one: its reference has fewer values."""
        full = bounds_of("out_of_range_fraction", Sample(np.zeros(9), 100, 100), BASIS)
        sparse = bounds_of("out_of_range_fraction", Sample(np.zeros(9), 100, 90_000), BASIS)

        assert full is not None
        assert sparse is not None
        assert full.high is not None
        assert sparse.high is not None
        assert sparse.high > full.high

    def test_complete_labels(self) -> None:
        """Full label coverage allows for a few late labels, not for a tenth of them."""
        found = bounds("label_coverage", np.ones(100), basis=Basis("rows", 5000))

        assert not found.excess(0.997)
        assert found.excess(0.9)

    def test_perfect_model(self) -> None:
        """An AUC that was always 1 may fall by a little, and is still watched."""
        found = bounds("roc_auc", np.ones(100), basis=Basis("rows", 5000))

        assert not found.excess(0.999)
        assert found.excess(0.8)
