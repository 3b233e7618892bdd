"""resources.warehouse.sqlalchemy, on SQLite."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa

from monitoring.errors import TableNotFoundError, WarehouseError
from resources.warehouse.lenient import unreadables
from resources.warehouse.sqlalchemy import BATCH_ROWS, SqlAlchemyWarehouse
from resources.warehouse.time import TimeColumn
from resources.warehouse.warehouse import read_table


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """
    The file of a database.
    """
    return tmp_path / "ware house#1.db"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    """
    A connection that writes to the database.
    """
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()


@pytest.fixture
def warehouse(path: Path) -> SqlAlchemyWarehouse:
    """
    The database as a warehouse.
    """
    return SqlAlchemyWarehouse(f"sqlite:///{path}".replace("#", "%23"))


class TestSqlAlchemyWarehouse:
    """A database through SQLAlchemy and its driver."""

    def test_types(self, connection: sqlite3.Connection, warehouse: SqlAlchemyWarehouse) -> None:
        """
        Rows arrive in the types of the table's definition.
        """
        connection.execute(
            "CREATE TABLE t (i INTEGER, x DOUBLE PRECISION, n NUMERIC(8, 2), b BOOLEAN, "
            "d DATE, at TIMESTAMP, t VARCHAR(9), anything)"
        )
        connection.execute(
            "INSERT INTO t VALUES (1, 2, 1.10, 1, '2026-03-02', '2026-03-02T12:00:00+02:00', "
            "'x', 7), (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"
        )
        rows = warehouse.relation("t")

        found = read_table(warehouse, sa.select(*rows.c))

        assert found.schema == warehouse.schema("t")
        assert {
            "i": pa.int64(),
            "x": pa.float64(),
            "n": pa.float64(),
            "b": pa.bool_(),
            "d": pa.date32(),
            "at": pa.timestamp("us", "UTC"),
            "t": pa.string(),
            "anything": pa.string(),
        } == dict(zip(found.schema.names, found.schema.types, strict=True))
        assert found.to_pylist() == [
            {
                "i": 1,
                "x": 2.0,
                "n": 1.1,
                "b": True,
                "d": date(2026, 3, 2),
                "at": datetime(2026, 3, 2, 10, tzinfo=UTC),
                "t": "x",
                "anything": "7",
            },
            dict.fromkeys(found.schema.names),
        ]

    def test_unreadable(
        self, connection: sqlite3.Connection, warehouse: SqlAlchemyWarehouse
    ) -> None:
        """
        SQLite lets a column hold anything: what is not of its type is null, and can be told.

        Regression: 1.5 was read as 1; any word stopped the reading, or was false.
        """
        columns = {
            "whole": ("BIGINT", 1.5, 2),
            "number": ("DOUBLE", "much", 1.5),
            "price": ("NUMERIC(8, 2)", "1,50", 1.5),
            "yes": ("BOOLEAN", "perhaps", "FALSE"),
            "day": ("DATE", "2026-02-30", "2026-02-28"),
            "moment": ("TIMESTAMP", "now", "2026-02-28T12:00:00+02:00"),
            "hour": ("TIME", "25:00", "12:30"),
        }
        declared = ", ".join(f"{name} {kind}" for name, (kind, _, _) in columns.items())
        connection.execute(f"CREATE TABLE t ({declared})")
        for row in zip(
            *((wrong, right, None) for _, wrong, right in columns.values()), strict=True
        ):
            connection.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        rows = warehouse.relation("t")
        odd = unreadables(rows.c, columns)

        wrong, right, missing = read_table(warehouse, sa.select(*rows.c)).to_pylist()
        counted = sa.select(*(sa.func.sum(flag).label(name) for name, flag in odd.items()))

        assert dict.fromkeys(columns) == wrong == missing
        assert {
            "whole": 2,
            "number": 1.5,
            "price": 1.5,
            "yes": False,
            "day": date(2026, 2, 28),
            "moment": datetime(2026, 2, 28, 10, tzinfo=UTC),
            "hour": time(12, 30),
        } == right
        assert dict.fromkeys(columns, 1) == read_table(warehouse, counted).to_pylist()[0]

    def test_zones(self, connection: sqlite3.Connection, warehouse: SqlAlchemyWarehouse) -> None:
        """
        What is no moment has none in any zone.

        Regression: it stopped the reading where the zone was not UTC.
        """
        connection.execute("CREATE TABLE t (at TIMESTAMP)")
        connection.execute("INSERT INTO t VALUES ('someday'), (17), ('2026-03-01 12:00')")
        at = TimeColumn(warehouse.relation("t").c.at, "Europe/Berlin")

        found = read_table(warehouse, sa.select(at.instant.label("at")))

        assert [None, None, datetime(2026, 3, 1, 11, tzinfo=UTC)] == found["at"].to_pylist()

    def test_batches(self, connection: sqlite3.Connection, warehouse: SqlAlchemyWarehouse) -> None:
        """
        Many rows come in several batches, each once.
        """
        connection.execute("CREATE TABLE t (n INTEGER)")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(BATCH_ROWS + 1)])
        connection.execute("COMMIT")
        rows = warehouse.relation("t")

        assert [BATCH_ROWS, 1] == [
            batch.num_rows for batch in warehouse.stream(sa.select(rows.c.n))
        ]

    def test_read_only(
        self, connection: sqlite3.Connection, warehouse: SqlAlchemyWarehouse
    ) -> None:
        """
        Nothing can be written through it.
        """
        connection.execute("CREATE TABLE t (n INTEGER)")

        with (
            pytest.raises(WarehouseError, match="readonly database"),
            warehouse._connection() as reader,  # noqa: SLF001 - no public method writes
        ):
            reader.exec_driver_sql("DELETE FROM t")

    def test_no_file(self, path: Path, warehouse: SqlAlchemyWarehouse) -> None:
        """
        A file that is not there is not made.
        """
        with pytest.raises(WarehouseError, match="unable to open database file"):
            warehouse.schema("t")
        assert not path.exists()

    def test_unknown_table(
        self, connection: sqlite3.Connection, warehouse: SqlAlchemyWarehouse
    ) -> None:
        """
        The table that was probably meant is named.
        """
        connection.execute("CREATE TABLE predictions (x REAL)")

        with pytest.raises(TableNotFoundError, match=r"did you mean predictions\?"):
            warehouse.schema("prediction")

    def test_secret(self) -> None:
        """
        A password is in no error and no representation.
        """
        warehouse = SqlAlchemyWarehouse("postgresql+psycopg2://watch:s3cr3t@127.0.0.1:1/lake")

        with pytest.raises(WarehouseError) as raised:
            warehouse.schema("t")
        assert "s3cr3t" not in f"{warehouse!r} {raised.value} {raised.value.__cause__!r}"
