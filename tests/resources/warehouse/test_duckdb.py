"""Tests of DuckDB as a warehouse: real files, real errors, and a second process that writes."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from monitoring.errors import TableNotFoundError, WarehouseError
from resources.warehouse.duckdb import DuckDBWarehouse
from resources.warehouse.duckdb_settings import is_scan
from resources.warehouse.session import session_of
from resources.warehouse.sqlalchemy import SqlAlchemyWarehouse
from resources.warehouse.warehouse import read_table

HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"

READ = """\
import sys
import sqlalchemy as sa
from resources.warehouse.duckdb import DuckDBWarehouse
from resources.warehouse.warehouse import read_table
warehouse = DuckDBWarehouse()
print(read_table(warehouse, sa.select(*warehouse.relation(sys.argv[1]).c)).num_rows)
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """
    A file with one table of two rows.
    """
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE predictions AS SELECT range AS id FROM range(2)")

    return path


class TestErrors:
    """What a person reads when a table cannot be read."""

    def test_similar_table(self, database: Path) -> None:
        """A table that is not there brings up the one that was meant."""
        with pytest.raises(TableNotFoundError, match=r"no table prediction; did you mean predicti"):
            DuckDBWarehouse(database).schema("prediction")

    def test_missing_file(self, tmp_path: Path) -> None:
        """A file that is not there names the setting."""
        with pytest.raises(WarehouseError, match=r"gone\.duckdb: no such DuckDB file; set MONITOR"):
            DuckDBWarehouse(tmp_path / "gone.duckdb").schema("predictions")

    def test_no_database(self, tmp_path: Path) -> None:
        """A file that is no database is told at once, and not as somebody else's lock."""
        path = tmp_path / "notes.duckdb"
        path.write_text("not a database" * 1000, "utf-8")

        with pytest.raises(WarehouseError, match="has to name a DuckDB file"):
            DuckDBWarehouse(path, patience=3600).schema("predictions")

    def test_locked(self, database: Path) -> None:
        """A second process that has the file open for writing is named as the cause."""
        with subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", HOLD, str(database)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout is not None
            assert "open\n" == writer.stdout.readline()
            try:
                with pytest.raises(WarehouseError, match="another process writes to it; close"):
                    DuckDBWarehouse(database, patience=0.2).schema("predictions")
            finally:
                writer.communicate("\n")

        assert ["id"] == DuckDBWarehouse(database).schema("predictions").names


class TestRead:
    """Tables, and files by their paths."""

    def test_no_rows(self, database: Path) -> None:
        """
        A question that finds no row has the columns of one that does.

        Regression: it had none, so that every silent tick of a sensor ended in a KeyError.
        """
        warehouse = DuckDBWarehouse(database)
        rows = warehouse.relation("predictions")
        found = read_table(warehouse, sa.select(rows.c.id).where(rows.c.id > 5))

        assert (0, ["id"]) == (found.num_rows, found.column_names)

    def test_files(self, tmp_path: Path) -> None:
        """A glob of Parquet files is one table; so is a CSV file."""
        for day in (1, 2):
            pq.write_table(pa.table({"id": [day]}), tmp_path / f"day={day}.parquet")
        pyarrow.csv.write_csv(pa.table({"id": [7]}), tmp_path / "rows.csv")
        warehouse = DuckDBWarehouse()

        def ids(path: Path) -> list[int]:
            rows = warehouse.relation(str(path))
            return sorted(read_table(warehouse, sa.select(rows.c.id))["id"].to_pylist())

        assert [1, 2] == ids(tmp_path / "*.parquet")
        assert [7] == ids(tmp_path / "rows.csv")

    def test_other_columns(self, tmp_path: Path) -> None:
        """A file of a glob that lacks a column of the others has nulls there."""
        pq.write_table(pa.table({"id": [1], "amount": [1.5]}), tmp_path / "day=1.parquet")
        pq.write_table(pa.table({"amount": [2.5], "id": [2]}), tmp_path / "day=2.parquet")
        pq.write_table(pa.table({"id": [3], "rate": [0.5]}), tmp_path / "day=3.parquet")
        warehouse = DuckDBWarehouse()
        rows = warehouse.relation(str(tmp_path / "*.parquet"))
        found = read_table(warehouse, sa.select(rows.c.id, rows.c.amount, rows.c.rate))

        assert [
            {"id": 1, "amount": 1.5, "rate": None},
            {"id": 2, "amount": 2.5, "rate": None},
            {"id": 3, "amount": None, "rate": 0.5},
        ] == found.sort_by("id").to_pylist()

    def test_quiet_end(self, tmp_path: Path) -> None:
        """
        A process that has read a CSV file ends without a word.

        Regression: SQLAlchemy kept DuckDB until after its end, of which DuckDB complained.
        """
        (tmp_path / "rows.csv").write_text("id,amount\n1,1.5\n", "utf-8")
        done = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", READ, str(tmp_path / "rows.csv")],
            cwd=Path(__file__).parents[3],
            check=True,
            capture_output=True,
            text=True,
        )

        assert ("1\n", "") == (done.stdout, done.stderr)

    def test_unreadable_value(self, tmp_path: Path) -> None:
        """
        What fails while rows come is told with the file, as what fails before.

        Regression: it was an OSError of Arrow's, which ended the tick of a sensor for all models.
        """
        pq.write_table(pa.table({"id": ["1", "x"]}), tmp_path / "rows.parquet")
        warehouse = DuckDBWarehouse()
        rows = warehouse.relation(str(tmp_path / "rows.parquet"))

        with pytest.raises(WarehouseError, match="Could not convert string"):
            read_table(warehouse, sa.select(sa.cast(rows.c.id, sa.Integer)))

    def test_letter_case(self, tmp_path: Path) -> None:
        """
        Columns whose names differ in case only stay two, under their names.

        Regression: DuckDB shows the second of them as Amount_1, and so did every result.
        """
        path = tmp_path / "rows.parquet"
        pq.write_table(pa.table({"amount": [1.5], "Amount": [2.5]}), path)
        warehouse = DuckDBWarehouse()
        rows = warehouse.relation(str(path))
        within = sa.select(rows.c["Amount"], rows.c["amount"]).subquery()

        assert ["amount", "Amount"] == warehouse.schema(str(path)).names
        assert [{"amount": 1.5, "Amount": 2.5}] == read_table(
            warehouse, sa.select(*rows.c)
        ).to_pylist()
        assert [{"Amount": 2.5}] == read_table(warehouse, sa.select(within.c["Amount"])).to_pylist()

    @pytest.mark.parametrize(
        "name", ["select", 'say "hi"', "with space", "größe_日本", "a;drop table x--", "100%", "$1"]
    )
    def test_column_names(self, tmp_path: Path, name: str) -> None:
        """A column keeps its exact name, whatever SQL would make of it."""
        pq.write_table(pa.table({name: [1.5]}), tmp_path / "odd.parquet")
        warehouse = DuckDBWarehouse()
        rows = warehouse.relation(str(tmp_path / "odd.parquet"))

        assert [{name: 1.5}] == read_table(warehouse, sa.select(*rows.c)).to_pylist()


