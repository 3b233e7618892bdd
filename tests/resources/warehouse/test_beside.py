"""resources.warehouse.beside: files beside a database."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from monitoring.errors import WarehouseError
from resources.warehouse.open import open_warehouse
from resources.warehouse.warehouse import Warehouse, read_table


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """
    A database with one table, and a file in the same folder.
    """
    with closing(sqlite3.connect(tmp_path / "lake.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE predictions (id INTEGER)")
        connection.execute("INSERT INTO predictions VALUES (1)")
    pq.write_table(pa.table({"id": [1, 2]}), tmp_path / "training.parquet")

    return open_warehouse(f"sqlite:///{tmp_path / 'lake.db'}")


class TestFilesBeside:
    """Each statement goes where its rows are."""

    def test_both(self, warehouse: Warehouse, tmp_path: Path) -> None:
        """
        A table of the database and a file are read from one warehouse.
        """
        file = str(tmp_path / "training.parquet")

        assert [1, 2] == [
            read_table(warehouse, sa.select(*warehouse.relation(table).c)).num_rows
            for table in ("predictions", file)
        ]
        assert ["id"] == warehouse.schema(file).names

    def test_joined(self, warehouse: Warehouse, tmp_path: Path) -> None:
        """
        A statement that joins the two is refused, with what to do.
        """
        rows = warehouse.relation("predictions")
        others = warehouse.relation(str(tmp_path / "training.parquet"))
        joined = sa.select(rows.c.id).where(rows.c.id.in_(sa.select(others.c.id)))

        with pytest.raises(WarehouseError, match="load the file into the database"):
            list(warehouse.stream(joined))
