"""resources.warehouse.ages, as far as it needs no server; see tests/integration as well."""

from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql

from resources.warehouse.ages import elapsed_days, is_time
from resources.warehouse.duckdb import DuckDBWarehouse
from resources.warehouse.time import Moment, TimeColumn
from resources.warehouse.warehouse import read_table


class TestElapsedDays:
    """Dialects, and what they lack."""

    def test_unknown_dialect(self) -> None:
        """
        A database whose ages we cannot ask for is told, with what it could hold instead.
        """
        time = TimeColumn(sa.column("at", sa.DateTime()))

        with pytest.raises(sa.exc.CompileError, match="a column with the days in a view"):
            elapsed_days(time, time).compile(dialect=mssql.dialect())  # type: ignore[no-untyped-call]

    @pytest.mark.parametrize("kind", ["TIMESTAMP", "TIMESTAMPTZ", "DATE"])
    def test_infinity(self, kind: str, tmp_path: Path) -> None:
        """
        What lasts for ever has no age, and the others have theirs.
        """
        path = tmp_path / "warehouse.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(f"CREATE TABLE t (until {kind}, made TIMESTAMP)")
            connection.execute("INSERT INTO t VALUES ('infinity', '2026-03-02')")
            connection.execute("INSERT INTO t VALUES ('2026-03-01', '2026-03-02')")
        warehouse = DuckDBWarehouse(path)
        rows = warehouse.relation("t")
        age = elapsed_days(TimeColumn(rows.c.until), TimeColumn(rows.c.made)).label("age")

        assert [None, 1.0] == read_table(warehouse, sa.select(age))["age"].to_pylist()


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
