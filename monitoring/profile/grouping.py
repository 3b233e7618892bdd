"""Rows by partition, version and segment: what a profile is a profile of."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from monitoring.arrays import as_numpy
from monitoring.results import ALL

P = TypeVar("P")

#: Stands for the segment values that the reference does not name.
OTHER = "other"

#: Stands for a version that is null or empty.
UNKNOWN = "unknown"

#: How many values of a segment column have profiles of their own.
SEGMENT_VALUES = 50


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """The rows of one partition that share a model version or a segment value."""

    partition: str
    version: str = ALL
    segment: str = ALL


@dataclass(frozen=True, slots=True)
class SegmentColumn:
    """A column that splits the rows of a model, as *name* in the stream, and its known values."""

    column: str
    name: str
    known: frozenset[str]

    def label(self, value: str | None) -> str:
        """
        Name a segment as the results table does.

        >>> SegmentColumn("carrier", "carrier", frozenset({"UA"})).label("XX")
        'carrier=other'
        """
        return f"{self.column}={value if value in self.known else OTHER}"


@dataclass(frozen=True, slots=True)
class GroupKeys:
    """The columns of a stream that say to which groups a row belongs."""

    partition: str
    version: str | None = None
    segments: tuple[SegmentColumn, ...] = field(default=())


def groups_of(batch: pa.RecordBatch, keys: GroupKeys) -> Iterator[tuple[Group, pa.RecordBatch]]:
    """
    Yield the rows of *batch* for each version and each segment of each partition.

    Without a version column the rows of the whole partition stand in the version's place. Rows
    without a partition belong to none.
    """
    for key, rows in split(batch, keys.partition):
        if key is None:
            continue
        if keys.version is None:
            yield Group(key), rows
        else:
            for version, part in split(rows, keys.version):
                yield Group(key, version=version or UNKNOWN), part
        for segment in keys.segments:
            for value, part in split(rows, segment.name):
                yield Group(key, segment=segment.label(value)), part


def split(batch: pa.RecordBatch, column: str) -> Iterator[tuple[str | None, pa.RecordBatch]]:
    """
    Yield the rows of *batch* for each value of *column*, as text.

    The rows are sorted by *column* once, unless they are already, and sliced: many values cost
    little more than few.
    """
    if batch.num_rows == 0:
        return
    encoded = batch.column(column).cast(pa.string()).dictionary_encode(null_encoding="encode")
    values = encoded.dictionary.to_pylist()
    if len(values) == 1:
        yield values[0], batch
        return
    codes = as_numpy(encoded.indices)
    # Codes are given in the order of their first rows.
    if (codes[1:] < codes[:-1]).any():
        order = pc.sort_indices(encoded.indices)
        codes, batch = codes[as_numpy(order)], batch.take(order)
    starts = [0, *((codes[1:] != codes[:-1]).nonzero()[0] + 1).tolist(), len(codes)]
    for start, end in pairwise(starts):
        yield values[codes[start]], batch.slice(start, end - start)


def known_values(rows: pa.Table, column: str) -> frozenset[str]:
    """Return the most frequent values of *column* as text, at most :data:`SEGMENT_VALUES`."""
    counted = pc.value_counts(rows.column(column).cast(pa.string()).drop_null())
    values = [str(value) for value in counted.field("values").to_pylist()]
    counts = as_numpy(counted.field("counts")).tolist()
    ranked = sorted(zip(values, counts, strict=True), key=lambda entry: (-entry[1], entry[0]))

    return frozenset(value for value, _ in ranked[:SEGMENT_VALUES])


def by_slice(profiles: Mapping[Group, P]) -> dict[tuple[str, str], dict[str, P]]:
    """Return the profiles of each (version, segment) by their partitions."""
    found: dict[tuple[str, str], dict[str, P]] = {}
    for group, profile in profiles.items():
        found.setdefault((group.version, group.segment), {})[group.partition] = profile

    return found


def without(profiles: Mapping[Group, P], partitions: Container[str]) -> dict[Group, P]:
    """Return *profiles* without those of *partitions*."""
    return {
        group: profile for group, profile in profiles.items() if group.partition not in partitions
    }
