"""What holds for the outcomes of every task."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from operator import add

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.errors import LayoutError
from monitoring.measures.performance import performance_measures
from monitoring.profile.outcomes.outcomes import (
    OutcomeLayout,
    Outcomes,
    decode_outcome_layout,
    decode_outcomes,
    empty_outcomes,
    outcome_layout,
    outcomes_of,
)
from monitoring.spec.model import Task


def sample(rows: int, seed: int) -> pa.Table:
    """Return rows with the columns of every task, some of them missing or invalid."""
    generator = np.random.default_rng(seed)
    score = generator.choice([*generator.random(rows), np.nan, np.inf, 0.0, 1.0, 0.5], rows)
    label = generator.choice(np.array([0.0, 1.0, 1.0, np.nan]), rows)
    return pa.table(
        {
            "score": score,
            "score:0": 1 - score,
            "score:1": score,
            "prediction": generator.integers(0, 2, rows),
            "label": pa.array(label, from_pandas=True),
        }
    )


LAYOUTS = [outcome_layout(task, sample(400, 0), positive_class=1) for task in Task]
EVERY_TASK = pytest.mark.parametrize("layout", LAYOUTS, ids=list(Task))


def same(one: Outcomes, other: Outcomes) -> None:
    """Assert that two outcomes have equal counts, and sums equal to 1e-12."""
    mine, theirs = performance_measures(one), performance_measures(other)
    assert [(each.metric, each.rows) for each in mine] == [
        (each.metric, each.rows) for each in theirs
    ]
    np.testing.assert_allclose(
        np.array([each.value for each in mine], dtype=np.float64),
        np.array([each.value for each in theirs], dtype=np.float64),
        rtol=1e-12,
        atol=1e-12,
    )


class TestAddition:
    """Tests of addition."""

    @EVERY_TASK
    @settings(max_examples=25, deadline=None)
    @given(cuts=st.lists(st.integers(0, 300), max_size=4), seed=st.integers(0, 99))
    def test_any_split(self, layout: OutcomeLayout, cuts: list[int], seed: int) -> None:
        """
        Rows that are split into batches anyhow, in any order, are the same outcomes.
        """
        table = sample(300, seed)
        edges = [0, *sorted(cuts), 300]
        parts = [
            outcomes_of(table.slice(start, end - start), layout) for start, end in pairwise(edges)
        ]
        np.random.default_rng(seed).shuffle(parts)

        same(outcomes_of(table, layout), reduce(add, parts, empty_outcomes(layout)))

    @EVERY_TASK
    def test_associative(self, layout: OutcomeLayout) -> None:
        """
        Whether days are added to weeks first, or weeks to days, makes no difference.
        """
        one, two, three = (outcomes_of(sample(2_000, seed), layout) for seed in (1, 2, 3))

        same((one + two) + three, one + (two + three))

    @EVERY_TASK
    def test_other_layout(self, layout: OutcomeLayout) -> None:
        """
        Outcomes that were counted against another reference are not added.
        """
        task = list(Task)[LAYOUTS.index(layout)]
        other = outcome_layout(task, sample(50, 9), positive_class=1)

        with pytest.raises(LayoutError, match=layout.fingerprint):
            empty_outcomes(layout) + empty_outcomes(other)


class TestEncoding:
    """Tests of encoding."""

    @EVERY_TASK
    @pytest.mark.parametrize("rows", [0, 1, 300, 6_000])
    def test_round_trip(self, layout: OutcomeLayout, rows: int) -> None:
        """
        What was stored comes back, bit by bit.
        """
        outcomes = outcomes_of(sample(rows, 4), layout)
        decoded = decode_outcomes(outcomes.encode(), decode_outcome_layout(layout.encode()))

        assert outcomes.encode() == decoded.encode()
        assert performance_measures(outcomes) == performance_measures(decoded)

    @EVERY_TASK
    def test_layout(self, layout: OutcomeLayout) -> None:
        """
        A stored layout keeps its fingerprint.
        """
        assert layout.fingerprint == decode_outcome_layout(layout.encode()).fingerprint

    @EVERY_TASK
    def test_other_layout(self, layout: OutcomeLayout) -> None:
        """
        Stored outcomes are not read with the layout of another reference.
        """
        task = list(Task)[LAYOUTS.index(layout)]
        other = outcome_layout(task, sample(50, 9), positive_class=1)

        with pytest.raises(LayoutError, match="another reference"):
            decode_outcomes(empty_outcomes(layout).encode(), other)

    @EVERY_TASK
    def test_confused_blobs(self, layout: OutcomeLayout) -> None:
        """
        A layout is not read as outcomes, nor outcomes as a layout.
        """
        with pytest.raises(LayoutError, match="_outcomes"):
            decode_outcomes(layout.encode(), layout)
        with pytest.raises(LayoutError, match="_layout"):
            decode_outcome_layout(empty_outcomes(layout).encode())

    def test_size(self) -> None:
        """
        A day of 100,000 scored and labelled rows is stored in less than 40 kB.
        """
        assert len(outcomes_of(sample(100_000, 5), LAYOUTS[0]).encode()) < 40_000


class TestEmptyOutcomes:
    """Tests of empty outcomes."""

    @EVERY_TASK
    def test_neutral(self, layout: OutcomeLayout) -> None:
        """
        Adding no rows changes nothing.
        """
        outcomes = outcomes_of(sample(100, 6), layout)

        same(outcomes, empty_outcomes(layout) + outcomes)

    @EVERY_TASK
    def test_resample_of_nothing(self, layout: OutcomeLayout) -> None:
        """
        From no rows none can be drawn.
        """
        assert 0 == empty_outcomes(layout).resampled(10, np.random.default_rng(0)).rows

    @EVERY_TASK
    def test_batches_and_tables(self, layout: OutcomeLayout) -> None:
        """
        A record batch counts like a table.
        """
        table = sample(50, 7)

        same(
            outcomes_of(table, layout),
            outcomes_of(table.combine_chunks().to_batches()[0], layout),
        )
