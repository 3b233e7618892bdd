"""Summaries of reference columns."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from monitoring.profile.layout import TableLayout
from monitoring.profile.table import TableProfile
from monitoring.quality.summary import TAIL, summarise_columns, type_kind, with_days
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
        [amount] = summarise_columns(TABLE, {"amount": FeatureType.NUMERIC})

        assert (5, 2, 1, 1.0, 3.0) == (
            amount.rows,
            amount.missing,
            amount.infinite,
            amount.minimum,
            amount.maximum,
        )
        assert amount.categories is None

    def test_missing_by_day(self) -> None:
        """The profiles of the reference's days say how the missing values are spread."""
        types = {"amount": FeatureType.NUMERIC, "void": FeatureType.NUMERIC}
        table = TABLE.append_column("void", pa.nulls(5, pa.float64()))
        layout = TableLayout.of(table, types)
        days = [TableProfile.of(part, layout) for part in (table.slice(0, 2), table.slice(2))]

        amount, void = (with_days(each, days) for each in summarise_columns(table, types))

        assert ((1, 2), (1, 3)) == amount.daily_missing
        assert () == void.daily_missing

    def test_tails(self) -> None:
        """The tails are numpy's quantiles, and times have none: they move on."""
        values = np.random.default_rng(1).normal(size=5_000)
        table = pa.table({"x": pa.array(values), "at": pa.array(range(5_000), pa.timestamp("s"))})

        x, at = summarise_columns(table, dict.fromkeys(table.column_names, FeatureType.NUMERIC))

        assert tuple(np.quantile(values, [TAIL, 1 - TAIL])) == (x.lower_tail, x.upper_tail)
        assert at.lower_tail is None

    def test_long_texts(self) -> None:
        """Texts that the profile cuts are no categories to compare rows with."""
        table = pa.table({"note": ["x" * 500, "y"]})

        [note] = summarise_columns(table, {"note": FeatureType.CATEGORICAL})

        assert (None, 2) == (note.categories, note.distinct)

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

    def test_categories_of_times(self) -> None:
        """
        Regression: no value of a timestamp that counts as a category was among the known texts.
        """
        table = TABLE.append_column("day", TABLE["at"].cast(pa.date32()))

        found = summarise_columns(table, dict.fromkeys(("at", "day"), FeatureType.CATEGORICAL))

        assert [(2, None), (2, None)] == [(each.distinct, each.categories) for each in found]

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
