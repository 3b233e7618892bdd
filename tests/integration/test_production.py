"""Everything on PostgreSQL: the warehouse, the results, and what Dagster remembers."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa

from monitoring.labels.lateness import LATE
from monitoring.labels.settling import SETTLING
from tests.integration import offers
from tests.integration.conftest import Place, execute, into_files, into_postgres

#: What two runs of the same days may differ in: when they ran, and the last digits of sums.
VARIES = ("as_of", "run_id", "value", "lower", "upper", "threshold_low", "threshold_high")

AS_OF = ("--as-of", offers.AS_OF.isoformat())

MAIN = "from monitoring_pipelines.cli.app import main; main()"


@dataclass(frozen=True)
class Deployment:
    """A home, and the environment of the processes that work on it."""

    home: Path
    environment: dict[str, str]

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start the command line in a process of its own."""
        return subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", MAIN, *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> str:
        """Run the command line, and return what it printed."""
        return finished([self.start(*arguments)])[0]


def finished(processes: Sequence["subprocess.Popen[str]"]) -> list[str]:
    """Return what each of *processes* printed; all of them must have succeeded."""
    told = [process.communicate(timeout=300) for process in processes]
    assert [0] * len(processes) == [process.returncode for process in processes], told

    return [out for out, _ in told]


def deployment(home: Path, place: Place, results: str) -> Deployment:
    """Return a deployment with one monitor, whose tables are at *place*."""
    (home / "monitors").mkdir(parents=True)
    (home / "dagster").mkdir()
    document = offers.document(place.name) | {
        "features": ["amount", "city"],
        "windows": {"drift": ["1d"], "performance": ["1d"]},
        "quality": {"generate": False},
    }
    (home / "monitors" / "offers.yaml").write_text(json.dumps(document))
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "MONITOR_HOME": str(home),
        "MONITOR_MONITORS": str(home / "monitors"),
        "MONITOR_WAREHOUSE_URL": place.url,
        "MONITOR_RESULTS_URL": results,
        "DAGSTER_HOME": str(home / "dagster"),
    }

    return Deployment(home, environment)


@pytest.fixture
def production(server: sa.URL, database: sa.URL, tmp_path: Path) -> Deployment:
    """
    A deployment whose warehouse, results and Dagster storage are databases on one server.
    """
    place = into_postgres(offers.tables(), database)
    urls = []
    for name in ("results", "dagster"):
        execute(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
        urls.append(server.set(database=name).render_as_string(hide_password=False))
    made = deployment(tmp_path / "production", place, urls[0])
    configuration = {
        "storage": {"postgres": {"postgres_url": urls[1]}},
        "telemetry": {"enabled": False},
    }
    (made.home / "dagster" / "dagster.yaml").write_text(json.dumps(configuration))

    return made


class TestProduction:
    """Three days of a model, two of them computed at the same time."""

    def test_three_days(self, production: Deployment, tmp_path: Path) -> None:
        """
        The numbers are those of one embedded run, and each day is materialized once.
        """
        production.run("upgrade")
        production.run("run", "--from", "2026-03-28", "--to", "2026-03-28", *AS_OF)
        days = ("2026-03-29", "2026-03-30")
        finished([production.start("run", "--from", day, "--to", day, *AS_OF) for day in days])
        place = into_files(offers.tables(), tmp_path)
        embedded = deployment(tmp_path / "embedded", place, f"sqlite:///{tmp_path / 'results.db'}")
        embedded.run("run", "--from", "2026-03-28", "--to", "2026-03-30", *AS_OF)

        ours, theirs = (measurements(each) for each in (production, embedded))
        assert len(theirs) > 100
        assert [_fixed(row) for row in theirs] == [_fixed(row) for row in ours]
        assert [float(row["value"] or "nan") for row in theirs] == pytest.approx(
            [float(row["value"] or "nan") for row in ours], nan_ok=True
        )
        with dg.DagsterInstance.from_config(production.environment["DAGSTER_HOME"]) as instance:
            for step in ("predictions", "drift", "actuals", "performance"):
                found = instance.fetch_materializations(dg.AssetKey(["offers", step]), limit=10)
                assert ["2026-03-28", *days] == sorted(
                    str(record.partition_key) for record in found.records
                )


def measurements(deployed: Deployment) -> list[dict[str, str]]:
    """Return the rows of the results table, in a fixed order."""
    found = csv.DictReader(io.StringIO(deployed.run("results", "--format", "csv")))
    # What is said of how labels come is learnt from the days that were read before.
    rows = [row for row in found if row["metric"] not in {LATE, SETTLING}]

    return sorted(rows, key=lambda row: [row[key] for key in row if key not in VARIES])


def _fixed(row: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in row.items() if key not in VARIES}
