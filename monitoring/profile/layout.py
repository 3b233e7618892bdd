"""What the reference fixes for a table: bins, categories, and what cannot be profiled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from monitoring.errors import ColumnTypeError, EncodingError
from monitoring.profile.categorical import CategoricalLayout
from monitoring.profile.codec import JSON, Array, pack, unpack
from monitoring.profile.columns import is_numeric, is_profilable, plain_type
from monitoring.profile.comoments import Dimension
from monitoring.profile.edges import NumericLayout
from monitoring.profile.gathering import (
    Gathered,
    GatheredNumbers,
    GatheredTexts,
    Ungathered,
    gather,
)
from monitoring.spec.model import FeatureType

#: The matrix of co-moments has at most so many rows, and so many for one categorical column.
MOST_DIMENSIONS = 64
DIMENSIONS_PER_COLUMN = 4

_KIND = "table_layout"


@dataclass(frozen=True, slots=True)
class RefusedLayout:
    """A column of the reference that cannot be profiled, and the *reason*."""

    reason: str


ColumnLayout = NumericLayout | CategoricalLayout | RefusedLayout


@dataclass(frozen=True, slots=True)
class FixedColumn:
    """The *layout* of one column, and its *dimensions* in the matrix of co-moments."""

    layout: ColumnLayout
    dimensions: tuple[Dimension, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class TableLayout:
    """
    The layout of each column, and the *dimensions* of the matrix of co-moments.

    The *fingerprint* is a digest of all that: profiles add only when theirs are equal.
    """

    columns: Mapping[str, ColumnLayout]
    dimensions: tuple[Dimension, ...]
    fingerprint: str

    @classmethod
    def of(cls, reference: pa.Table, types: Mapping[str, FeatureType]) -> Self:
        """
        Return the layout that *reference* fixes for the columns of *types*.

        A column that cannot be profiled is a `RefusedLayout`; it does not stop the others.
        """
        # One column at a time: no second copy of the whole reference.
        return cls.of_columns(
            {
                name: fix_column(name, gathered)
                for wanted, kind in types.items()
                for name, gathered in gather([reference], {wanted: kind})
            }
        )

    @classmethod
    def of_columns(cls, fixed: Mapping[str, FixedColumn]) -> Self:
        """Return the layout of the columns that are *fixed*, in their order."""
        dimensions: list[Dimension] = []
        for column in fixed.values():
            if len(dimensions) + len(column.dimensions) <= MOST_DIMENSIONS:
                dimensions += column.dimensions

        return cls._sealed(
            {name: column.layout for name, column in fixed.items()}, tuple(dimensions)
        )

    @classmethod
    def decode(cls, blob: bytes) -> Self:
        """
        Read what `encode` wrote.

        Raises:
            EncodingError: when *blob* is not a table layout of this version.
        """
        header, arrays = unpack(blob)
        if header.get("kind") != _KIND:
            msg = f"The stored bytes are a {header.get('kind')!r}, expected a {_KIND!r}."
            raise EncodingError(msg)

        columns = {
            column["name"]: _restored(column, arrays, place)
            for place, column in enumerate(header["columns"])
        }
        return cls._sealed(columns, tuple(Dimension(*part) for part in header["dimensions"]))

    def encode(self) -> bytes:
        """Return the layout as bytes."""
        return pack(*_parts(self.columns, self.dimensions))

    @classmethod
    def _sealed(
        cls, columns: Mapping[str, ColumnLayout], dimensions: tuple[Dimension, ...]
    ) -> Self:
        header, arrays = _parts(columns, dimensions)
        digest = hashlib.sha256(json.dumps(header, sort_keys=True, allow_nan=False).encode())
        for array in arrays.values():
            digest.update(array.tobytes())

        return cls(columns, dimensions, digest.hexdigest()[:16])


def infer_type(arrow_type: pa.DataType, *, column: str = "?") -> FeatureType:
    """
    Return how a column of *arrow_type* is summarised when the monitor file does not say.

    Numbers, dates and times are numeric; booleans, texts and dictionaries are categorical.

    Raises:
        ColumnTypeError: for nested types and bytes, naming *column*.
    """
    plain = plain_type(arrow_type)
    if not is_profilable(plain):
        msg = (
            f"Column {column!r} has type {arrow_type}: expected numbers, texts, dates or booleans."
        )
        raise ColumnTypeError(msg, column=column)
    if pa.types.is_dictionary(arrow_type) or pa.types.is_boolean(plain) or not is_numeric(plain):
        return FeatureType.CATEGORICAL

    return FeatureType.NUMERIC


def fix_column(name: str, gathered: Gathered) -> FixedColumn:
    """Return what the values of the reference fix for column *name*, or why they cannot."""
    match gathered:
        case GatheredNumbers():
            return _numeric(name, gathered)
        case GatheredTexts():
            return _categorical(name, gathered.counts)
        case Ungathered():
            return FixedColumn(RefusedLayout(gathered.reason))


def _numeric(name: str, gathered: GatheredNumbers) -> FixedColumn:
    if not gathered.values.size:
        return FixedColumn(RefusedLayout("the reference holds no finite number in this column"))

    layout = NumericLayout.of_sorted(gathered.values, temporal=pa.types.is_temporal(gathered.kind))
    if not 0 < layout.deviation < np.inf:
        return FixedColumn(layout)

    return FixedColumn(layout, (Dimension(name, None, layout.mean, layout.deviation),))


def _categorical(name: str, counts: Mapping[str, int]) -> FixedColumn:
    layout = CategoricalLayout.of(counts)
    if not layout.categories:
        return FixedColumn(RefusedLayout("the reference holds no value in this column"))

    total = sum(counts.values())
    frequent = sorted(layout.categories, key=lambda category: (-counts[category], category))
    # The indicators of all categories add up to one: the last says nothing new.
    chosen = frequent[: min(DIMENSIONS_PER_COLUMN, len(frequent) - 1)]
    shares = [(category, counts[category] / total) for category in chosen]
    dimensions = (
        Dimension(name, category, share, float(np.sqrt(share * (1 - share))))
        for category, share in shares
    )
    return FixedColumn(layout, tuple(dimensions))


def _parts(
    columns: Mapping[str, ColumnLayout], dimensions: tuple[Dimension, ...]
) -> tuple[dict[str, JSON], dict[str, Array]]:
    header: dict[str, JSON] = {
        "kind": _KIND,
        "columns": [_described(name, layout) for name, layout in columns.items()],
        "dimensions": [
            [part.column, part.category, part.centre, part.scale] for part in dimensions
        ],
    }
    arrays: dict[str, Array] = {}
    for place, layout in enumerate(columns.values()):
        if isinstance(layout, NumericLayout):
            arrays[f"{place}.edges"] = layout.edges
            arrays[f"{place}.deciles"] = layout.deciles
            arrays[f"{place}.equal_width"] = layout.equal_width
            arrays[f"{place}.extent"] = layout.extent
            arrays[f"{place}.scale"] = np.array([layout.mean, layout.deviation])

    return header, arrays


def _described(name: str, layout: ColumnLayout) -> dict[str, JSON]:
    match layout:
        case NumericLayout():
            return {
                "name": name,
                "kind": "numeric",
                "temporal": layout.temporal,
                "discrete": layout.discrete,
            }
        case CategoricalLayout():
            return {
                "name": name,
                "kind": "categorical",
                "categories": list(layout.categories),
                "complete": layout.complete,
            }
        case RefusedLayout():
            return {"name": name, "kind": "refused", "reason": layout.reason}


def _restored(
    column: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], place: int
) -> ColumnLayout:
    match column["kind"]:
        case "numeric":
            mean, deviation = arrays[f"{place}.scale"].tolist()
            return NumericLayout(
                edges=arrays[f"{place}.edges"],
                deciles=arrays[f"{place}.deciles"],
                equal_width=arrays[f"{place}.equal_width"],
                extent=arrays[f"{place}.extent"],
                mean=mean,
                deviation=deviation,
                temporal=column["temporal"],
                discrete=column["discrete"],
            )
        case "categorical":
            return CategoricalLayout(tuple(column["categories"]), column["complete"])
        case _:
            return RefusedLayout(column["reason"])
