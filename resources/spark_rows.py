"""Rows that stay in Spark: Great Expectations asks for them as a data frame of Spark."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pydantic import JsonValue

from monitoring.errors import MonitorError
from resources.warehouse.spark import SparkWarehouse
from resources.warehouse.warehouse import Statement, Warehouse

if TYPE_CHECKING:
    from great_expectations.data_context.data_context.ephemeral_data_context import (
        EphemeralDataContext,
    )
    from great_expectations.datasource.fluent.interfaces import Batch
    from pyspark.sql import Column, DataFrame

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class SparkRows:
    """
    The *num_rows* rows of *frame*, whose columns are those of *schema*.

    *places* are the names in *frame* of columns whose own Great Expectations would misread.
    """

    frame: "DataFrame"
    schema: pa.Schema
    num_rows: int
    places: Mapping[str, str]

    @property
    def column_names(self) -> list[str]:
        """The columns, in their order."""
        return list(self.schema.names)

    def placed(self, kwargs: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """Return the arguments of an expectation as they are said of *frame*."""
        return {key: self._placed(key, value) for key, value in kwargs.items()}

    def _placed(self, key: str, value: JsonValue) -> JsonValue:
        if isinstance(value, list):
            return [self._placed(key, each) for each in value]
        if not isinstance(value, str):
            return value
        if key.startswith("column"):
            return self.places.get(value, value)

        return _in_utc(value)


def rows_in_spark(warehouse: Warehouse, statement: Statement, schema: pa.Schema) -> SparkRows:
    """
    Return the rows of *statement*, of which only their number is read.

    NaN is null in them, as it is a missing value for data frames, and moments are in UTC.

    Raises:
        MonitorError: when *warehouse* is not Spark.
    """
    if not isinstance(warehouse, SparkWarehouse):
        msg = (
            "quality.engine: spark needs a warehouse in Spark, and this one is not;"
            " write engine: pandas, or take the key out."
        )
        raise MonitorError(msg)

    names = schema.names
    places = [
        name if _PLAIN.fullmatch(name) else f"column_{number}" for number, name in enumerate(names)
    ]
    frame = warehouse.frame(statement).toDF(*places)
    frame = frame.select(
        *(_plain(place, field.type) for place, field in zip(places, schema, strict=True))
    )
    renamed = dict(zip(names, places, strict=True))

    return SparkRows(frame, schema, frame.count(), renamed)


def _plain(name: str, kind: pa.DataType) -> "Column":
    from pyspark.sql import functions

    column = functions.col(name)
    if pa.types.is_floating(kind):
        return functions.when(~functions.isnan(column), column).alias(name)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        # Collected, a moment of Spark is in the zone of the process; this one is in UTC anywhere.
        return column.cast("timestamp_ntz").alias(name)

    return column


@contextmanager
def frame_batch(context: "EphemeralDataContext", rows: SparkRows) -> Iterator["Batch"]:
    """Yield *rows* as what Great Expectations validates, kept by the executors meanwhile."""
    source = context.data_sources.add_or_update_spark("spark", persist=False)
    definition = source.add_dataframe_asset("rows").add_batch_definition_whole_dataframe("day")
    # Otherwise each group of expectations would read the table again.
    kept = rows.frame.persist()
    try:
        yield definition.get_batch(batch_parameters={"dataframe": kept})
    finally:
        kept.unpersist()


def with_zone(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was found in rows of Spark, moments with the zone that they are in."""
    return {key: _with_zone(value) for key, value in result.items()}


def _with_zone(value: Any) -> Any:  # noqa: ANN401 - values of any column
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    if isinstance(value, list | tuple):
        return type(value)(_with_zone(each) for each in value)

    return value


def _in_utc(value: str) -> str:
    """
    Return a moment with a zone as one without, in UTC; any other text as it is.

    >>> _in_utc("2026-03-01T01:00:00+01:00"), _in_utc("x")
    ('2026-03-01T00:00:00', 'x')
    """
    if not _MOMENT.fullmatch(value):
        return value

    return datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None).isoformat()
