"""Tests of the way from a stream of batches to a profile of each group."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from monitoring.profile.collecting import collect, merged
from monitoring.profile.grouping import OTHER, UNKNOWN, Group, GroupKeys, SegmentColumn
from monitoring.profile.layout import TableLayout
from monitoring.profile.table import TableProfile
from monitoring.spec.model import FeatureType

DAYS = ("2026-01-01", "2026-01-02", "2026-01-03")
KEYS = GroupKeys(
    "day", version="version", segments=(SegmentColumn("plan", "plan", frozenset({"free"})),)
)

ROWS = st.lists(
    st.tuples(
        st.none() | st.sampled_from([*DAYS, "2025-12-31"]),
        st.none() | st.sampled_from(["v1", "v2", "", "*"]),
        st.none() | st.sampled_from(["free", "work", "other"]),
    ),
    max_size=40,
)
Row = tuple[str | None, str | None, str | None]


def batches(rows: list[Row], cuts: list[int]) -> list[pa.RecordBatch]:
    """Return *rows* as a stream that is cut at *cuts*."""
    columns: list[tuple[str | None, ...]] = list(zip(*rows, strict=True)) or [(), (), ()]
    names = ("day", "version", "plan")
    whole = pa.record_batch(
        {
            name: pa.array(list(values), pa.string())
            for name, values in zip(names, columns, strict=True)
        }
    )
    ends = sorted({0, *(min(cut, len(rows)) for cut in cuts)})
    # The last batch may be empty, as a stream's may.
    return [whole.slice(a, b - a) for a, b in pairwise([*ends, len(rows), len(rows)])]


def counted(rows: list[Row]) -> dict[Group, int]:
    """Count the rows of each group, one by one."""
    found: Counter[Group] = Counter({Group(day): 0 for day in DAYS})
    for day, version, plan in rows:
        if day not in DAYS:
            continue
        found[Group(day)] += 1
        if version != "*":
            found[Group(day, version=version or UNKNOWN)] += 1
        found[Group(day, segment=f"plan={plan if plan == 'free' else OTHER}")] += 1
    return dict(found)


class TestCollect:
    """Tests of the sums of a stream."""

    @given(ROWS, st.lists(st.integers(0, 40), max_size=6))
    def test_any_stream(self, rows: list[Row], cuts: list[int]) -> None:
        """
        Any batches, cut anywhere and in any order of days, give the sums of counting row by row.

        Null days belong to no partition, days that were not asked for are left out, null versions
        and segments have names, and the rows of a day are counted once whatever its versions.
        """
        found = collect(
            batches(rows, cuts), KEYS, lambda part: part.num_rows, empty=0, partitions=DAYS
        )

        assert counted(rows) == found

    def test_each_batch_once(self) -> None:
        """A stream can be read once only, and is."""
        stream = iter(batches([(DAYS[0], "v1", "free")] * 4, [2]))

        found = collect(stream, KEYS, lambda part: part.num_rows, empty=0, partitions=DAYS)
        assert 4 == found[Group(DAYS[0])]

    def test_another_day(self) -> None:
        """
        Rows of a day that was not asked for are left out.

        Regression: with a version column they ended in a KeyError, and without one a part of that
        day would have taken the place of the whole.
        """
        rows: list[Row] = [(DAYS[0], "v1", "free"), (DAYS[1], "v1", "free")]

        found = collect(
            batches(rows, []), KEYS, lambda part: part.num_rows, empty=0, partitions=DAYS[:1]
        )
        assert {DAYS[0]} == {group.partition for group in found}

    def test_empty_stream(self) -> None:
        """A day on which nothing came has the empty profile."""
        found = collect([], KEYS, lambda part: part.num_rows, empty=0, partitions=DAYS)

        assert {Group(day): 0 for day in DAYS} == found

    def test_profiles(self) -> None:
        """Profiles of a table add up to those of all its rows, across versions and batches."""
        rows: list[Row] = [
            (DAYS[number % 2], f"v{number % 3}", "free" if number % 5 else None)
            for number in range(60)
        ]
        (whole, _) = batches(rows, [])
        layout = TableLayout.of(pa.Table.from_batches([whole]), {"plan": FeatureType.CATEGORICAL})

        found = collect(
            batches(rows, [7, 11, 40]),
            KEYS,
            lambda part: TableProfile.of(part, layout),
            empty=TableProfile.empty(layout),
            partitions=DAYS,
        )
        total = merged((found[Group(day)] for day in DAYS), empty=TableProfile.empty(layout))
        assert TableProfile.of(whole, layout).encode() == total.encode()


class TestMerged:
    """Tests of sums of profiles."""

    @given(st.lists(st.integers()))
    def test_sum(self, parts: list[int]) -> None:
        """The sum of none is empty, and otherwise that of all."""
        assert sum(parts) == merged(parts, empty=0)
