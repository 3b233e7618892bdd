"""Class labels as canonical text."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.errors import ColumnTypeError
from monitoring.profile.outcomes.labels import class_codes, class_key, class_keys


class TestClassKey:
    """Tests of class key."""

    @pytest.mark.parametrize(
        ("value", "key"),
        [
            pytest.param(1, "1", id="integer"),
            pytest.param(1.0, "1", id="whole float"),
            pytest.param(True, "1", id="boolean"),
            pytest.param("1", "1", id="text"),
            pytest.param(" 1.0 ", "1", id="text of a whole float"),
            pytest.param("TRUE", "1", id="text of a boolean"),
            pytest.param(Decimal("1.00"), "1", id="decimal"),
            pytest.param(-0.0, "0", id="negative zero"),
            pytest.param("-1.0", "-1", id="negative"),
            pytest.param(0.5, "0.5", id="fraction"),
            pytest.param("01", "01", id="leading zero is a name"),
            pytest.param("yes", "yes", id="name"),
            pytest.param("Yes", "Yes", id="case matters"),
            pytest.param(b"churn", "churn", id="bytes"),
            pytest.param(float("inf"), "inf", id="infinity"),
            pytest.param("", None, id="blank"),
            pytest.param(float("nan"), None, id="NaN"),
            pytest.param(None, None, id="null"),
        ],
    )
    def test_rule(self, value: object, key: str | None) -> None:
        """
        One class has one key, whatever the type in which it is written.
        """
        assert key == class_key(value)

    @given(st.one_of(st.integers(), st.floats(), st.booleans(), st.text()))
    def test_key_of_key(self, value: object) -> None:
        """
        The key of a key is the key itself, so that stored classes stay what they are.
        """
        key = class_key(value)

        assert key == class_key(key)


class TestClassCodes:
    """Tests of class codes."""

    @pytest.mark.parametrize(
        "column",
        [
            pytest.param(pa.array([1, 0, 2, None]), id="int64"),
            pytest.param(pa.array([1.0, 0.0, 2.0, float("nan")]), id="float with NaN"),
            pytest.param(pa.array(np.array([1, 0, 2, np.nan], np.float16)), id="float16"),
            pytest.param(pa.array(["1", "0", "2", None], pa.large_string()), id="large string"),
            pytest.param(pa.array(["1", "0", "2", ""]).dictionary_encode(), id="dictionary"),
            pytest.param(pa.array([Decimal(1), Decimal(0), Decimal(2), None]), id="decimal"),
            pytest.param(pa.chunked_array([["1", "0"], ["2", None]]), id="chunks"),
        ],
    )
    def test_types(self, column: pa.Array | pa.ChunkedArray) -> None:
        """
        Known classes get their position, others come behind them, and missing ones last.
        """
        assert [1, 0, 2, 3] == class_codes(column, ["0", "1"]).tolist()

    def test_chunks_of_dictionaries(self) -> None:
        """
        Chunks may each have a dictionary of their own.
        """
        column = pa.chunked_array(
            [pa.array(["b", "a"]).dictionary_encode(), pa.array(["c", "b"]).dictionary_encode()]
        )

        assert [1, 0, 2, 1] == class_codes(column, ["a", "b", "c"]).tolist()

    @pytest.mark.parametrize(
        "column", [pa.nulls(2), pa.array([None, None], pa.int64())], ids=["null type", "all null"]
    )
    def test_nothing_known(self, column: pa.Array | pa.ChunkedArray) -> None:
        """
        A column without any value is all missing.
        """
        assert [2, 2] == class_codes(column, ["a"]).tolist()

    @pytest.mark.parametrize("column", [pa.array([], pa.string()), pa.chunked_array([], pa.int8())])
    def test_empty(self, column: pa.Array | pa.ChunkedArray) -> None:
        """
        No rows have no codes.
        """
        assert [] == class_codes(column, ["a"]).tolist()

    def test_nested(self) -> None:
        """
        Lists are refused by name.
        """
        with pytest.raises(ColumnTypeError, match="list"):
            class_codes(pa.array([[1], [2]]), ["1"])


class TestClassKeys:
    """Tests of class keys."""

    def test_order(self) -> None:
        """
        Classes that are numbers are sorted by value, before names.
        """
        column = pa.array(["10", "9", "b", "a", None, "9.0"])

        assert ["9", "10", "a", "b"] == class_keys(column)

    def test_unused_dictionary_entries(self) -> None:
        """
        A dictionary may name classes that no row has: they do not count.
        """
        column = pa.DictionaryArray.from_arrays(pa.array([0, 0]), pa.array(["a", "b"]))

        assert ["a"] == class_keys(column)
