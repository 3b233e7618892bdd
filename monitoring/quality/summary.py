"""What the reference says of one column: the ground on which expectations are generated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from monitoring.spec.model import FeatureType

#: The share of the rows beyond each of the two quantile tails of a numeric column.
TAIL = 0.001

#: A column with more distinct values than this has no set of known categories.
MAXIMUM_CATEGORIES = 1_000

_NUMBER = re.compile(r"u?int\d+|float|double|halffloat|decimal|bool")
_TIME = re.compile(r"timestamp|date\d+")
_TEXT = re.compile(r"(large_)?string")


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """
    One column of the reference, in a handful of numbers.

    *missing* counts nulls and NaN; *minimum*, *maximum*, *lower_tail* and *upper_tail* (the
    quantiles `TAIL` and 1 - `TAIL`) look at finite values only and are ``None`` without any.
    *categories* is ``None`` where the values are too many to be listed; *singletons* counts the
    categories that were seen exactly once. *daily_missing* holds (missing, rows) for each day of
    the reference: with it, bounds know how much days differ; without it, rows count as independent.
    """

    name: str
    arrow_type: str
    kind: FeatureType
    rows: int
    missing: int = 0
    infinite: int = 0
    empty_strings: int = 0
    minimum: float | None = None
    maximum: float | None = None
    lower_tail: float | None = None
    upper_tail: float | None = None
    categories: tuple[str, ...] | None = None
    distinct: int | None = None
    singletons: int = 0
    daily_missing: tuple[tuple[int, int], ...] = ()

    @property
    def present(self) -> int:
        """The rows that have a value."""
        return self.rows - self.missing


def type_kind(arrow_type: str) -> str:
    """
    Reduce an Arrow type to what must not change: ``number``, ``text``, ``time`` or itself.

    Widths, time zones, dictionary encoding and the difference of 0/1 and false/true are details of
    the warehouse that no monitor should alarm about.

    >>> type_kind("dictionary<values=string, indices=int32, ordered=0>")
    'text'
    """
    inner = arrow_type.removeprefix("dictionary<values=")
    for kind, pattern in (("number", _NUMBER), ("text", _TEXT), ("time", _TIME)):
        if pattern.match(inner):
            return kind

    return inner


def summarise_columns(
    table: pa.Table, types: Mapping[str, FeatureType], *, timestamp: str | None = None
) -> list[ColumnSummary]:
    """
    Summarise the columns of *table* that *types* names, in the order of *types*.

    For tests and small references; a monitor summarises its reference profile instead.
    *timestamp* names the column whose UTC days divide the missing values.
    """
    days = None if timestamp is None else _days(table[timestamp])

    return [
        _summarise(name, table[name].combine_chunks(), kind, days) for name, kind in types.items()
    ]


def _days(timestamps: pa.ChunkedArray[Any]) -> NDArray[Any]:
    return timestamps.cast(pa.timestamp("s")).to_numpy().astype("datetime64[D]")


def _summarise(
    name: str, values: pa.Array[Any], kind: FeatureType, days: NDArray[Any] | None
) -> ColumnSummary:
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    missing = pc.is_null(values, nan_is_null=True).to_numpy(zero_copy_only=False)
    numbers = _numbers(values, missing) if kind is FeatureType.NUMERIC else np.array([])
    finite = numbers[np.isfinite(numbers)]
    counts = pc.value_counts(values.filter(pa.array(~missing)))
    text = [str(value) for value in counts.field("values").to_pylist()]
    seen = dict(zip(text, counts.field("counts").to_numpy().tolist(), strict=True))
    listed = kind is FeatureType.CATEGORICAL and len(text) <= MAXIMUM_CATEGORIES

    return ColumnSummary(
        name=name,
        arrow_type=str(values.type),
        kind=kind,
        rows=len(values),
        missing=int(missing.sum()),
        infinite=len(numbers) - len(finite),
        empty_strings=seen.get("", 0),
        minimum=_quantile(finite, 0),
        maximum=_quantile(finite, 1),
        lower_tail=_quantile(finite, TAIL),
        upper_tail=_quantile(finite, 1 - TAIL),
        categories=tuple(sorted(text)) if listed else None,
        distinct=len(text),
        singletons=sum(count == 1 for count in seen.values()),
        daily_missing=() if days is None else _daily(missing, days),
    )


def _numbers(values: pa.Array[Any], missing: NDArray[np.bool_]) -> NDArray[np.float64]:
    return values.filter(pa.array(~missing)).cast(pa.float64(), safe=False).to_numpy()


def _quantile(values: NDArray[np.float64], probability: float) -> float | None:
    return float(np.quantile(values, probability)) if len(values) else None


def _daily(missing: NDArray[np.bool_], days: NDArray[Any]) -> tuple[tuple[int, int], ...]:
    _, positions, rows = np.unique(days, return_inverse=True, return_counts=True)
    sums = np.bincount(positions, weights=missing)

    return tuple((int(count), int(total)) for count, total in zip(sums, rows, strict=True))
