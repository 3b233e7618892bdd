"""Tests of rows by partition, version and segment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.profile.grouping import (
    OTHER,
    SEGMENT_VALUES,
    UNKNOWN,
    Group,
    GroupKeys,
    SegmentColumn,
    by_slice,
    groups_of,
    known_values,
    split,
    without,
)
from monitoring.results import ALL

Value = str | None
KEYS = GroupKeys(
    "day", version="version", segments=(SegmentColumn("plan", "plan", frozenset({"free"})),)
)


def batch(**columns: Sequence[Value]) -> pa.RecordBatch:
    """Return a batch of texts, with the number of each row."""
    arrays: dict[str, pa.Array[Any]] = {
        name: pa.array(list(values), pa.string()) for name, values in columns.items()
    }
    rows = len(next(iter(columns.values())))
    return pa.record_batch({**arrays, "row": pa.array(list(range(rows)))})


def numbers(part: pa.RecordBatch) -> list[int]:
    """Return the numbers of the rows of *part*."""
    return [int(value) for value in part.column("row").to_numpy()]


class TestSplit:
    """Tests of rows by one column."""

    @given(st.lists(st.none() | st.sampled_from(["a", "b", "", "None"]), max_size=30))
    def test_partition(self, values: list[Value]) -> None:
        """Every row is in the part of its value, once and in the order in which it came."""
        parts = [(value, numbers(part)) for value, part in split(batch(key=values), "key")]

        assert len(parts) == len({value for value, _ in parts})
        assert {
            value: [row for row, other in enumerate(values) if other == value] for value in values
        } == dict(parts)

    @pytest.mark.parametrize(
        ("array", "expected"),
        [
            (pa.array([3, None, 3, 1]), {"3": [0, 2], None: [1], "1": [3]}),
            (pa.array([True, False]), {"true": [0], "false": [1]}),
            (pa.array(["a", "b", "a"]).dictionary_encode(), {"a": [0, 2], "b": [1]}),
            (pa.array([None, None], pa.string()), {None: [0, 1]}),
        ],
        ids=["numbers", "booleans", "dictionary", "nulls only"],
    )
    def test_types(self, array: pa.Array[Any], expected: dict[Value, list[int]]) -> None:
        """Values of any type are keys as text."""
        rows = pa.record_batch({"key": array, "row": pa.array(list(range(len(array))))})

        assert expected == {value: numbers(part) for value, part in split(rows, "key")}

    def test_slice_of_a_dictionary(self) -> None:
        """Values that are in a batch's dictionary but not in its rows have no part."""
        rows = batch(key=["a", "b", "c"])
        keys = rows.column("key").dictionary_encode()
        encoded = pa.record_batch({"key": keys, "row": rows.column("row")})

        assert ["b"] == [value for value, _ in split(encoded.slice(1, 1), "key")]


class TestGroupsOf:
    """Tests of the groups to which a row belongs."""

    def test_unsorted(self) -> None:
        """Rows of several days are told apart in any order, by version and by segment."""
        rows = batch(
            day=["d2", "d1", "d2", "d1"],
            version=["v1", "v1", "v2", "v1"],
            plan=["free", "work", "free", None],
        )

        assert {
            Group("d1", version="v1"): [1, 3],
            Group("d2", version="v1"): [0],
            Group("d2", version="v2"): [2],
            Group("d1", segment=f"plan={OTHER}"): [1, 3],
            Group("d2", segment="plan=free"): [0, 2],
        } == _gathered(rows, KEYS)

    def test_unknown_version(self) -> None:
        """
        A version that is null or empty has a name of its own.

        Regression: a null was the version "None", and an empty text an empty cell of the results.
        """
        rows = batch(day=["d1"] * 3, version=[None, "", "None"], plan=["free"] * 3)

        found = _gathered(rows, KEYS)
        assert [0, 1] == found[Group("d1", version=UNKNOWN)]
        assert [2] == found[Group("d1", version="None")]

    def test_no_partition(self) -> None:
        """Rows without a partition belong to none; they are not a day called None."""
        rows = batch(day=[None, "d1"], version=["v1", "v1"], plan=["free", "free"])

        assert {"d1"} == {group.partition for group in _gathered(rows, KEYS)}

    def test_without_version(self) -> None:
        """Without a version column the rows of the partition stand in its place."""
        rows = batch(day=["d1", "d1"])

        assert {Group("d1"): [0, 1]} == _gathered(rows, GroupKeys("day"))

    def test_no_rows(self) -> None:
        """An empty batch has no groups."""
        assert {} == _gathered(batch(day=[], version=[], plan=[]), KEYS)


class TestKnownValues:
    """Tests of the segment values that have profiles of their own."""

    def test_all(self) -> None:
        """Few values are all known, as text; missing ones are not a value."""
        parts = [pa.table({"size": pa.array(part)}) for part in ([3, 1, None], [3])]
        table = pa.concat_tables(parts)

        assert frozenset({"1", "3"}) == known_values(table, "size")

    def test_most_frequent(self) -> None:
        """Of many the most frequent are known, and of equally rare ones the first by name."""
        values = [f"v{number:03}" for number in range(SEGMENT_VALUES + 20)]
        table = pa.table({"key": pa.array([*values, values[-1]])})

        assert frozenset([*values[: SEGMENT_VALUES - 1], values[-1]]) == known_values(table, "key")


class TestSelections:
    """Tests of profiles by their groups."""

    PROFILES: ClassVar = {
        Group("d1"): 1,
        Group("d1", version="v1"): 2,
        Group("d2", segment="plan=free"): 3,
        Group("d2"): 4,
    }

    def test_by_slice(self) -> None:
        """Each version and segment has its partitions."""
        assert {
            (ALL, ALL): {"d1": 1, "d2": 4},
            ("v1", ALL): {"d1": 2},
            (ALL, "plan=free"): {"d2": 3},
        } == by_slice(self.PROFILES)

    def test_without(self) -> None:
        """A partition is left out with its versions and segments."""
        assert [3, 4] == list(without(self.PROFILES, {"d1"}).values())


def _gathered(rows: pa.RecordBatch, keys: GroupKeys) -> dict[Group, list[int]]:
    """Return the numbers of the rows of each group, in order."""
    found: dict[Group, list[int]] = {}
    for group, part in groups_of(rows, keys):
        found.setdefault(group, []).extend(numbers(part))
    return {group: sorted(part) for group, part in found.items()}
