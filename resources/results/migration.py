"""Bring the results schema up, down and up again, and refuse a database at another revision."""

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from tenacity import retry, retry_if_exception, stop_after_delay, wait_random_exponential

from monitoring.errors import ResultsError
from resources.results.engine import BUSY_SECONDS, lock, masked, sqlite_file, write_transaction
from resources.results.schema import REVISION, VERSION_TABLE

#: What is said of a database, or of a file that does not exist, without our tables.
NO_TABLES = "it has no results tables yet: `monitor run` creates them."


def upgrade(engine: sa.Engine) -> None:
    """Create the tables, or bring them to the newest revision; all of it or nothing."""
    path = sqlite_file(engine.url)
    if path is not None:
        _make_folder(Path(path).parent)
        _log_writes_ahead(path)

    with write_transaction(engine) as connection:
        lock(connection, "schema")
        found = current_revision(connection)
        if found is not None and not _knows(found):
            msg = f"Results store {masked(engine.url)}: {problem_of_revision(connection)}"
            raise ResultsError(msg)

        command.upgrade(_config(connection), "head")


def _is_busy(error: BaseException) -> bool:
    code = getattr(error, "sqlite_errorcode", 0)

    return code & 0xFF == sqlite3.SQLITE_BUSY  # Without the bits that say why.


# SQLite does not wait for its busy timeout where two processes change the mode at once: both hold
# the file for reading, and one of them has to let go.
@retry(
    retry=retry_if_exception(_is_busy),
    stop=stop_after_delay(BUSY_SECONDS),
    wait=wait_random_exponential(multiplier=0.02, max=1),
    reraise=True,
)
def _log_writes_ahead(path: str) -> None:
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
        # The file remembers it: from now on readers and a writer do not wait for each other.
        connection.execute("PRAGMA journal_mode = WAL")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"The folder of the results store cannot be made: {error}."
        raise ResultsError(msg) from error


def downgrade(engine: sa.Engine) -> None:
    """Remove every table of ours, and what is in it."""
    with write_transaction(engine) as connection:
        lock(connection, "schema")
        command.downgrade(_config(connection), "base")


def current_revision(connection: sa.Connection) -> str | None:
    """Return the revision of the database, or None when it has no results schema."""
    options = {"version_table": VERSION_TABLE}

    return MigrationContext.configure(connection, opts=options).get_current_revision()


def problem_of_revision(connection: sa.Connection) -> str | None:
    """Say why this program cannot use the database, and the remedy; None when it can."""
    found = current_revision(connection)
    if found == REVISION:
        return None
    if found is None:
        return NO_TABLES
    if not _knows(found):
        return (
            f"its schema is at revision {found}, which this version does not know "
            f"(newest known: {REVISION}): upgrade monitoring-pipelines."
        )

    return f"its schema is at revision {found}, {REVISION} is needed: `monitor run` upgrades it."


def _knows(revision: str) -> bool:
    try:
        ScriptDirectory.from_config(_config()).get_revision(revision)
    except CommandError:
        return False

    return True


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "resources.results:migrations")

    return config
