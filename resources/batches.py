"""Rows as what Great Expectations validates: data frames, here or in Spark, or a query."""

import functools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from resources.data_frames import data_frame
from resources.spark_rows import SparkRows, frame_batch
from resources.sql_rows import SqlRows, query_batch

if TYPE_CHECKING:
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.data_context.data_context.ephemeral_data_context import (
        EphemeralDataContext,
    )
    from great_expectations.datasource.fluent.interfaces import Batch

#: The rows of a day: in memory, or where they are.
Rows: TypeAlias = pa.Table | SqlRows | SparkRows


@contextmanager
def batch_of(rows: Rows, *, warehouse_url: str) -> Iterator["Batch"]:
    """Yield *rows* as a batch; those of a query are in the database at *warehouse_url*."""
    if isinstance(rows, SqlRows):
        yield query_batch(context(), warehouse_url, rows)
    elif isinstance(rows, SparkRows):
        with frame_batch(context(), rows) as batch:
            yield batch
    else:
        yield _frames().get_batch(batch_parameters={"dataframe": data_frame(rows)})


@functools.cache
def context() -> "EphemeralDataContext":
    """Return the context of this process; to make one takes longer than a day's rows."""
    with warnings.catch_warnings():
        # Great Expectations imports sre_constants, which Python deprecates.
        warnings.filterwarnings("ignore", message="module 'sre_", category=DeprecationWarning)
        # It imports Spark too, where that is installed, which remarks on pandas 3.
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
        import great_expectations as gx

    from great_expectations.data_context.types.base import ProgressBarsConfig

    made = gx.get_context(mode="ephemeral")
    made.variables.progress_bars = ProgressBarsConfig(globally=False)

    return made


@functools.cache
def _frames() -> "BatchDefinition[Any]":
    asset = context().data_sources.add_pandas("monitor").add_dataframe_asset("rows")

    return asset.add_batch_definition_whole_dataframe("day")
