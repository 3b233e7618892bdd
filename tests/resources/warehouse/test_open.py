"""resources.warehouse.open: which URL means which warehouse."""

import pytest

from monitoring.errors import SettingsError
from resources.warehouse.open import open_warehouse


class TestOpenWarehouse:
    """A URL is understood, or the person is told what would be."""

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("duckdb://", "DuckDBWarehouse(':memory:')"),
            ("duckdb:///lake.duckdb", "DuckDBWarehouse('lake.duckdb')"),
            (
                "postgresql+psycopg2://me:s3cr3t@db/lake",
                "PostgresWarehouse('postgresql://me:***@db/lake')",
            ),
            (
                "sqlite:///lake.db",
                "SqlAlchemyWarehouse('sqlite:///file%3Alake.db?mode=ro&uri=true')",
            ),
            ("spark://master:7077", "SparkWarehouse('spark://master:7077')"),
            ("local[2]", "SparkWarehouse('local[2]')"),
            ("sc://lake:443/;token=s3cr3t", "SparkWarehouse('sc://lake:443/;token=***')"),
        ],
    )
    def test_kinds(self, url: str, expected: str) -> None:
        """
        Nothing is opened, and no secret is shown.
        """
        assert expected == repr(open_warehouse(url))

    @pytest.mark.parametrize("url", ["nonsense s3cr3t", "postgresql://me:s3cr3t@db:port/lake"])
    def test_no_url(self, url: str) -> None:
        """
        What is no URL is not repeated: it may hold a password.
        """
        with pytest.raises(SettingsError, match="MONITOR_WAREHOUSE_URL: not a URL") as raised:
            open_warehouse(url)
        assert "s3cr3t" not in str(raised.value)

    def test_missing_driver(self) -> None:
        """
        A database whose package is not installed is told at once.
        """
        with pytest.raises(SettingsError, match="snowflake needs a package"):
            open_warehouse("snowflake://me:s3cr3t@account/lake")
