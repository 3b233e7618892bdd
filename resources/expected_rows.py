"""What an expectation is told of the rows, so that it means the same wherever they are."""

from datetime import UTC, datetime

import pyarrow as pa
from pydantic import JsonValue

from monitoring.errors import MonitorError
from monitoring.quality.expectation import Expectation
from resources.batches import Rows
from resources.spark_rows import SparkRows

#: Without this a row with a missing value fails in a data frame and passes in a database.
_IGNORING = {
    "expect_column_pair_values_a_to_be_greater_than_b": "either_value_is_missing",
    "expect_compound_columns_to_be_unique": "any_value_is_missing",
}
_BOUNDS = ("min_value", "max_value")


def arguments_of(expectation: Expectation, rows: Rows) -> dict[str, JsonValue]:
    """
    Return the arguments of *expectation* for Great Expectations, its column among them.

    Raises:
        MonitorError: when missing values would pass where *rows* are, and fail in a data frame.
    """
    kwargs = dict(expectation.kwargs)
    wanted = _IGNORING.get(expectation.type)
    if not isinstance(rows, pa.Table) and wanted not in {None, kwargs.get("ignore_row_if")}:
        msg = (
            "rows with a missing value would pass here and fail in a data frame;"
            f' add "ignore_row_if": "{wanted}", or write quality.engine: pandas'
        )
        raise MonitorError(msg)

    if expectation.column is not None:
        kwargs |= {"column": expectation.column}
        kind = rows.schema.field(expectation.column).type
        if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
            kwargs |= {key: _moment(kwargs[key]) for key in _BOUNDS if key in kwargs}

    return rows.placed(kwargs) if isinstance(rows, SparkRows) else kwargs


def _moment(bound: JsonValue) -> JsonValue:
    """Return a *bound* in time as a moment in UTC, which one without a zone is in."""
    if not isinstance(bound, str):
        return bound
    try:
        moment = datetime.fromisoformat(bound)
    except ValueError:
        return bound

    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()
