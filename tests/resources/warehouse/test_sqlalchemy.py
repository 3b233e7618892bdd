"""resources.warehouse.sqlalchemy, on SQLite."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa

from monitoring.errors import ColumnTypeError, TableNotFoundError, WarehouseError
from resources.warehouse.sqlalchemy import BATCH_ROWS, SqlAlchemyWarehouse
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

    def test_wrong_value(
        self, connection: sqlite3.Connection, warehouse: SqlAlchemyWarehouse
    ) -> None:
        """
        SQLite lets a column of numbers hold words; the column is named.
        """
        connection.execute("CREATE TABLE t (amount DOUBLE)")
        connection.execute("INSERT INTO t VALUES (1.5), ('much')")
        rows = warehouse.relation("t")

        with pytest.raises(ColumnTypeError, match="Column 'amount' is declared as double"):
            list(warehouse.stream(sa.select(*rows.c)))

    def test_fraction(self, connection: sqlite3.Connection, warehouse: SqlAlchemyWarehouse) -> None:
        """
        A fraction among whole numbers is told.

        Regression: 1.5 was read as 1.
        """
        connection.execute("CREATE TABLE t (n BIGINT)")
        connection.execute("INSERT INTO t VALUES (1), (1.5)")
        rows = warehouse.relation("t")

        with pytest.raises(ColumnTypeError, match="Column 'n' is declared as int64"):
            list(warehouse.stream(sa.select(*rows.c)))

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
