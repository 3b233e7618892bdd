"""Tests of pairs of answers as sums, against the rows that they are sums of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.retraining.differences import mean_difference
from monitoring.retraining.pairs import Pairs, paired_measures

LOSSES = st.lists(
    st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9)), min_size=1, max_size=6),
    min_size=1,
    max_size=5,
).filter(lambda days: sum(map(len, days)) > 1)


class TestPairedMeasures:
    """The mean difference of the rows of some days, from the sums of each day."""

    @given(days=LOSSES)
    def test_as_of_rows(self, days: list[list[tuple[float, float]]]) -> None:
        """Value and interval are those that the evaluation gives of the rows themselves."""
        sums = [
            Pairs.of(
                {"mae": np.array([first for first, _ in day])},
                {"mae": np.array([second for _, second in day])},
            )
            for day in days
        ]
        (found,) = paired_measures([Pairs(0, {}), *sums], against="v1")
        differences = np.array([second - first for day in days for first, second in day])
        groups = np.repeat(np.arange(len(days)), [len(day) for day in days])
        expected = mean_difference(differences, groups=groups)

        assert ("versus_champion_mae", len(differences)) == (found.metric, found.rows)
        assert (expected.value, expected.lower, expected.upper) == pytest.approx(
            (found.value, found.lower, found.upper), abs=1e-6
        )

    def test_too_few(self) -> None:
        """One pair has no spread, and none has no difference."""
        assert [] == paired_measures([Pairs(1, {"mae": (1.0, 1.0)})], against="v1")
        assert [] == paired_measures([], against="v1")

    def test_bytes(self) -> None:
        """What was kept is what is read."""
        pairs = Pairs(3, {"accuracy": (1.0, 1.0), "log_loss": (-0.1, 0.30000000000000004)})

        assert pairs == Pairs.decode(pairs.encode())
