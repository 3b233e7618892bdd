"""Which warehouse a URL means."""

from pathlib import Path

import sqlalchemy as sa

from monitoring.errors import SettingsError
from resources.warehouse.beside import FilesBeside
from resources.warehouse.duckdb import DuckDBWarehouse
from resources.warehouse.spark import SparkWarehouse, is_spark
from resources.warehouse.sqlalchemy import SqlAlchemyWarehouse
from resources.warehouse.warehouse import Warehouse

_VARIABLE = "MONITOR_WAREHOUSE_URL"


def open_warehouse(url: str) -> Warehouse:
    """
    Return the warehouse at *url*; nothing is opened until it is asked something.

    Raises:
        SettingsError: when no warehouse speaks this URL.
    """
    if is_spark(url):
        return SparkWarehouse(url)
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        # The value may hold a password, so it is not repeated.
        msg = (
            f"{_VARIABLE}: not a URL; expected something such as duckdb:///warehouse.duckdb, "
            "postgresql://user@host/database, spark://host:7077 or local[*]."
        )
        raise SettingsError(msg) from None
    backend = parsed.get_backend_name()
    if backend == "duckdb":
        return DuckDBWarehouse(Path(parsed.database) if parsed.database else None)
    if backend in {"postgresql", "postgres"}:
        from resources.warehouse.postgres import PostgresWarehouse

        return FilesBeside(PostgresWarehouse(url), DuckDBWarehouse())
    _check_dialect(parsed)

    return FilesBeside(SqlAlchemyWarehouse(url), DuckDBWarehouse())


def _check_dialect(url: sa.URL) -> None:
    """Say which package is missing, before anything is asked of the warehouse."""
    try:
        url.get_dialect().import_dbapi()
    except (sa.exc.NoSuchModuleError, ImportError) as error:
        msg = (
            f"{_VARIABLE}: {url.drivername} needs a package that is not installed ({error}); "
            "docs/warehouses.md names the package of each database."
        )
        raise SettingsError(msg) from error
