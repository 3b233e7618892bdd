"""How the numbers of a labelled batch are read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from monitoring.errors import ColumnTypeError
from monitoring.profile.outcomes.columns import numbers


class TestNumbers:
    """Tests of numbers."""

    @pytest.mark.parametrize(
        "column",
        [
            pytest.param(pa.array([1, None], pa.uint64()), id="unsigned"),
            pytest.param(pa.array([Decimal("1.0"), None]), id="decimal"),
            pytest.param(pa.array([True, None]), id="boolean"),
            pytest.param(pa.array(np.array([1, np.nan], np.float16)), id="float16"),
            pytest.param(pa.array([1.0, None]).dictionary_encode(), id="dictionary"),
        ],
    )
    def test_types(self, column: pa.Array) -> None:
        """
        Every kind of number becomes a 64-bit float, and null becomes NaN, in batch and table.
        """
        for batch in (pa.record_batch({"score": column}), pa.table({"score": column})):
            np.testing.assert_array_equal([1.0, np.nan], numbers(batch, "score"))

    def test_absent(self) -> None:
        """
        An absent column is all NaN.
        """
        assert np.isnan(numbers(pa.table({"label": [1, 0]}), "score")).all()

    def test_null_type(self) -> None:
        """
        A column of Arrow's null type is all NaN.
        """
        assert np.isnan(numbers(pa.table({"score": pa.nulls(2)}), "score")).all()

    @pytest.mark.parametrize("values", [["0.5"], [date(2026, 1, 1)], [[0.5]]])
    def test_refused(self, values: list[object]) -> None:
        """
        What is not a number is refused, with the column's name.
        """
        with pytest.raises(ColumnTypeError, match="score") as refusal:
            numbers(pa.table({"score": values}), "score")

        assert "score" == refusal.value.column
