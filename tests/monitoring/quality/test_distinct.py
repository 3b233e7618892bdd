"""How many distinct values a day may have."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.quality.distinct import (
    DistinctDay,
    distinct_band,
    distinct_evidence,
    expected_distinct,
    rarefied,
)


def evidence(*counts: int, days: int = 10, top: float | None = None) -> dict[str, float]:
    """Return the evidence of values that occur *counts* times, on *days* days that are alike."""
    curve = rarefied(counts)
    rows = sum(counts) // days
    bare = distinct_evidence(curve, (), present=1.0)
    share = max(counts) / sum(counts) if top is None else top
    day = DistinctDay(rows, expected_distinct(bare, rows), share)

    return distinct_evidence(curve, [day] * days, present=1.0)


class TestRarefied:
    """The expected number of distinct values in a sample without replacement."""

    def test_by_enumeration(self) -> None:
        """The mean over all samples of 1 and 10 of 12 rows."""
        rows = [value for value, count in enumerate([6, 3, 2, 1]) for _ in range(count)]
        means = {
            size: np.mean([len(set(drawn)) for drawn in combinations(rows, size)])
            for size in (1, 10)
        }

        found = rarefied([6, 3, 2, 1])
        assert means == pytest.approx({size: found[size] for size in means}, abs=1e-6)
        assert 4.0 == found[12]

    def test_nothing(self) -> None:
        """Without values there is nothing to expect."""
        assert {} == rarefied([])
        assert distinct_band({}, 100) is None

    @given(st.lists(st.integers(1, 500), min_size=1, max_size=40))
    def test_rises(self, counts: list[int]) -> None:
        """More rows have no fewer values, and all rows have all of them."""
        found = list(rarefied(counts).values())

        assert found == sorted(found)
        assert found[-1] == pytest.approx(len(counts), abs=1e-4)


class TestDistinctBand:
    """`distinct_band` on columns of all kinds."""

    def test_lost_keys(self) -> None:
        """
        Regression: a text of which 60,000 differ may not become two, which was the only bound.
        """
        low, high = distinct_band(evidence(*[1] * 60_000), 6_000) or (0, 0)

        assert 3_000 == low
        assert high == pytest.approx(12_000, abs=1)

    @pytest.mark.parametrize(
        ("rare", "rows", "fewest"),
        [(5_000, 1_000, 2), (5_000, 10, 0), (10, 1_000, 0)],
        ids=["even", "few rows", "rare"],
    )
    def test_became_constant(self, rare: int, rows: int, fewest: int) -> None:
        """Two categories may become one where that can be chance: few rows, or a rare one."""
        low, _ = distinct_band(evidence(10_000 - rare, rare), rows) or (-1, -1)

        assert fewest == low

    def test_same_all_day(self) -> None:
        """The weekday is one value a day however even it is over the weeks, and may be so."""
        days = [DistinctDay(100, 1.0, 1.0)] * 70
        weekday = distinct_evidence(rarefied([1_000] * 7), days, present=1.0)

        low, high = distinct_band(weekday, 100) or (-1, -1)
        assert low <= 1 <= high

    def test_longer_days(self) -> None:
        """A day longer than the reference may have more values, in proportion."""
        known = evidence(*[1] * 1_000)

        assert (500, 20_000) == distinct_band(known, 10_000)

    def test_missing(self) -> None:
        """A column without a value on a day of the reference may be without one."""
        days = [DistinctDay(100, 50.0, 0.1)] * 9 + [DistinctDay(100, 0.0, 1.0)]
        known = distinct_evidence(rarefied([1] * 1_000), days, present=0.5)

        assert 0 == (distinct_band(known, 100) or (-1, -1))[0]

    @given(
        st.lists(st.integers(20, 3_000), min_size=2, max_size=200),
        st.integers(50, 400),
        st.integers(0, 2**31),
    )
    def test_ordinary_days(self, counts: list[int], rows: int, seed: int) -> None:
        """Rows that are drawn from the reference are within the band."""
        weights = np.array(counts) / sum(counts)
        drawn = np.random.default_rng(seed).choice(len(counts), size=rows, p=weights)
        low, high = distinct_band(evidence(*counts, days=1), rows) or (0, 0)

        assert low <= len(np.unique(drawn)) <= high
