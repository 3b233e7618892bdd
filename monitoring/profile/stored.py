"""
The columns of a table profile as a handful of arrays, and back.

The columns' arrays lie end to end, in the order of the layout, so that a table of thirty columns
is six arrays: small to store, and quick to read for a window of thirty days.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.profile.categorical import CategoricalLayout, CategoricalProfile
from monitoring.profile.codec import JSON, Array
from monitoring.profile.column_profile import ColumnProfile, UnusableProfile
from monitoring.profile.comoments import CoMoments
from monitoring.profile.edges import NumericLayout
from monitoring.profile.layout import RefusedLayout, TableLayout
from monitoring.profile.moments import Moments
from monitoring.profile.numeric import NumericProfile
from monitoring.profile.unseen import UnseenValues


def stored_parts(
    columns: Mapping[str, ColumnProfile], comoments: CoMoments | None
) -> tuple[dict[str, JSON], dict[str, Array]]:
    """Return the header and the arrays of *columns* and *comoments*."""
    unseen: dict[str, JSON] = {}
    unusable: dict[str, JSON] = {}
    integers: list[NDArray[np.int64]] = []
    floats: list[NDArray[np.float64]] = []
    for name, column in columns.items():
        match column:
            case NumericProfile():
                integers += [_tallies(column), column.counts]
                floats += [_numbers(column), column.sums]
            case CategoricalProfile():
                tallies = [column.rows, column.missing, column.empty]
                integers += [np.array(tallies, dtype=np.int64), column.counts]
                if column.unseen != UnseenValues():
                    unseen[name] = _described(column.unseen)
            case UnusableProfile():
                unusable[name] = column.reason

    header: dict[str, JSON] = {"unseen": unseen, "unusable": unusable}
    arrays: dict[str, Array] = {
        "integers": np.concatenate([np.zeros(0, np.int64), *integers]),
        "floats": np.concatenate([np.zeros(0), *floats]),
    }
    if comoments is not None:
        # The matrix is symmetric: one triangle of it is enough.
        header["matrix_rows"] = comoments.count
        upper = np.triu_indices(len(comoments.sums))
        arrays["matrix"] = np.concatenate([comoments.sums, comoments.products[upper]])
    return header, arrays


def stored_columns(
    header: Mapping[str, Any], arrays: Mapping[str, Array], layout: TableLayout
) -> tuple[dict[str, ColumnProfile], CoMoments | None]:
    """Return the columns and the co-moments that `stored_parts` took apart."""
    integers, floats = _Reader(arrays["integers"]), _Reader(arrays["floats"])
    columns: dict[str, ColumnProfile] = {}
    for name, column in layout.columns.items():
        if name in header["unusable"]:
            columns[name] = UnusableProfile(header["unusable"][name])
            continue

        match column:
            case NumericLayout():
                columns[name] = _numeric(column, integers, floats)
            case CategoricalLayout():
                rows, missing, blank = integers.take(3).tolist()
                counts = integers.take(len(column.categories))
                unseen = _restored(header["unseen"].get(name))
                columns[name] = CategoricalProfile(column, rows, missing, blank, counts, unseen)
            case RefusedLayout():
                columns[name] = UnusableProfile(column.reason)

    return columns, _comoments(header, arrays, len(layout.dimensions))


class _Reader:
    """Takes an array apart from front to back."""

    def __init__(self, array: NDArray[Any]) -> None:
        self._array = array
        self._position = 0

    def take(self, length: int) -> NDArray[Any]:
        """Return the next *length* elements."""
        start = self._position
        self._position += length
        return self._array[start : self._position]


def _tallies(column: NumericProfile) -> NDArray[np.int64]:
    return np.array(
        [
            column.rows,
            column.nulls,
            column.nans,
            column.negative_infinities,
            column.positive_infinities,
            column.zeros,
        ],
        dtype=np.int64,
    )


def _numbers(column: NumericProfile) -> NDArray[np.float64]:
    moments = column.moments
    low, high = (np.nan if bound is None else bound for bound in (column.minimum, column.maximum))
    return np.array([low, high, moments.mean, moments.m2, moments.m3, moments.m4])


def _numeric(layout: NumericLayout, integers: _Reader, floats: _Reader) -> NumericProfile:
    rows, nulls, nans, negative, positive, zeros = integers.take(6).tolist()
    counts = integers.take(layout.bins)
    low, high, mean, m2, m3, m4 = floats.take(6).tolist()
    finite = rows - nulls - nans - negative - positive
    return NumericProfile(
        layout,
        rows,
        nulls,
        nans,
        negative,
        positive,
        zeros,
        low if finite else None,
        high if finite else None,
        Moments(finite, mean, m2, m3, m4),
        counts,
        floats.take(int(np.count_nonzero(layout.spread))),
    )


def _described(unseen: UnseenValues) -> dict[str, JSON]:
    return {
        "counts": dict(unseen.counts),
        "lumped": unseen.lumped,
        "error": unseen.error,
        "sketch": base64.b64encode(unseen.sketch).decode(),
    }


def _restored(described: Mapping[str, Any] | None) -> UnseenValues:
    if described is None:
        return UnseenValues()

    sketch = base64.b64decode(described["sketch"])
    return UnseenValues(described["counts"], described["lumped"], described["error"], sketch)


def _comoments(
    header: Mapping[str, Any], arrays: Mapping[str, Array], size: int
) -> CoMoments | None:
    if "matrix" not in arrays:
        return None

    reader = _Reader(arrays["matrix"])
    sums = reader.take(size)
    products = np.zeros((size, size))
    upper = np.triu_indices(size)
    products[upper] = reader.take(len(upper[0]))
    products.T[upper] = products[upper]
    return CoMoments(header["matrix_rows"], sums, products)
