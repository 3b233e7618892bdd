"""From a URL to an engine: which databases can hold results, and how they are opened."""

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from monitoring.errors import ResultsError, SettingsError

#: How long to wait for another process that writes to the same SQLite file.
BUSY_SECONDS = 60

# SQLAlchemy 2.1 reads a bare postgresql:// as psycopg 3, which is not what we install.
_DRIVERS = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgres": "postgresql+psycopg2",
    "postgresql": "postgresql+psycopg2",
    "postgresql+psycopg2": "postgresql+psycopg2",
}
_SECRET_QUERY_KEYS = ("password", "sslpassword")
_CONNECT_SECONDS = "10"
_WRITES = "monitor_writes"


def parse_results_url(text: str) -> sa.URL:
    """
    Read the URL of a results store.

    Raises:
        SettingsError: when it is no URL, or not of SQLite in a file or PostgreSQL. The message
            never repeats the text, because it may hold a password.
    """
    expected = (
        "Expected sqlite:///path/to/file.db or postgresql+psycopg2://user:password@host/database"
    )
    try:
        url = sa.make_url(text)
    except (SQLAlchemyError, ValueError):
        msg = f"The URL of the results store cannot be read. {expected}."
        raise SettingsError(msg) from None

    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        # A mistyped URL can carry the password where the scheme belongs.
        found = re.sub(r"[^a-z0-9+]", "?", url.drivername[:30])
        msg = f"The URL of the results store names the database {found}. {expected}."
        raise SettingsError(msg)
    if "@" in (url.host or ""):
        msg = "The URL of the results store has an @ in its password: write it as %40."
        raise SettingsError(msg)
    if driver == "sqlite" and url.database in {None, "", ":memory:"}:
        msg = f"The URL of the results store names no file. {expected}."
        raise SettingsError(msg)

    return url.set(drivername=driver)


def masked(url: sa.URL) -> str:
    """Write *url* without its secrets."""
    hidden = {key: "hidden" for key in _SECRET_QUERY_KEYS if key in url.query}

    return url.update_query_dict(hidden).render_as_string(hide_password=True)


@contextmanager
def readable_errors(url: sa.URL) -> Iterator[None]:
    """Turn an error of the database into a ResultsError that names the store and no secret."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        lines = str(getattr(error, "orig", None) or error).strip().splitlines()
        told = " ".join(line.strip() for line in lines)
        leaks = any(secret in told for secret in _secrets(url))
        reason = "the driver's message is withheld, it repeats the password" if leaks else told
        msg = f"Results store {masked(url)}: {reason.rstrip('.')}."
        raise ResultsError(msg) from (None if leaks else error)


def _secrets(url: sa.URL) -> list[str]:
    values = [url.password, *(url.query.get(key) for key in _SECRET_QUERY_KEYS)]

    return [str(value) for value in values if value]


def make_engine(url: sa.URL) -> sa.Engine:
    """Return an engine on *url*; it connects at its first use."""
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url)
    if "connect_timeout" not in url.query:
        url = url.update_query_dict({"connect_timeout": _CONNECT_SECONDS})

    return sa.create_engine(url, pool_pre_ping=True, hide_parameters=True)


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    # A connection to a file costs less than a millisecond, and one that is not kept cannot be
    # inherited by a forked process.
    engine = sa.create_engine(
        url,
        poolclass=sa.NullPool,
        hide_parameters=True,
        connect_args={"timeout": BUSY_SECONDS},
    )
    sa.event.listen(engine, "connect", _on_sqlite_connect)
    sa.event.listen(engine, "begin", _on_sqlite_begin)

    return engine


def _on_sqlite_connect(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # Otherwise the sqlite3 module decides on its own when a transaction begins.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    # With a write-ahead log, NORMAL loses no commit when a process dies, and saves a sync for each.
    connection.execute("PRAGMA synchronous = NORMAL")


def _on_sqlite_begin(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later fails at once, without waiting, when
    # another process wrote in between; one that is to write takes the lock at its begin.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def write_transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a transaction that is going to write; commit at the end, roll back on any error."""
    with engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
        yield connection


def sqlite_file(url: sa.URL) -> str | None:
    """Return the path of the file behind *url*, or None when it is not SQLite."""
    if url.get_backend_name() != "sqlite" or url.database is None:
        return None

    return os.fspath(url.database)


def lock(connection: sa.Connection, name: str) -> None:
    """
    Wait until no other transaction holds *name*, and hold it to the end of this one.

    On SQLite a transaction that writes holds the whole file from its begin: nothing is left to do.
    """
    if connection.dialect.name == "postgresql":
        key = sa.func.hashtextextended(f"monitoring-pipelines:{name}", sa.literal(0, sa.BigInteger))
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
