"""The database of a results store: opened lazily, checked once, read and written with care."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from monitoring.errors import ResultsError, SettingsError
from resources.results import migration
from resources.results.engine import (
    make_engine,
    masked,
    parse_results_url,
    readable_errors,
    sqlite_file,
    write_transaction,
)


class Database:
    """An engine that is made at its first use, on a database at the newest revision."""

    def __init__(self, url: str) -> None:
        # Read late: a wrong setting must not keep the code location from loading.
        self._text = url

    @property
    def name(self) -> str:
        """The URL without its secrets."""
        try:
            return masked(self._url)
        except SettingsError:
            return "a URL that cannot be read"

    @cached_property
    def _url(self) -> sa.URL:
        return parse_results_url(self._text)

    @cached_property
    def _engine(self) -> sa.Engine:
        return make_engine(self._url)

    @cached_property
    def _checked_engine(self) -> sa.Engine:
        problem = self._problem()
        if problem is not None:
            msg = f"Results store {self.name}: {problem}"
            raise ResultsError(msg)

        return self._engine

    def _problem(self) -> str | None:
        path = sqlite_file(self._url)
        # Connecting would leave an empty file behind.
        if path is not None and not Path(path).exists():
            return migration.NO_TABLES

        with self._engine.connect() as connection:
            return migration.problem_of_revision(connection)

    def upgrade(self) -> None:
        """Create the tables, or bring them to the newest revision."""
        with readable_errors(self._url):
            migration.upgrade(self._engine)

    def downgrade(self) -> None:
        """Remove all tables."""
        with readable_errors(self._url):
            migration.downgrade(self._engine)
        self.__dict__.pop("_checked_engine", None)

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._engine.dispose()

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Open a transaction that writes: committed at the end, rolled back on any error."""
        with (
            readable_errors(self._url),
            write_transaction(self._checked_engine) as connection,
        ):
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Open a connection that only reads."""
        with readable_errors(self._url), self._checked_engine.connect() as connection:
            yield connection

    def rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        """Return all rows of *query*, by column name."""
        with self.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]
