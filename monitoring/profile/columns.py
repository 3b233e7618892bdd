"""Arrow columns as the two things that are summarised: numbers and texts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Context
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from monitoring.arrays import as_numpy, as_texts
from monitoring.errors import ColumnTypeError

# The digits of Arrow's longest decimals.
_EXACT = Context(prec=76)

#: Longer texts keep their first characters and a digest: memory stays bounded on free text.
LONGEST_TEXT = 128

#: What reading a column may raise: it does not fit, or its values are none of its type.
UNREADABLE = (ColumnTypeError, ArithmeticError, ValueError)

_DAY = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """A column as float64, a null as NaN; *null* marks the nulls, or is ``None`` without any."""

    values: NDArray[np.float64]
    null: NDArray[np.bool_] | None

    @property
    def nulls(self) -> int:
        """How many rows are null."""
        return 0 if self.null is None else int(np.count_nonzero(self.null))


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """A column as distinct canonical *values* and one *codes* entry a row; -1 is missing."""

    values: pa.Array[Any]
    codes: NDArray[np.int64]

    def counts(self) -> NDArray[np.int64]:
        """Return the number of rows of each value."""
        present = self.codes if self.codes.min(initial=0) >= 0 else self.codes[self.codes >= 0]
        return np.bincount(present, minlength=len(self.values))


def is_temporal(kind: pa.DataType) -> bool:
    """Whether *kind* is a date or a timestamp."""
    return pa.types.is_date(kind) or pa.types.is_timestamp(kind)


def plain_type(kind: pa.DataType) -> pa.DataType:
    """Return the type of the values inside dictionary, run-end and extension types."""
    if isinstance(kind, pa.BaseExtensionType):
        return plain_type(kind.storage_type)
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return plain_type(kind.value_type)

    return kind


def is_numeric(kind: pa.DataType) -> bool:
    """Whether *kind* converts to numbers: numbers, decimals, booleans, dates, times, nulls."""
    return (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
        or (pa.types.is_temporal(kind) and not pa.types.is_interval(kind))
        or pa.types.is_null(kind)
    )


def is_profilable(kind: pa.DataType) -> bool:
    """Whether *kind* can be summarised at all: nested types and bytes cannot."""
    return is_numeric(kind) or _is_text(kind)


def numbers(column: pa.Array[Any], *, name: str) -> Numbers:
    """
    Read *column* as float64: dates and timestamps as days since 1970-01-01 UTC, false as 0.

    Integers above 2**53 and decimals are rounded to the nearest float64.

    Raises:
        ColumnTypeError: when the column holds text, bytes or a nested type.
    """
    plain = _plain(column)
    kind = plain.type
    if not is_numeric(kind):
        msg = f"Column {name!r} holds {kind}, which is not a number."
        raise ColumnTypeError(msg, column=name)

    null = as_numpy(plain.is_null()) if plain.null_count else None
    return Numbers(_as_float64(plain), null)


def texts(column: pa.Array[Any], *, name: str) -> Texts:
    """
    Read *column* as categories in canonical text; null and NaN are missing.

    Equal values of different types read alike: 1, 1.0 and decimal 1.00 are all ``1``. Booleans
    are ``true`` and ``false``, timestamps are UTC.

    Raises:
        ColumnTypeError: when the column holds bytes or a nested type.
    """
    kind = plain_type(column.type)
    if not is_profilable(kind):
        msg = f"Column {name!r} holds {kind}, which is neither a number nor a text."
        raise ColumnTypeError(msg, column=name)
    if pa.types.is_null(kind):
        return Texts(as_texts([]), np.full(len(column), -1))

    encoded = _encoded(column)
    codes = _codes(encoded)
    values = _canonical(encoded.dictionary)
    # Canonical texts may meet (0.0 and -0.0), and a dictionary may hold a value twice or a null.
    unique = values.dictionary_encode()
    if len(unique.dictionary) == len(values):
        return Texts(values, codes)

    return Texts(unique.dictionary, np.append(_codes(unique), -1)[codes])


def _codes(encoded: pa.DictionaryArray[Any, Any]) -> NDArray[np.int64]:
    # Indices may be unsigned: those of DuckDB's enums are.
    return as_numpy(encoded.indices.cast(pa.int64()), missing=-1)


def _is_text(kind: pa.DataType) -> bool:
    return (
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _plain(column: pa.Array[Any]) -> pa.Array[Any]:
    if isinstance(column, pa.ExtensionArray):
        return _plain(column.storage)
    if isinstance(column, pa.DictionaryArray):
        return _plain(column.dictionary_decode())
    if isinstance(column, pa.RunEndEncodedArray):
        return _plain(pc.call_function("run_end_decode", [column]))

    return column


def _encoded(column: pa.Array[Any]) -> pa.DictionaryArray[Any, Any]:
    if isinstance(column, pa.DictionaryArray) and not pa.types.is_nested(column.type.value_type):
        return column
    plain = _plain(column)
    if pa.types.is_string_view(plain.type):
        plain = plain.cast(pa.large_string())
    elif pa.types.is_decimal(plain.type):
        # Arrow has no dictionary of its narrow decimals.
        plain = plain.cast(pa.decimal256(plain.type.precision, plain.type.scale))

    return plain.dictionary_encode()


def _as_float64(column: pa.Array[Any]) -> NDArray[np.float64]:
    kind, per_day = column.type, 1
    if pa.types.is_date(kind):
        column = column.cast(pa.date32()).cast(pa.int32())
    elif pa.types.is_timestamp(kind) or pa.types.is_time(kind) or pa.types.is_duration(kind):
        column = column.cast(pa.int32() if pa.types.is_time32(kind) else pa.int64())
        per_day = _DAY[kind.unit]
    values = as_numpy(column.cast(pa.float64(), safe=False), missing=np.nan)

    return values if per_day == 1 else values / per_day


def _canonical(values: pa.Array[Any]) -> pa.Array[Any]:
    kind = values.type
    if pa.types.is_floating(kind):
        return as_texts(_number_text(value) for value in as_numpy(values, missing=np.nan).tolist())
    if pa.types.is_decimal(kind):
        return as_texts(
            None if v is None else f"{v.normalize(_EXACT):f}" for v in values.to_pylist()
        )
    if pa.types.is_timestamp(kind):
        # Dropping the zone leaves the UTC wall time.
        values = values.cast(pa.timestamp("us", kind.tz), safe=False).cast(pa.timestamp("us"))
    elif pa.types.is_date(kind):
        values = values.cast(pa.date32())
    elif pa.types.is_duration(kind):
        values = values.cast(pa.int64())

    return _abbreviated(values.cast(pa.string()))


def _number_text(value: float) -> str | None:
    if np.isnan(value):
        return None

    return str(int(value)) if value.is_integer() else str(value)


def _abbreviated(values: pa.Array[Any]) -> pa.Array[Any]:
    lengths = pc.call_function("utf8_length", [values])
    longest = pc.max(lengths).as_py() or 0
    if longest <= LONGEST_TEXT:
        return values

    return as_texts(_abbreviate(text) for text in values.to_pylist())


def _abbreviate(text: str | None) -> str | None:
    if text is None or len(text) <= LONGEST_TEXT:
        return text

    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"{text[: LONGEST_TEXT - 17]}…{digest}"
