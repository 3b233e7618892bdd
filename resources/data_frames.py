"""Arrow tables as data frames of the few types that Great Expectations compares as vectors."""

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import pandas as pd

#: Whole numbers up to this one are exact as floats.
_EXACT = 2**53


def data_frame(table: pa.Table) -> "pd.DataFrame":
    """Return *table* as a data frame; numbers with nulls are floats where that loses nothing."""
    import pandas as pd  # noqa: PLC0415 - it comes with Great Expectations, and as late
    from pandas.api.extensions import ExtensionDtype  # noqa: PLC0415

    # Nullable whole numbers are left only where a float would not be exact.
    nullable: dict[pa.DataType, ExtensionDtype] = {
        pa.int64(): pd.Int64Dtype(),
        pa.uint64(): pd.UInt64Dtype(),
    }

    def mapper(kind: pa.DataType) -> ExtensionDtype | None:
        return nullable.get(kind)

    def series(column: "pa.ChunkedArray[Any]") -> "pd.Series[Any]":
        if not column.null_count:
            return column.to_pandas()

        return column.to_pandas(types_mapper=mapper)

    return pd.DataFrame(
        {
            name: series(_plain(column))
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
    )


def _plain(column: "pa.ChunkedArray[Any]") -> "pa.ChunkedArray[Any]":
    """
    Bring *column* to one of the few types that Great Expectations compares as vectors.

    These are 64-bit numbers, texts and times with a zone; a time without one is taken as UTC.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return column.cast(pa.float64())
    if pa.types.is_integer(kind) and column.null_count and _is_exact(column):
        return column.cast(pa.float64())
    if pa.types.is_integer(kind) and kind != pa.uint64():
        return column.cast(pa.int64())
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return column.cast(pa.timestamp("us"), safe=False).cast(pa.timestamp("us", "UTC"))

    return column


def _is_exact(column: "pa.ChunkedArray[Any]") -> bool:
    extremes = (pc.min(column).as_py(), pc.max(column).as_py())

    return all(abs(each or 0) <= _EXACT for each in extremes)
