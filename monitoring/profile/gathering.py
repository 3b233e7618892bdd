"""What the layout of a column is learnt from, gathered batch by batch from the reference."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from monitoring.arrays import as_arrow, as_numpy
from monitoring.profile.columns import UNREADABLE, numbers, plain_type, texts
from monitoring.spec.model import FeatureType

#: Of more distinct texts than this, the most frequent half goes on being counted.
MOST_TEXTS = 1_000_000

# So many new entries are worth a merge of the counts.
_ENTRIES_PER_MERGE = 65_536

Batch = pa.RecordBatch | pa.Table


@dataclass(frozen=True, slots=True, eq=False)
class GatheredNumbers:
    """A numeric column of *rows* rows: its finite *values*, in rising order."""

    kind: pa.DataType
    rows: int
    missing: int
    infinite: int
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class GatheredTexts:
    """A categorical column of *rows* rows: how often each of its canonical texts occurs."""

    kind: pa.DataType
    rows: int
    missing: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Ungathered:
    """A column of *rows* rows that cannot be profiled, and the *reason*."""

    kind: pa.DataType
    rows: int
    reason: str


Gathered = GatheredNumbers | GatheredTexts | Ungathered


def gather(
    batches: Iterable[Batch], types: Mapping[str, FeatureType]
) -> Iterator[tuple[str, Gathered]]:
    """
    Read *batches* once and yield each column of *types*, ready for its layout.

    A number takes 8 bytes a row until its column was yielded, so numeric columns of a long table
    are better gathered few at a time. Texts take their distinct values only.
    """
    columns: dict[str, _Numbers | _Texts] = {
        name: _Numbers(name) if kind is FeatureType.NUMERIC else _Texts(name)
        for name, kind in types.items()
    }
    for batch in batches:
        for column in columns.values():
            column.add(batch)
    while columns:
        name = next(iter(columns))
        yield name, columns.pop(name).finished()


class _Column(ABC):
    """A column of which some batches were seen; the first that does not fit refuses it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.kind: pa.DataType = pa.null()
        self.rows = 0
        self.missing = 0
        self.reason: str | None = None

    def add(self, batch: Batch) -> None:
        """Add the rows of *batch*."""
        self.rows += batch.num_rows
        times = batch.schema.names.count(self.name)
        if times != 1:
            self.reason = f"the reference has {times} columns of this name, expected 1"
        if self.reason is not None:
            return
        column = batch.column(self.name)
        self.kind = plain_type(column.type)
        try:
            self.take(column if isinstance(column, pa.Array) else column.combine_chunks())
        except UNREADABLE as error:
            self.reason = str(error)

    @abstractmethod
    def take(self, column: pa.Array[Any]) -> None:
        """Keep what is needed of *column*."""


class _Numbers(_Column):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._infinite = 0
        self._parts: list[NDArray[np.float64]] = []

    def take(self, column: pa.Array[Any]) -> None:
        values = numbers(column, name=self.name).values
        missing = int(np.count_nonzero(np.isnan(values)))
        finite = values[np.isfinite(values)]
        self.missing += missing
        self._infinite += len(values) - len(finite) - missing
        self._parts.append(finite)

    def finished(self) -> GatheredNumbers | Ungathered:
        if self.reason is not None:
            return Ungathered(self.kind, self.rows, self.reason)

        values = np.concatenate([np.empty(0), *self._parts])
        self._parts.clear()
        values.sort()
        return GatheredNumbers(self.kind, self.rows, self.missing, self._infinite, values)


class _Texts(_Column):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._parts: list[pa.Table] = []
        self._unmerged = 0

    def take(self, column: pa.Array[Any]) -> None:
        found = texts(column, name=self.name)
        counts = found.counts()
        present = np.flatnonzero(counts)
        self.missing += len(found.codes) - int(counts.sum())
        # Long texts of many batches exceed what 32-bit offsets reach.
        values = found.values.take(as_arrow(present)).cast(pa.large_string())
        self._parts.append(pa.table({"value": values, "count": as_arrow(counts[present])}))
        self._unmerged += len(present)
        if self._unmerged > max(_ENTRIES_PER_MERGE, self._parts[0].num_rows):
            self._parts = [_merged(self._parts)]
            self._unmerged = 0

    def finished(self) -> GatheredTexts | Ungathered:
        if self.reason is not None:
            return Ungathered(self.kind, self.rows, self.reason)

        merged = _merged(self._parts).to_pylist() if self._parts else []
        counts = {str(row["value"]): int(row["count"]) for row in merged}
        return GatheredTexts(self.kind, self.rows, self.missing, counts)


def _merged(parts: list[pa.Table]) -> pa.Table:
    values, counts = (column.combine_chunks() for column in pa.concat_tables(parts).columns)
    encoded = values.dictionary_encode()
    # Sums of counts are whole below 2**53, also as floats.
    totals = np.bincount(as_numpy(encoded.indices), as_numpy(counts)).astype(np.int64)
    merged = pa.table({"value": encoded.dictionary, "count": as_arrow(totals)})
    if merged.num_rows <= MOST_TEXTS:
        return merged

    # Of texts that are equally rare the first in the alphabet stay, whatever the order of the rows.
    ranked = merged.sort_by([("count", "descending"), ("value", "ascending")])
    return ranked.slice(0, MOST_TEXTS // 2)
