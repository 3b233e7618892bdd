"""The demo's warehouse, built once for all tests: the whole year takes a few seconds."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from monitoring_pipelines.demo.warehouse import build_warehouse


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the whole year, and return where it lies."""
    pytest.importorskip("sklearn")
    path = tmp_path_factory.mktemp("demo") / "warehouse.duckdb"
    build_warehouse(path, progress=lambda _: None)

    return path


@pytest.fixture
def connection(year: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the year for reading: with UTC days, and a view of the labels as they end up."""
    with duckdb.connect(str(year), read_only=True) as opened:
        opened.execute("SET TimeZone = 'UTC'")
        opened.execute(
            "CREATE TEMP VIEW labels AS SELECT prediction_id, min(recorded_at) AS first_at, "
            "arg_max(delayed, recorded_at) AS delayed FROM actuals.flight_delay GROUP BY ALL"
        )
        yield opened
