"""Rows of a database driver as Arrow record batches."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import pyarrow as pa

from monitoring.errors import ColumnTypeError
from resources.warehouse.types import INSTANT, arrow_type
from resources.warehouse.warehouse import Statement

Column: TypeAlias = Sequence[Any]


def arrow_schema(statement: Statement) -> pa.Schema:
    """Return the columns of *statement* with the Arrow types in which their values travel."""
    return pa.schema(
        [(str(column.key), arrow_type(column.type)) for column in statement.selected_columns]
    )


def record_batch(rows: Iterable[Sequence[Any]], schema: pa.Schema) -> pa.RecordBatch:
    """
    Return *rows* as one record batch.

    Raises:
        ColumnTypeError: when a value is not of its column's type; names the column.
    """
    columns: list[Column] = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [_array(column, field) for column, field in zip(columns, schema, strict=True)]

    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _array(values: Column, field: "pa.Field[Any]") -> "pa.Array[Any]":
    kind = field.type
    try:
        if kind == INSTANT:
            # A naive value is in UTC: queries have converted all others.
            instants: pa.Array[Any] = pa.array(
                values, pa.timestamp("us") if _naive(values) else kind
            )
            return instants.cast(kind)
        if pa.types.is_integer(kind):
            # Told the type, Arrow would cut fractions off without a word.
            return pa.array(values).cast(kind)
        convert = _CONVERT.get(kind)
        if convert is not None:
            values = [None if value is None else convert(value) for value in values]
        array: pa.Array[Any] = pa.array(values, kind)
    except (pa.ArrowException, TypeError, ValueError) as error:
        msg = f"Column {field.name!r} is declared as {kind} and holds something else: {error}."
        raise ColumnTypeError(msg, column=field.name) from error

    return array


def _naive(values: Column) -> bool:
    first = next((value for value in values if value is not None), None)

    return getattr(first, "tzinfo", None) is None


#: What drivers return as their own types: decimals, numbers as text, UUIDs, JSON.
_CONVERT: dict[pa.DataType, Callable[[Any], Any]] = {
    pa.float64(): float,
    pa.string(): str,
    pa.bool_(): bool,
}
