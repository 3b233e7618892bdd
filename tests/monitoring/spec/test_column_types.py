"""monitoring.spec.column_types: which types fit which use."""

from __future__ import annotations

import pyarrow as pa
import pytest

from monitoring.spec.column_types import Use, column_type, fits, joinable, label_fits
from monitoring.spec.model import Label

TEXT, NUMBER, TIME = pa.string(), pa.int64(), pa.timestamp("us", "UTC")


class TestFits:
    """A type fits a use when its values can be read so."""

    @pytest.mark.parametrize(
        ("kind", "uses"),
        [
            (pa.float16(), set(Use) - {Use.TIME, Use.TICKS}),
            (pa.decimal128(9, 2), set(Use) - {Use.TIME, Use.TICKS}),
            (pa.bool_(), set(Use) - {Use.TIME, Use.TICKS, Use.NUMBER}),
            (pa.int32(), set(Use) - {Use.TIME}),
            (pa.large_string(), {Use.KEY, Use.CLASS, Use.CATEGORICAL_FEATURE}),
            (
                pa.dictionary(pa.int8(), pa.string()),
                {Use.KEY, Use.CLASS, Use.CATEGORICAL_FEATURE},
            ),
            (pa.date32(), {Use.KEY, Use.TIME, Use.NUMERIC_FEATURE, Use.CATEGORICAL_FEATURE}),
            (TIME, {Use.KEY, Use.TIME, Use.NUMERIC_FEATURE, Use.CATEGORICAL_FEATURE}),
            (pa.list_(pa.int8()), set()),
            (pa.binary(), set()),
        ],
        ids=str,
    )
    def test_uses(self, kind: pa.DataType, uses: set[Use]) -> None:
        """
        Nested types and bytes fit no use; texts are no numbers; only times are times.
        """
        assert uses == {use for use in Use if fits(kind, use)}


class TestLabelFits:
    """A label can be found in a column of its type."""

    @pytest.mark.parametrize(
        ("kind", "label", "expected"),
        [
            (pa.int8(), 1, True),
            (pa.float64(), 1, True),
            (pa.int8(), True, True),
            (pa.int8(), "1", True),
            (pa.int8(), "yes", False),
            (pa.bool_(), True, True),
            (pa.bool_(), 0, True),
            (pa.bool_(), 2, False),
            (pa.bool_(), "true", True),
            (pa.bool_(), "yes", False),
            (TEXT, "yes", True),
            (TEXT, 1, True),
            (pa.dictionary(pa.int8(), pa.string()), "yes", True),
            (pa.null(), 1, True),
        ],
    )
    def test_types(
        self,
        kind: pa.DataType,
        label: Label,
        expected: bool,  # noqa: FBT001 - a column of the table
    ) -> None:
        """
        Whatever is a number may be one among texts, and among booleans when it is 0 or 1.

        Regression: what the runs understand was refused.
        """
        assert expected is label_fits(kind, label)


class TestJoinable:
    """Ids can be equal when both are numbers, or one is a text."""

    @pytest.mark.parametrize(
        ("left", "right", "expected"),
        [
            (pa.int8(), pa.int64(), True),
            (TEXT, pa.large_string(), True),
            (TEXT, NUMBER, True),
            (pa.null(), NUMBER, True),
        ],
        ids=str,
    )
    def test_types(
        self,
        left: pa.DataType,
        right: pa.DataType,
        expected: bool,  # noqa: FBT001 - a column of the table
    ) -> None:
        """
        A column of nulls joins with anything.
        """
        assert expected is joinable(left, right) is joinable(right, left)


class TestColumnType:
    """The type of one column."""

    def test_ambiguous(self) -> None:
        """
        Of two columns with one name, none is meant.
        """
        columns: list[tuple[str, pa.DataType]] = [("a", TEXT), ("a", NUMBER), ("b", TIME)]
        schema = pa.schema(columns)

        assert column_type(schema, "a") is None
        assert column_type(schema, "b") == TIME
        assert column_type("no such table.", "b") is None
