"""Tests of the counts of values that the reference does not know."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.profile.unseen import CAPACITY, UnseenValues

WORDS = st.lists(st.sampled_from(["", "a", "b", "c", "dé"]), max_size=30)


def unseen(values: list[str]) -> UnseenValues:
    """Summarise *values*, one at a time or many."""
    counts = Counter(values)
    return UnseenValues.of(list(counts), np.array(list(counts.values()), dtype=np.int64))


def batch(start: int, length: int) -> list[str]:
    """Return distinct values, and one that stands out."""
    return [f"user-{number}" for number in range(start, start + length)] + ["bot"] * 400


class TestUnseenValues:
    """Tests of counting in bounded memory."""

    @given(WORDS, WORDS, WORDS)
    @settings(deadline=None)
    def test_few_values_are_exact(self, one: list[str], two: list[str], three: list[str]) -> None:
        """
        Up to the capacity, sums are exact, associative and commutative.
        """
        expected = UnseenValues(dict(sorted(Counter(one + two + three).items())))

        assert expected == (unseen(one) + unseen(two)) + unseen(three)
        assert expected == unseen(three) + (unseen(two) + unseen(one))
        assert expected.complete

    def test_many_values(self) -> None:
        """
        Beyond the capacity the heavy hitter stays, its count off by no more than the error.
        """
        total = UnseenValues()
        for start in range(0, 20_000, 1000):
            total += unseen(batch(start, 1000))

        assert 20_000 + 20 * 400 == total.total
        assert len(total.counts) <= CAPACITY
        assert 0 <= 20 * 400 - total.counts["bot"] <= total.error
        assert total.error <= total.total / (CAPACITY + 1)
        assert not total.complete

    def test_distinct_of_many(self) -> None:
        """
        The number of distinct values is estimated within its bounds, in any order of addition.
        """
        parts = [unseen(batch(start, 1500)) for start in range(0, 15_000, 1000)]
        forward, backward = UnseenValues(), UnseenValues()
        for part in parts:
            forward += part
            backward = part + backward

        value, lower, upper = forward.distinct()

        assert 15_501 == pytest.approx(value, rel=0.05)
        assert lower <= 15_501 <= upper
        assert forward.distinct() == backward.distinct()

    def test_bounded(self) -> None:
        """
        A million distinct values take no more than a few kilobytes.
        """
        names = [f"{number:07d}" for number in range(1_000_000)]

        summary = UnseenValues.of(names, np.ones(1_000_000, dtype=np.int64))

        assert 1_000_000 == summary.lumped == summary.total
        assert len(summary.sketch) < 2048
        assert 1_000_000 == pytest.approx(summary.distinct()[0], rel=0.07)
