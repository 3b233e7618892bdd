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
from resources.warehouse.warehouse import read_table

HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"


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

    @pytest.mark.parametrize(
        "name", ["select", 'say "hi"', "with space", "größe_日本", "a;drop table x--", "100%", "$1"]
    )
    def test_column_names(self, tmp_path: Path, name: str) -> None:
        """A column keeps its exact name, whatever SQL would make of it."""
        pq.write_table(pa.table({name: [1.5]}), tmp_path / "odd.parquet")
        warehouse = DuckDBWarehouse()
        rows = warehouse.relation(str(tmp_path / "odd.parquet"))

        assert [{name: 1.5}] == read_table(warehouse, sa.select(*rows.c)).to_pylist()
