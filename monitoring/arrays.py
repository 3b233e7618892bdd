"""
Arrow's arrays as numpy's and back, without pandas.

pyarrow's own ways (``to_numpy``, ``numpy.asarray``, ``pyarrow.array``, ``pyarrow.scalar``) import
pandas wherever it is installed: a quarter of a second and 30 MB of every process, for rows that it
never sees.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow.lib import StringBuilder


def as_numpy(column: pa.Array[Any], *, missing: float = 0) -> NDArray[Any]:
    """
    Return the values of *column*, numbers or booleans; a null is *missing*.

    Without nulls a number is not copied, and the array cannot be written to. Source: DLPack.
    """
    if pa.types.is_boolean(column.type):
        return as_numpy(column.cast(pa.uint8()), missing=missing).astype(np.bool_)
    if not column.null_count:
        return np.from_dlpack(column)

    present = np.from_dlpack(column.drop_null())
    values = np.full(len(column), missing, dtype=present.dtype)
    values[is_present(column)] = present

    return values


def is_present(column: pa.Array[Any]) -> NDArray[np.bool_]:
    """Return which entries of *column* are not null."""
    return as_numpy(column.is_valid())


def as_arrow(values: NDArray[Any]) -> pa.Array[Any]:
    """Return *values*, one dimension of numbers or booleans, as an array of their type."""
    if values.dtype == np.bool_:
        return as_arrow(values.view(np.uint8)).cast(pa.bool_())

    whole = np.ascontiguousarray(values)
    kind = pa.from_numpy_dtype(whole.dtype)

    return pa.Array.from_buffers(kind, len(whole), [None, pa.py_buffer(whole.data)])


def as_texts(values: Iterable[str | None]) -> pa.Array[Any]:
    """Return *values* as an array of strings."""
    builder = StringBuilder()
    builder.append_values(values)

    return builder.finish()


def as_binary(values: Sequence[bytes]) -> pa.Array[Any]:
    """Return *values* as an array of large binary."""
    ends = np.cumsum([0, *map(len, values)], dtype=np.int64)
    buffers = [None, pa.py_buffer(ends.data), pa.py_buffer(b"".join(values))]

    return pa.Array.from_buffers(pa.large_binary(), len(values), buffers)
