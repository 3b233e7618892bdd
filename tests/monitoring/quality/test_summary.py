"""Summaries of reference columns."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from monitoring.quality.summary import summarise_columns, type_kind
from monitoring.spec.model import FeatureType

TABLE = pa.table(
    {
        "amount": [1.0, None, float("nan"), float("inf"), 3.0],
        "colour": ["red", "", None, "red", "blue"],
        "at": pa.array([datetime(2024, 3, day, tzinfo=UTC) for day in (1, 1, 2, 2, 2)]),
    }
)


class TestSummariseColumns:
    """`summarise_columns` on five rows."""

    def test_numeric(self) -> None:
        """NaN counts as missing; infinite values are counted apart from the range."""
        [amount] = summarise_columns(TABLE, {"amount": FeatureType.NUMERIC}, timestamp="at")

        assert (5, 2, 1, 1.0, 3.0) == (
            amount.rows,
            amount.missing,
            amount.infinite,
            amount.minimum,
            amount.maximum,
        )
        assert ((1, 2), (1, 3)) == amount.daily_missing
        assert amount.categories is None

    def test_categorical(self) -> None:
        """An empty string is a value, and counted besides."""
        [colour] = summarise_columns(TABLE, {"colour": FeatureType.CATEGORICAL})

        assert ("", "blue", "red") == colour.categories
        assert (1, 1, 3, 2) == (
            colour.missing,
            colour.empty_strings,
            colour.distinct,
            colour.singletons,
        )

    def test_no_rows(self) -> None:
        """A column without rows has no range and no categories."""
        [amount] = summarise_columns(TABLE.slice(0, 0), {"amount": FeatureType.NUMERIC})

        assert (0, 0, None, None) == (
            amount.rows,
            amount.present,
            amount.minimum,
            amount.distinct or None,
        )


@pytest.mark.parametrize(
    ("kind", "types"),
    [
        ("number", [pa.int8(), pa.uint64(), pa.float32(), pa.decimal128(9, 2), pa.bool_()]),
        ("text", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())]),
        ("time", [pa.timestamp("us"), pa.timestamp("ns", "UTC"), pa.date32()]),
        ("null", [pa.null()]),
    ],
)
def test_type_kind(kind: str, types: list[pa.DataType]) -> None:
    """Arrow's types fall into those that a monitor tells apart."""
    assert {kind} == {type_kind(str(each)) for each in types}