class TestSession:
    """A file that stays open for several statements."""

    def test_writer(self, database: Path) -> None:
        """Within a session nobody can write; after the last one, anybody can."""
        warehouse = DuckDBWarehouse(database)
        with warehouse.session(), warehouse.session():
            assert ["id"] == warehouse.schema("predictions").names
            with pytest.raises(duckdb.ConnectionException, match="different configuration"):
                duckdb.connect(str(database))

        with duckdb.connect(str(database)) as connection:
            connection.execute("CREATE TABLE more AS SELECT 1 AS id")
        assert ["id"] == warehouse.schema("more").names

    def test_failure(self, database: Path) -> None:
        """A session that a failed statement ends is closed as well."""
        warehouse = DuckDBWarehouse(database)
        with pytest.raises(TableNotFoundError), warehouse.session():
            warehouse.schema("gone")

        duckdb.connect(str(database)).close()

    def test_others(self) -> None:
        """A warehouse that has no sessions is used as it is."""
        with session_of(SqlAlchemyWarehouse("sqlite:///nowhere.db")):
            pass


class TestSettings:
    """What a statement is given of memory and threads."""

    def test_scan(self, database: Path) -> None:
        """
        A plain scan has little memory; whatever has to keep rows has all of it.
        """
        warehouse = DuckDBWarehouse(database)
        rows, other = warehouse.relation("predictions"), warehouse.relation("predictions")
        joined = sa.select(rows.c.id).select_from(rows.join(other, rows.c.id == other.c.id))
        counted = sa.select(sa.select(rows.c.id).distinct().subquery().c.id)

        assert is_scan(sa.select(rows.c.id).where(rows.c.id > 0))
        assert [False, False] == [is_scan(joined), is_scan(counted)]

    def test_scan_of_files(self, tmp_path: Path) -> None:
        """
        One thread, which holds one row group, and all the memory that a page of theirs may need.
        """
        path = tmp_path / "rows.parquet"
        pq.write_table(pa.table({"id": [1, 2]}), path)
        warehouse = DuckDBWarehouse()
        rows, other = warehouse.relation(str(path)), warehouse.relation(str(path))
        told = [sa.func.current_setting(name).label(name) for name in ("threads", "memory_limit")]
        scan = sa.select(*told).select_from(rows)
        joined = sa.select(*told).select_from(rows.join(other, rows.c.id == other.c.id))
        within, beside = (
            read_table(warehouse, statement).slice(0, 1).to_pylist()[0]
            for statement in (scan, joined)
        )

        with duckdb.connect() as fresh:
            ((usual,),) = fresh.sql("SELECT current_setting('threads')").fetchall()

        assert 1 == within["threads"]
        assert usual == beside["threads"]
        assert within["memory_limit"] == beside["memory_limit"]

    def test_after_each_other(self, database: Path) -> None:
        """
        A scan leaves nothing behind for the statement after it.
        """
        warehouse = DuckDBWarehouse(database)
        rows, other = warehouse.relation("predictions"), warehouse.relation("predictions")
        limit = sa.func.current_setting("memory_limit").label("limit")
        scan = sa.select(rows.c.id, limit)
        joined = sa.select(other.c.id, limit).select_from(rows.join(other, rows.c.id == other.c.id))
        with warehouse.session():
            before, within, after = (
                read_table(warehouse, statement)["limit"][0].as_py()
                for statement in (joined, scan, joined)
            )

        assert "101.0 MiB" == within  # 106 MB
        assert before == after != within
