"""
Class labels as canonical text, so that ``1``, ``1.0``, ``True`` and ``"1"`` are one class.

Predictions, labels and the monitor file come from different systems and rarely agree on a type.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from monitoring.arrays import as_numpy
from monitoring.errors import ColumnTypeError

if TYPE_CHECKING:
    Column = pa.Array[Any] | pa.ChunkedArray[Any]

_BOOLEANS = {"true": "1", "false": "0"}
_WHOLE = re.compile(r"(?P<digits>[+-]?(0|[1-9]\d*))(\.0*)?")


def class_key(value: object) -> str | None:
    """
    Return the canonical text of a class label, or ``None`` for a missing one.

    Booleans count as 1 and 0, also when written out; whole numbers lose their fraction, also when
    written out; all other text is kept as it is, without surrounding blanks. ``"01"`` is not
    ``"1"``: codes with leading zeros are names. Missing are null, NaN and blank text.

    >>> [class_key(value) for value in (1, 1.0, True, "1", "1.0", "true", "01", "yes", None)]
    ['1', '1', '1', '1', '1', '1', '01', 'yes', None]
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (float, Decimal)):
        return _number_key(value)

    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    return _text_key(text.strip())


def class_codes(column: Column, classes: Sequence[str]) -> NDArray[np.int64]:
    """
    Return the position of each label in *classes*.

    A label that is none of them gets ``len(classes)``, a missing one ``len(classes) + 1``. Only
    the distinct labels pass through Python.

    Raises:
        ColumnTypeError: when the column holds lists, structs or maps.
    """
    keys, positions = _encoded(column)
    codes = {key: code for code, key in enumerate(classes)}
    other, missing = len(classes), len(classes) + 1
    table = [missing if key is None else codes.get(key, other) for key in keys]

    return np.array([*table, missing], dtype=np.int64)[positions]


def class_keys(column: Column) -> list[str]:
    """Return the distinct classes of *column* in a fixed order: numbers first, by value."""
    keys, positions = _encoded(column)
    present = np.unique(positions[positions < len(keys)])
    return sorted({key for at in present if (key := keys[at]) is not None}, key=class_order)


def class_order(key: str) -> tuple[bool, float, str]:
    """Sort classes that are numbers by value, before those that are names."""
    try:
        return False, float(key), key
    except ValueError:
        return True, 0.0, key


def _number_key(value: float | Decimal) -> str | None:
    if value != value:  # noqa: PLR0124 - NaN, of floats and decimals alike
        return None
    whole = abs(value) != float("inf") and value == int(value)
    return str(int(value)) if whole else str(float(value))


def _text_key(text: str) -> str | None:
    if not text:
        return None
    number = _WHOLE.fullmatch(text)
    if number is not None:
        return str(int(number["digits"]))

    return _BOOLEANS.get(text.casefold(), text)


def _encoded(column: Column) -> tuple[list[str | None], NDArray[np.int64]]:
    # The distinct keys, and for each row the position of its key: len(keys) stands for null.
    if pa.types.is_nested(column.type):
        msg = f"A class label cannot be of type {column.type}: expected a number, text or boolean."
        raise ColumnTypeError(msg, column="label")
    if pa.types.is_null(column.type):
        return [], np.zeros(len(column), dtype=np.int64)
    if pa.types.is_float16(column.type):
        column = column.cast(pa.float32())

    chunks = [column] if isinstance(column, pa.Array) else column.chunks
    whole = pa.chunked_array(chunks, type=column.type).dictionary_encode().unify_dictionaries()
    encoded = cast("pa.DictionaryArray[Any, Any]", whole.combine_chunks())
    keys = [class_key(value) for value in encoded.dictionary.to_pylist()]

    return keys, as_numpy(encoded.indices.cast(pa.int64()), missing=len(keys))
