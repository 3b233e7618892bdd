"""resources.warehouse.ages, as far as it needs no database; see tests/integration as well."""

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql

from resources.warehouse.ages import elapsed_days, is_time
from resources.warehouse.time import Moment, TimeColumn


class TestElapsedDays:
    """Dialects, and what they lack."""

    def test_unknown_dialect(self) -> None:
        """
        A database whose ages we cannot ask for is told, with what it could hold instead.
        """
        time = TimeColumn(sa.column("at", sa.DateTime()))

        with pytest.raises(sa.exc.CompileError, match="a column with the days in a view"):
            elapsed_days(time, time).compile(dialect=mssql.dialect())  # type: ignore[no-untyped-call]


class TestIsTime:
    """Columns that have an age."""

    @pytest.mark.parametrize(
        ("kind", "expected"),
        [(sa.Date(), True), (sa.DateTime(), True), (Moment(), True), (sa.Text(), False)],
        ids=str,
    )
    def test_kinds(self, kind: sa.types.TypeEngine[object], *, expected: bool) -> None:
        """
        Dates and timestamps have one, also as SQLite's text; other texts have none.
        """
        assert expected is is_time(kind)
