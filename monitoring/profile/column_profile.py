"""The profile of one column, whatever its kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from monitoring.errors import ColumnTypeError
from monitoring.profile.categorical import CategoricalLayout, CategoricalProfile
from monitoring.profile.columns import (
    Numbers,
    Texts,
    numbers,
    plain_type,
    texts,
)
from monitoring.profile.edges import NumericLayout
from monitoring.profile.layout import ColumnLayout, RefusedLayout
from monitoring.profile.numeric import NumericProfile


@dataclass(frozen=True, slots=True)
class UnusableProfile:
    """A column that could not be profiled, and the *reason*."""

    reason: str


ColumnProfile = NumericProfile | CategoricalProfile | UnusableProfile


def empty_column(layout: ColumnLayout) -> ColumnProfile:
    """Return the profile of no rows."""
    match layout:
        case NumericLayout():
            return NumericProfile.empty(layout)
        case CategoricalLayout():
            return CategoricalProfile.without_rows(layout)
        case RefusedLayout():
            return UnusableProfile(layout.reason)


def profile_column(
    part: pa.RecordBatch | pa.Table, name: str, layout: ColumnLayout
) -> tuple[ColumnProfile, Numbers | Texts]:
    """
    Return the profile of column *name* of *part*, and the values that it was made of.

    Raises:
        ColumnTypeError: when the column is missing, appears twice or does not fit *layout*.
    """
    if isinstance(layout, RefusedLayout):
        raise ColumnTypeError(layout.reason, column=name)

    column = _column(part, name)
    if isinstance(layout, CategoricalLayout):
        categories = texts(column, name=name)
        return CategoricalProfile.of(categories, layout), categories

    kind = plain_type(column.type)
    if pa.types.is_temporal(kind) != layout.temporal and not pa.types.is_null(kind):
        expected = "times" if layout.temporal else "numbers"
        msg = f"Column {name!r} holds {kind}, but {expected} in the reference."
        raise ColumnTypeError(msg, column=name)

    values = numbers(column, name=name)
    return NumericProfile.of(values, layout), values


def _column(part: pa.RecordBatch | pa.Table, name: str) -> pa.Array[Any]:
    times = part.schema.names.count(name)
    if times != 1:
        msg = f"There are {times} columns named {name!r}, expected 1."
        raise ColumnTypeError(msg, column=name)

    column = part.column(name)
    return column if isinstance(column, pa.Array) else column.combine_chunks()


def add_columns(ours: ColumnProfile, theirs: ColumnProfile) -> ColumnProfile:
    """Return the profile of both spans; unusable when one of them is."""
    match ours, theirs:
        case NumericProfile(), NumericProfile():
            return ours + theirs
        case CategoricalProfile(), CategoricalProfile():
            return ours + theirs
        case UnusableProfile(), UnusableProfile():
            # The same of two reasons whichever comes first: addition stays commutative.
            return min(ours, theirs, key=lambda column: column.reason)
        case _:
            return ours if isinstance(ours, UnusableProfile) else theirs
