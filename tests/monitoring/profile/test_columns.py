"""Tests of reading Arrow columns."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from monitoring.errors import ColumnTypeError
from monitoring.profile.columns import LONGEST_TEXT, numbers, texts

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)

# One array a type: what it reads as in numbers, and as categories row by row.
TYPES: list[tuple[pa.Array[Any], list[float], list[str | None]]] = [
    (pa.array([1, None], pa.int8()), [1, np.nan], ["1", None]),
    (pa.array([2**63 + 5, None], pa.uint64()), [2.0**63, np.nan], [str(2**63 + 5), None]),
    (pa.array(np.array([0.5, 3], np.float16)), [0.5, 3], ["0.5", "3"]),
    (pa.array([0.5, 3], pa.float32()), [0.5, 3], ["0.5", "3"]),
    (pa.array([1e7, 2e7], pa.float32()), [1e7, 2e7], ["10000000", "20000000"]),
    (pa.array([1e16, np.inf]), [1e16, np.inf], [str(10**16), "inf"]),
    (pa.array([-0.0, 0.0, np.nan, None]), [0, 0, np.nan, np.nan], ["0", "0", None, None]),
    *(
        (pa.array([Decimal("1.50"), Decimal("2.00")], kind(9, 2)), [1.5, 2], ["1.5", "2"])
        for kind in (pa.decimal32, pa.decimal64, pa.decimal128, pa.decimal256)
    ),
    (
        pa.array([Decimal(10**37), Decimal(10**37 + 1)], pa.decimal128(38, 0)),
        [1e37, 1e37],
        [str(10**37), str(10**37 + 1)],
    ),
    (pa.array([True, None, False]), [1, np.nan, 0], ["true", None, "false"]),
    (pa.array([date(2024, 1, 1), None]), [19723, np.nan], ["2024-01-01", None]),
    (
        pa.array([NOON], pa.timestamp("ns", "Europe/Berlin")),
        [19723.5],
        ["2024-01-01 12:00:00.000000"],
    ),
    (pa.array([time(12)]), [0.5], ["12:00:00.000000"]),
    (pa.array([timedelta(days=2)]), [2], ["172800000000"]),
    (pa.array([None, None]), [np.nan, np.nan], [None, None]),
    (pa.array([1, 1, 2], pa.int8()).dictionary_encode(), [1, 1, 2], ["1", "1", "2"]),
]


class TestNumbers:
    """Tests of columns as numbers."""

    @pytest.mark.parametrize(
        ("column", "expected"), [case[:2] for case in TYPES], ids=[str(c[0].type) for c in TYPES]
    )
    def test_types(self, column: pa.Array[Any], expected: list[float]) -> None:
        """
        Every type that has an order reads as float64, days for times, NaN for nulls.
        """
        found = numbers(column, name="x")

        np.testing.assert_array_equal(np.array(expected, dtype=float), found.values)
        assert column.null_count == found.nulls

    @pytest.mark.parametrize("column", [pa.array(["a"]), pa.array([b"a"]), pa.array([[1]])])
    def test_refused(self, column: pa.Array[Any]) -> None:
        """
        Text, bytes and nested types are no numbers, and the error names the column.
        """
        with pytest.raises(ColumnTypeError, match="'weird'") as caught:
            numbers(column, name="weird")

        assert "weird" == caught.value.column


class TestTexts:
    """Tests of columns as categories."""

    @pytest.mark.parametrize(
        ("column", "expected"),
        [(case[0], case[2]) for case in TYPES],
        ids=[str(c[0].type) for c in TYPES],
    )
    def test_types(self, column: pa.Array[Any], expected: list[str | None]) -> None:
        """
        Every type has one canonical text a value, whatever the width of its numbers.
        """
        found = texts(column, name="x")

        values = [*found.values.to_pylist(), None]
        assert expected == [values[code] for code in found.codes]

    @pytest.mark.parametrize(
        "indices", [pa.int8(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()], ids=str
    )
    def test_dictionaries(self, indices: pa.DataType) -> None:
        """
        Whatever the width and the sign of their indices: DuckDB's enums have unsigned ones.
        """
        column = pa.DictionaryArray.from_arrays(pa.array([1, None, 0], indices), ["a", "b"])
        found = texts(column, name="x")

        assert ["a", "b"] == found.values.to_pylist()
        assert [1, -1, 0] == found.codes.tolist()

    @pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
    def test_strings(self, kind: pa.DataType) -> None:
        """
        All kinds of strings read alike, and an empty string is a value.
        """
        found = texts(pa.array(["b", "", None, "b"], kind), name="x")

        assert ["b", ""] == found.values.to_pylist()
        assert [2, 1] == found.counts().tolist()

    def test_dictionary_with_repeats_and_null(self) -> None:
        """
        A dictionary may hold a value twice, or a null: rows are what counts.
        """
        values = pa.array(["a", "a", None, "b"])
        column = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, None, 3]), values)

        found = texts(column, name="x")

        assert {"a": 2, "b": 1} == dict(
            zip(found.values.to_pylist(), found.counts().tolist(), strict=True)
        )

    def test_long_text(self) -> None:
        """
        Long texts are cut, and stay apart where they differ only at the end.
        """
        found = texts(pa.array(["x" * 500, "x" * 499 + "y"]), name="x")

        assert [LONGEST_TEXT] * 2 == [len(str(value)) for value in found.values.to_pylist()]
        assert 2 == len(set(found.values.to_pylist()))

    @pytest.mark.parametrize("column", [pa.array([b"a"]), pa.array([{"a": 1}])])
    def test_refused(self, column: pa.Array[Any]) -> None:
        """
        Bytes and nested types are no categories.
        """
        with pytest.raises(ColumnTypeError, match="'weird'"):
            texts(column, name="weird")
