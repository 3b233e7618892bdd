"""Tests of what the reference fixes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from monitoring.errors import ColumnTypeError, EncodingError
from monitoring.profile.categorical import MOST_CATEGORIES, CategoricalLayout
from monitoring.profile.codec import pack
from monitoring.profile.edges import NumericLayout
from monitoring.profile.layout import MOST_DIMENSIONS, RefusedLayout, TableLayout, infer_type
from monitoring.spec.model import FeatureType

NUMERIC, CATEGORICAL = FeatureType.NUMERIC, FeatureType.CATEGORICAL

REFERENCE = pa.table(
    {
        "age": pa.array([31.0, 44.5, None, np.inf, 27.0]),
        "city": pa.array(["Bonn", "Köln", None, "Bonn", ""]),
        "void": pa.array([None] * 5, pa.float64()),
        "tags": pa.array([["a"]] * 5),
        "born": pa.array([0, 1, 2, 3, 4], pa.date32()),
    }
)
TYPES = {
    "age": NUMERIC,
    "city": CATEGORICAL,
    "void": NUMERIC,
    "tags": CATEGORICAL,
    "born": NUMERIC,
    "lost": NUMERIC,
}


class TestInferType:
    """Tests of the type of a column when nobody says."""

    @pytest.mark.parametrize(
        ("arrow_type", "expected"),
        [
            (pa.int8(), NUMERIC),
            (pa.uint64(), NUMERIC),
            (pa.float16(), NUMERIC),
            (pa.decimal128(10, 2), NUMERIC),
            (pa.timestamp("us", "UTC"), NUMERIC),
            (pa.null(), NUMERIC),
            (pa.bool_(), CATEGORICAL),
            (pa.string(), CATEGORICAL),
            (pa.large_string(), CATEGORICAL),
            (pa.dictionary(pa.int8(), pa.int64()), CATEGORICAL),
        ],
        ids=str,
    )
    def test_types(self, arrow_type: pa.DataType, expected: FeatureType) -> None:
        """
        Numbers and times are numeric; texts, booleans and dictionaries categorical.
        """
        assert expected is infer_type(arrow_type)

    @pytest.mark.parametrize("arrow_type", [pa.list_(pa.int8()), pa.binary()], ids=str)
    def test_refused(self, arrow_type: pa.DataType) -> None:
        """
        Nested types and bytes are refused by the name of the column.
        """
        with pytest.raises(ColumnTypeError, match="'tags'"):
            infer_type(arrow_type, column="tags")


class TestTableLayout:
    """Tests of the layout of a table."""

    def test_one_bad_column_stops_no_other(self) -> None:
        """
        Columns that cannot be profiled say why; the others have their layout.
        """
        columns = TableLayout.of(REFERENCE, TYPES).columns

        assert isinstance(columns["age"], NumericLayout)
        assert isinstance(columns["city"], CategoricalLayout)
        assert ("", "Bonn", "Köln") == columns["city"].categories
        for name, word in (("void", "no finite number"), ("tags", "list<"), ("lost", "0 columns")):
            column = columns[name]
            assert isinstance(column, RefusedLayout)
            assert word in column.reason

    def test_round_trip(self) -> None:
        """
        A decoded layout is the encoded one, bit for bit.
        """
        layout = TableLayout.of(REFERENCE, TYPES)

        decoded = TableLayout.decode(layout.encode())

        assert layout.fingerprint == decoded.fingerprint
        assert layout.encode() == decoded.encode()
        assert layout.dimensions == decoded.dimensions

    def test_fingerprint(self) -> None:
        """
        The fingerprint changes with the reference and not with the order of its rows.
        """
        layout = TableLayout.of(REFERENCE, TYPES)

        shuffled = TableLayout.of(REFERENCE.take([4, 2, 0, 1, 3]), TYPES)
        shorter = TableLayout.of(REFERENCE.slice(0, 4), TYPES)

        assert layout.fingerprint == shuffled.fingerprint
        assert layout.fingerprint != shorter.fingerprint

    def test_decode_something_else(self) -> None:
        """
        Stored bytes of another kind are refused.
        """
        with pytest.raises(EncodingError, match="table_layout"):
            TableLayout.decode(pack({"kind": "other"}, {}))

    def test_many_categories(self) -> None:
        """
        Of more categories than fit, the most frequent stay, and the layout says so.
        """
        names = [f"{number:05d}" for number in range(3000)]
        reference = pa.table({"user": pa.array([*names, *names[-10:]])})

        layout = TableLayout.of(reference, {"user": CATEGORICAL}).columns["user"]

        assert isinstance(layout, CategoricalLayout)
        assert not layout.complete
        assert MOST_CATEGORIES == len(layout.categories)
        assert set(names[-10:]) <= set(layout.categories)

    def test_bounded_dimensions(self) -> None:
        """
        The matrix of co-moments stays small however wide the table is.
        """
        generator = np.random.default_rng(4)
        wide = pa.table({f"x{place}": pa.array(generator.normal(size=20)) for place in range(200)})

        layout = TableLayout.of(wide, dict.fromkeys(wide.schema.names, NUMERIC))

        assert MOST_DIMENSIONS == len(layout.dimensions)
