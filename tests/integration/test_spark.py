"""resources.warehouse.spark, on a cluster and through Spark Connect."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from monitoring.errors import WarehouseError
from resources.warehouse.spark import SparkWarehouse
from resources.warehouse.warehouse import read_table
from tests.integration.spark_cluster import ROOT, running_connect

#: Reads the table at argv[2] through the server at argv[1], as rows and as summaries.
READ = """
import json, sys
import sqlalchemy as sa
from resources.warehouse.spark import SparkWarehouse
from resources.warehouse.warehouse import read_table

warehouse = SparkWarehouse(sys.argv[1])
rows = warehouse.relation(sys.argv[2])
statement = sa.select(rows.c["a.b"]).where(rows.c["a.b"] > 1)
count = lambda batches: sum(batch.num_rows for batch in batches)
print(json.dumps([
    read_table(warehouse, statement).to_pylist(),
    sum(warehouse.summaries(statement, count)),
]))
"""


@pytest.fixture
def files(tmp_path: Path) -> str:
    """
    The glob of two files with three rows each.
    """
    for number in (1, 2):
        table = pa.table({"a.b": [1, 2, 3], "it's": ["x", None, "größe 🌡️"]})
        pq.write_table(table, tmp_path / f"part-{number}.parquet")

    return str(tmp_path / "part-*.parquet")


class TestSparkWarehouse:
    """Rows stay where they are; what is small comes here."""

    def test_executors(self, cluster: str, files: str) -> None:
        """
        Rows are summarised in the executors' processes, and all of them once.
        """
        warehouse = SparkWarehouse(cluster)
        rows = warehouse.relation(files)

        def summarise(batches: Iterator[pa.RecordBatch]) -> tuple[int, int]:
            return os.getpid(), sum(batch.num_rows for batch in batches)

        found = list(warehouse.summaries(sa.select(*rows.c), summarise))

        assert 6 == sum(number for _, number in found)
        assert os.getpid() not in {process for process, _ in found}

    def test_catalog(self, cluster: str, files: str) -> None:
        """
        A table of the catalog may have any name.
        """
        warehouse = SparkWarehouse(cluster)
        session = warehouse._session()  # noqa: SLF001 - no public method writes
        session.sql("CREATE DATABASE IF NOT EXISTS lake")
        session.sql("DROP TABLE IF EXISTS lake.`select`")
        session.sql("CREATE TABLE lake.`select` USING parquet AS SELECT 1 AS `a``b`, 'x' AS c")
        rows = warehouse.relation("lake.select")

        assert [{"a`b": 1}] == read_table(
            warehouse, sa.select(rows.c["a`b"]).where(rows.c.c.in_(["x", "it's"]))
        ).to_pylist()
        assert [pa.int32(), pa.string()] == warehouse.schema("lake.select").types
        assert files

    def test_other_columns(self, cluster: str, tmp_path: Path) -> None:
        """
        A file that lacks a column of the others has nulls there, whichever comes first.
        """
        pq.write_table(pa.table({"id": [1]}), tmp_path / "day-1.parquet")
        pq.write_table(pa.table({"id": [2], "rate": [0.5]}), tmp_path / "day-2.parquet")
        warehouse = SparkWarehouse(cluster)
        rows = warehouse.relation(str(tmp_path / "day-*.parquet"))

        found = read_table(warehouse, sa.select(rows.c.id, rows.c.rate)).sort_by("id")
        assert [None, 0.5] == found["rate"].to_pylist()

    def test_other_types(self, cluster: str, tmp_path: Path) -> None:
        """
        Files that Spark cannot read as one are told with the types of both.

        Regression: the message ended before them.
        """
        pq.write_table(pa.table({"id": [1], "amount": [1.5]}), tmp_path / "day=1.parquet")
        pq.write_table(pa.table({"id": [2], "amount": ["much"]}), tmp_path / "day=2.parquet")

        with pytest.raises(WarehouseError, match=r"amount: DOUBLE.* amount: STRING"):
            SparkWarehouse(cluster).schema(str(tmp_path / "*.parquet"))

    def test_csv(self, cluster: str, tmp_path: Path) -> None:
        """
        CSV files have a header; their types are inferred.
        """
        (tmp_path / "rows.csv").write_text("n,at\n1.5,2026-03-02 12:00:00\n")
        warehouse = SparkWarehouse(cluster)
        table = str(tmp_path / "rows.csv")

        assert [pa.float64(), pa.timestamp("us", "UTC")] == warehouse.schema(table).types

    def test_failure(self, cluster: str, files: str) -> None:
        """
        What fails on an executor is told in a line.
        """
        warehouse = SparkWarehouse(cluster)
        rows = warehouse.relation(files)
        wrong = sa.select(sa.cast(rows.c["it's"], sa.Date).label("day"))

        with pytest.raises(WarehouseError, match="cannot be cast") as raised:
            list(warehouse.stream(wrong))
        assert "\n" not in str(raised.value)

    @pytest.mark.usefixtures("cluster")
    def test_connect(self, files: str, tmp_path: Path) -> None:
        """
        Spark Connect gives the same rows and runs the same code.

        In a process of its own: Spark allows no session of each kind in one.
        """
        with running_connect(tmp_path) as url:
            done = subprocess.run(  # noqa: S603 - our own interpreter
                [sys.executable, "-W", "ignore", "-c", READ, url, files],
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                check=True,
                capture_output=True,
                text=True,
            )

        assert [[{"a.b": 2}, {"a.b": 3}] * 2, 4] == json.loads(done.stdout)
