"""The canonical columns of a labelled batch, and how its numbers are read."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from monitoring.arrays import as_numpy
from monitoring.errors import ColumnTypeError

#: The class that was predicted, or the value of a regression.
PREDICTION = "prediction"

#: The probability of the positive class.
SCORE = "score"

#: What turned out to be true; null as long as it is not known.
LABEL = "label"

Batch = pa.RecordBatch | pa.Table


def score_column(name: str) -> str:
    """Return the column that holds the probability of class *name*."""
    return f"{SCORE}:{name}"


def has_column(batch: Batch, name: str) -> bool:
    """Whether *batch* has a column *name*."""
    return name in batch.schema.names


def numbers(batch: Batch, name: str) -> NDArray[np.float64]:
    """
    Return column *name* as 64-bit floats; nulls, and all of an absent column, are NaN.

    Raises:
        ColumnTypeError: when the column is not made of numbers.
    """
    if not has_column(batch, name):
        return np.full(batch.num_rows, np.nan)

    column = batch.column(name)
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = kind.value_type
    if not _numeric(kind):
        msg = f"Column {name} has type {kind}: expected a number."
        raise ColumnTypeError(msg, column=name)

    # Large integers lose digits beyond 2**53, as in every library that computes with floats.
    floats = column.cast(pa.float64(), safe=False)
    return as_numpy(
        floats if isinstance(floats, pa.Array) else floats.combine_chunks(), missing=np.nan
    )


def _numeric(kind: pa.DataType) -> bool:
    checks = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return any(check(kind) for check in checks) or kind in {pa.bool_(), pa.null()}
