"""Which warehouse a URL means."""

from pathlib import Path

from sqlalchemy.engine import make_url

from monitoring.errors import SettingsError
from resources.warehouse.duckdb import DuckDBWarehouse
from resources.warehouse.warehouse import Warehouse


def open_warehouse(url: str) -> Warehouse:
    """
    Return the warehouse at *url*; nothing is opened until it is asked something.

    Raises:
        SettingsError: when no warehouse speaks this URL.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "duckdb":
        return DuckDBWarehouse(Path(parsed.database) if parsed.database else None)

    msg = (
        f"MONITOR_WAREHOUSE_URL: {parsed.get_backend_name()} is not supported yet; "
        "use duckdb:///FILE, or duckdb:// with the paths of Parquet files in the monitors."
    )
    raise SettingsError(msg)
