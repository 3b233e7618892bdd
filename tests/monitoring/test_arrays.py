"""Tests of Arrow's arrays as numpy's and back, against pyarrow's own conversions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from monitoring.arrays import as_arrow, as_binary, as_numpy, as_texts, is_present

NUMBERS = (
    *(pa.int8(), pa.int16(), pa.int32(), pa.int64()),
    *(pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()),
    *(pa.float16(), pa.float32(), pa.float64()),
)

VALUES = [3, 1, 4, 1, 5, 9, 2, 6, 5]


class TestAsNumpy:
    """Arrow's arrays read."""

    @pytest.mark.parametrize("kind", NUMBERS, ids=str)
    @pytest.mark.parametrize("part", [slice(None), slice(2, 7), slice(0, 0)], ids=str)
    def test_numbers(self, kind: pa.DataType, part: slice) -> None:
        """Whole and sliced arrays are what pyarrow makes of them."""
        column = pa.array(VALUES, pa.int64()).cast(kind)[part]
        values = as_numpy(column)

        assert column.to_numpy().dtype == values.dtype
        assert column.to_pylist() == values.tolist()

    @pytest.mark.parametrize("kind", NUMBERS, ids=str)
    @pytest.mark.parametrize("part", [slice(None), slice(1, 5), slice(1, 2)], ids=str)
    def test_nulls(self, kind: pa.DataType, part: slice) -> None:
        """A null is what stands for it."""
        column: pa.Array[Any] = pa.array([1, None, 3, None, 5], pa.int64()).cast(kind)[part]

        assert column.fill_null(7).to_pylist() == as_numpy(column, missing=7).tolist()
        assert column.is_valid().to_pylist() == is_present(column).tolist()

    @pytest.mark.parametrize("part", [slice(None), slice(3, 11), slice(0, 0)], ids=str)
    def test_booleans(self, part: slice) -> None:
        """Their bits are unpacked; a null is false."""
        column: pa.Array[Any] = pa.array([True, None, False, True] * 4)[part]
        values = as_numpy(column)

        assert np.bool_ == values.dtype
        assert [bool(value) for value in column.to_pylist()] == values.tolist()

    def test_no_copy(self) -> None:
        """Numbers stay where they are, and nobody can change them there."""
        column = pa.array(VALUES)
        values = as_numpy(column)
        (_, buffer) = column.buffers()

        assert buffer is not None
        assert buffer.address == values.__array_interface__["data"][0]
        assert not values.flags.writeable

    def test_lifetime(self) -> None:
        """An array outlives what it was made of."""
        values = as_numpy(as_arrow(np.arange(100_000)))

        assert list(range(100_000)) == values.tolist()


class TestAsArrow:
    """Arrow's arrays written."""

    @pytest.mark.parametrize("kind", [np.int32, np.uint64, np.float16, np.float64, np.bool_])
    def test_numbers(self, kind: type[np.generic]) -> None:
        """Values that do not lie side by side, too."""
        values = np.array(VALUES * 2).astype(kind)[::2]
        column = as_arrow(values)
        column.validate(full=True)

        assert pa.array(values).equals(column)

    @pytest.mark.parametrize("texts", [[], ["a", None, ""], ["größer", "naïve", None]])
    def test_texts(self, texts: list[str | None]) -> None:
        """Empty, missing and accented ones."""
        column = as_texts(texts)
        column.validate(full=True)

        assert pa.array(texts, pa.string()).equals(column)

    @pytest.mark.parametrize("values", [[], [b"", b"\0\xff", b"abc"]])
    def test_bytes(self, values: list[bytes]) -> None:
        """Any bytes, and none."""
        column = as_binary(values)
        column.validate(full=True)

        assert pa.array(values, pa.large_binary()).equals(column)
