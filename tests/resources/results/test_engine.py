"""The URL of a results store: what is accepted, and that its secrets stay secret."""

import sqlite3
import traceback
from contextlib import closing
from pathlib import Path

import pytest

from monitoring.errors import MonitorError, ResultsError, SettingsError
from resources.results.engine import masked, parse_results_url
from resources.results.store import ResultsStore

SECRET = "hunter2-geheim"  # noqa: S105 - it must not turn up anywhere


class TestParseResultsUrl:
    """What a person may write into MONITOR_RESULTS_URL."""

    @pytest.mark.parametrize(
        "text", ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg2://u:p@h/d"]
    )
    def test_postgres_names_its_driver(self, text: str) -> None:
        """
        Every spelling of PostgreSQL reaches psycopg2, which SQLAlchemy 2.1 no longer assumes.
        """
        assert "postgresql+psycopg2" == parse_results_url(text).drivername

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "results.db",
            "sqlite://",
            "sqlite:///:memory:",
            "mysql://u:p@h/d",
            "postgresql://u:p@h:port/d",
            "postgresql://u:p@ss@h/d",
        ],
    )
    def test_refuses_what_cannot_hold_results(self, text: str) -> None:
        """
        A text that is no URL of a SQLite file or of PostgreSQL is a wrong setting.
        """
        with pytest.raises(SettingsError):
            parse_results_url(text)


class TestSecrets:
    """A password is in no error, no traceback and no repr."""

    @pytest.mark.parametrize(
        "text",
        [
            f"postgresql://u:{SECRET}@/d?host=/nowhere",
            f"postgresql://u@/d?host=/nowhere&password={SECRET}",
            f"postgresql://u:{SECRET}@[::1]:1/d",
            f"postgresql://u:p@{SECRET}@h/d",
            f"postgresql://u:{SECRET}@h:{SECRET}/d",
            f"mysql://u:{SECRET}@h/d",
            f"{SECRET}://u@h/d",
            f"u:{SECRET}@h/d",
        ],
    )
    def test_never_shown(self, text: str) -> None:
        """
        Neither a server that is not there nor a mistyped URL makes the password public.
        """
        store = ResultsStore(text)

        with pytest.raises(MonitorError) as caught:
            store.upgrade()

        assert SECRET not in "".join(traceback.format_exception(caught.value))
        assert SECRET not in repr(store)

    def test_masked_query(self) -> None:
        """
        Secrets in the query are replaced, what is no secret stays readable.
        """
        url = parse_results_url(f"postgresql://u:{SECRET}@h/d?sslpassword={SECRET}&sslmode=require")

        assert "postgresql+psycopg2://u:***@h/d?sslmode=require&sslpassword=hidden" == masked(url)


class TestOpening:
    """A database that cannot be used says so, and how to go on."""

    def test_without_tables(self, empty_url: str) -> None:
        """
        A database without our tables names the command that creates them.
        """
        store = ResultsStore(empty_url)

        with pytest.raises(ResultsError, match="monitor run"):
            store.incidents()
        store.close()

    def test_reading_creates_no_file(self, tmp_path: Path) -> None:
        """
        Asking a store that does not exist leaves no empty database behind.
        """
        path = tmp_path / "results.db"

        with pytest.raises(ResultsError, match="no results tables"):
            ResultsStore(f"sqlite:///{path}").watermark("m", "labels")

        assert not path.exists()

    def test_not_a_database(self, tmp_path: Path) -> None:
        """
        A file of another kind is refused by name and left as it is.
        """
        path = tmp_path / "results.db"
        path.write_text("carrier,origin\n" * 1000)

        with pytest.raises(ResultsError, match=r"results\.db.*not a database"):
            ResultsStore(f"sqlite:///{path}").upgrade()

        assert path.read_text().startswith("carrier,origin")

    def test_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        """
        A folder in place of which there is a file is an error of ours, not of the system.
        """
        (tmp_path / "home").write_text("")

        with pytest.raises(ResultsError, match="cannot be made"):
            ResultsStore(f"sqlite:///{tmp_path / 'home' / 'results.db'}").upgrade()

    def test_write_ahead_log(self, tmp_path: Path) -> None:
        """
        A SQLite store is in WAL mode, so that the UI reads while a run writes.
        """
        path = tmp_path / "results.db"
        ResultsStore(f"sqlite:///{path}").upgrade()

        with closing(sqlite3.connect(path)) as connection:
            assert ("wal",) == connection.execute("PRAGMA journal_mode").fetchone()
