"""The profile of a table: one summary for each column, and sums of profiles for longer spans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Self

import numpy as np
import pyarrow as pa

from monitoring.errors import EncodingError, LayoutError
from monitoring.profile.codec import JSON, pack, unpack
from monitoring.profile.column_profile import (
    ColumnProfile,
    UnusableProfile,
    add_columns,
    empty_column,
    profile_column,
)
from monitoring.profile.columns import UNREADABLE, Numbers, Texts
from monitoring.profile.comoments import CoMoments
from monitoring.profile.layout import TableLayout
from monitoring.profile.stored import stored_columns, stored_parts

#: Rows are profiled by slices of this size: memory stays constant, and slices stay in the cache.
SLICE = 131_072

_KIND = "table_profile"


@dataclass(frozen=True, slots=True, eq=False)
class TableProfile:
    """
    All that is kept of the rows of one span, segment or version.

    Profiles of one layout add: a day is the sum of its batches, a window the sum of its days. A
    column that is unusable in one part is unusable in the sum. *comoments* is ``None`` for a
    resampled profile: its columns were drawn apart from each other.
    """

    layout: TableLayout
    rows: int
    columns: Mapping[str, ColumnProfile]
    comoments: CoMoments | None

    @classmethod
    def empty(cls, layout: TableLayout) -> Self:
        """Return the profile of no rows: the neutral element of addition."""
        columns = {name: empty_column(column) for name, column in layout.columns.items()}
        return cls(layout, 0, columns, CoMoments.empty(len(layout.dimensions)))

    @classmethod
    def of(cls, batch: pa.RecordBatch | pa.Table, layout: TableLayout) -> Self:
        """
        Return the profile of *batch*.

        Columns beyond the layout are ignored. A column that is missing, appears twice or has
        changed to an incompatible type becomes an `UnusableProfile`; the others go on.
        """
        parts = [cls._of_slice(part, layout) for part in _slices(batch)]
        return reduce(add, parts)

    @classmethod
    def _of_slice(cls, part: pa.RecordBatch | pa.Table, layout: TableLayout) -> Self:
        columns: dict[str, ColumnProfile] = {}
        read: dict[str, Numbers | Texts] = {}
        for name, column in layout.columns.items():
            try:
                columns[name], values = profile_column(part, name, column)
            except UNREADABLE as error:
                columns[name] = UnusableProfile(str(error))
            else:
                read[name] = values

        comoments = CoMoments.of(read, layout.dimensions, rows=part.num_rows)
        return cls(layout, part.num_rows, columns, comoments)

    def __add__(self, other: TableProfile) -> TableProfile:
        if self.layout.fingerprint != other.layout.fingerprint:
            msg = (
                f"Profiles of layout {self.layout.fingerprint} and {other.layout.fingerprint} do "
                "not add: the reference has changed, profile the earlier days again."
            )
            raise LayoutError(msg)

        columns = {
            name: add_columns(column, other.columns[name]) for name, column in self.columns.items()
        }
        comoments = None
        if self.comoments is not None and other.comoments is not None:
            comoments = self.comoments + other.comoments
        return TableProfile(self.layout, self.rows + other.rows, columns, comoments)

    def encode(self) -> bytes:
        """Return the profile as bytes, without its layout."""
        header, arrays = stored_parts(self.columns, self.comoments)
        kind: dict[str, JSON] = {
            "kind": _KIND,
            "fingerprint": self.layout.fingerprint,
            "rows": self.rows,
        }
        return pack(kind | header, arrays)

    @classmethod
    def decode(cls, blob: bytes, layout: TableLayout) -> Self:
        """
        Read what `encode` wrote.

        Raises:
            EncodingError: when *blob* is not a table profile of this version.
            LayoutError: when it was made with another layout.
        """
        header, arrays = unpack(blob)
        if header.get("kind") != _KIND:
            msg = f"The stored bytes are a {header.get('kind')!r}, expected a {_KIND!r}."
            raise EncodingError(msg)
        if header["fingerprint"] != layout.fingerprint:
            msg = (
                f"The stored profile has layout {header['fingerprint']}, the reference's is "
                f"{layout.fingerprint}: profile those days again."
            )
            raise LayoutError(msg)

        columns, comoments = stored_columns(header, arrays, layout)
        return cls(layout, header["rows"], columns, comoments)

    def resampled(self, rows: int, generator: np.random.Generator) -> TableProfile:
        """
        Return a profile of *rows* rows drawn from this one, each column for itself.

        What a span of *rows* rows would look like if nothing had changed.
        """
        columns = {
            name: column
            if isinstance(column, UnusableProfile)
            else column.resampled(rows, generator)
            for name, column in self.columns.items()
        }
        return TableProfile(self.layout, rows if self.rows else 0, columns, None)


def _slices(batch: pa.RecordBatch | pa.Table) -> Iterator[pa.RecordBatch | pa.Table]:
    # A batch of no rows is one slice: it may still lack a column.
    for start in range(0, max(batch.num_rows, 1), SLICE):
        yield batch.slice(start, SLICE)
