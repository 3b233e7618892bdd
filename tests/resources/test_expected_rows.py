"""resources.expected_rows."""

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from monitoring.errors import MonitorError
from monitoring.quality.expectation import Expectation
from resources.batches import Rows
from resources.expected_rows import arguments_of
from resources.sql_rows import SqlRows

HERE = pa.table({"day": [date(2026, 3, 1)], "a": [1], "b": [2]})
THERE = SqlRows("SELECT 1", HERE.schema, 1)
GREATER = "expect_column_pair_values_a_to_be_greater_than_b"


def expected(kind: str, **kwargs: Any) -> Expectation:  # noqa: ANN401 - as in a suite
    """Return an expectation as a suite holds it."""
    return Expectation.from_gx({"type": kind, "kwargs": kwargs}, source="suite.json")


class TestArgumentsOf:
    """The same arguments mean the same in this process and elsewhere."""

    @pytest.mark.parametrize("rows", [HERE, THERE], ids=["here", "there"])
    @pytest.mark.parametrize(
        ("bound", "moment"),
        [
            ("2026-03-01", "2026-03-01T00:00:00+00:00"),
            ("2026-03-01T12:00:00", "2026-03-01T12:00:00+00:00"),
            ("2026-03-01T12:00:00+01:00", "2026-03-01T12:00:00+01:00"),
            ("soon", "soon"),
        ],
    )
    def test_moments(self, rows: Rows, bound: str, moment: str) -> None:
        """
        A bound in time without a zone is in UTC, as a column without one is.
        """
        asked = expected("expect_column_max_to_be_between", column="day", max_value=bound)

        assert {"column": "day", "max_value": moment} == arguments_of(asked, rows)

    def test_missing_values(self) -> None:
        """
        A comparison that passes where a value is missing is refused elsewhere, with the remedy.
        """
        silent = expected(GREATER, column_A="a", column_B="b")
        said = expected(
            GREATER, column_A="a", column_B="b", ignore_row_if="either_value_is_missing"
        )

        with pytest.raises(MonitorError, match='"ignore_row_if": "either_value_is_missing"'):
            arguments_of(silent, THERE)
        assert silent.kwargs == arguments_of(silent, HERE)
        assert said.kwargs == arguments_of(said, THERE)
