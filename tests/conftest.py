"""A small world for all floors: one synthetic model, its tables, its store and its Dagster."""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import settings
from numpy.typing import NDArray

from assets.keys import daily_steps
from monitoring.results import Measurement
from monitoring.spec.model import MonitorSpec
from monitoring_pipelines.definitions import build_definitions
from monitoring_pipelines.runner import Runner, RunResult
from resources.clock import SetClock
from resources.delivery import Delivery
from resources.expectations import GreatExpectations
from resources.in_memory import RecordingNotifier
from resources.monitor_files import MonitorFile, MonitorFiles, load_monitor
from resources.registry import ModelRegistry
from resources.results.store import ResultsStore
from resources.warehouse.duckdb import DuckDBWarehouse

# Threads that wait for each other without resting make small fits slow on a shared machine. Read
# when scikit-learn is first imported, also by the processes that tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# How long an example takes says nothing on a shared machine.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

FIRST = date(2026, 1, 1)
ROWS = 200

MONITOR = """\
model: churn
task: binary_classification
start: 2026-01-01
predictions:
  {table: predictions, id: id, timestamp: at, prediction: said, score: score, version: version}
positive_class: 1
actuals: {table: actuals, id: id, label: label, timestamp: recorded, delay: 1d}
reference: {table: reference, label: label}
features: [amount, plan]
segments: [plan]
windows: {drift: [1d, 2d], performance: [1d, 2d]}
"""


def rows_of(
    first: date, days: int, *, seed: int, shift: float = 0.0, slope: float = 1.0
) -> pa.Table:
    """
    Return *days* of predictions beside their labels, which come six hours later.

    The truth has the log-odds *slope* times what the score says, so 1 is a perfect model.
    """
    generator = np.random.default_rng(seed)
    count = days * ROWS
    amount = generator.normal(shift, 1.0, count)
    score = 1 / (1 + np.exp(-amount))
    truth: NDArray[np.float64] = 1 / (1 + np.exp(-slope * amount))
    midnight = datetime.combine(first, datetime.min.time(), UTC)
    at = [midnight + timedelta(days=i // ROWS, minutes=i % ROWS) for i in range(count)]

    return pa.table(
        {
            "id": [f"{first}-{i}" for i in range(count)],
            "at": pa.array(at, pa.timestamp("us", "UTC")),
            "amount": amount,
            "plan": generator.choice(["basic", "pro"], count),
            "score": score,
            "said": (score >= 0.5).astype(int),
            "version": ["v1"] * count,
            "label": (generator.random(count) < truth).astype(int),
            "recorded": pa.array(
                [moment + timedelta(hours=6) for moment in at], pa.timestamp("us", "UTC")
            ),
        }
    )


@dataclass(frozen=True, slots=True)
class World:
    """One model in a home of its own, with everything real but the channel and the clock."""

    file: MonitorFile
    database: Path
    store: ResultsStore
    clock: SetClock
    notifier: RecordingNotifier
    resources: dict[str, object]
    definitions: dg.Definitions
    instance: dg.DagsterInstance

    @property
    def spec(self) -> MonitorSpec:
        """What the monitor file says."""
        return self.file.spec

    @property
    def runner(self) -> Runner:
        """What runs the jobs."""
        return Runner(self.definitions, self.instance)

    def sql(self, statement: str) -> None:
        """Change the warehouse."""
        with duckdb.connect(str(self.database)) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(statement)

    def learn(self) -> None:
        """Build the reference."""
        assert () == self.runner.reference(self.spec).failures

    def run(self, first: date, last: date | None = None) -> RunResult:
        """Compute the daily steps of the days from *first* to *last*."""
        return self.runner.days(self.spec, daily_steps(self.spec), first, last or first)

    def measured(self, **asked: str) -> list[Measurement]:
        """Return what was measured."""
        return list(self.store.measurements(model=self.spec.model, **asked))  # type: ignore[arg-type]

    def tick(self, sensor: str) -> tuple[list[dg.RunRequest], str]:
        """Evaluate a sensor as the daemon does; return what it asks for, and why it skips."""
        context = dg.build_sensor_context(
            instance=self.instance,
            resources=self.resources,
            definitions=self.definitions,
            sensor_name=sensor,
        )
        data = self.definitions.resolve_sensor_def(sensor).evaluate_tick(context)

        return list(data.run_requests or ()), data.skip_message or ""


MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[MakeWorld]:
    """
    Make a world of a monitor file and of predictions; by default three days like the reference.
    """
    opened: list[dg.DagsterInstance] = []

    def make(monitor: str = MONITOR, *, predictions: pa.Table | None = None) -> World:
        database, path = tmp_path / "warehouse.duckdb", tmp_path / "churn.yaml"
        known = rows_of(FIRST, 3, seed=1) if predictions is None else predictions
        reference = rows_of(date(2025, 12, 18), 14, seed=2)
        with duckdb.connect(str(database)) as connection:
            connection.register("known_rows", known)
            connection.register("reference_rows", reference)
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("CREATE TABLE reference AS SELECT * FROM reference_rows")
            connection.execute(
                "CREATE TABLE predictions AS SELECT * EXCLUDE (label, recorded) FROM known_rows"
            )
            connection.execute("CREATE TABLE actuals AS SELECT id, label, recorded FROM known_rows")
        path.write_text(monitor, "utf-8")
        file = load_monitor(path)
        assert isinstance(file, MonitorFile), file
        store = ResultsStore(f"sqlite:///{tmp_path / 'results.db'}")
        store.upgrade()
        clock, notifier = SetClock(datetime(2026, 1, 10, 6, tzinfo=UTC)), RecordingNotifier()
        resources: dict[str, object] = {
            "warehouse": DuckDBWarehouse(database),
            "results": store,
            "validator": GreatExpectations(),
            "registry": ModelRegistry(store, tmp_path / "models"),
            "delivery": Delivery(store, notifier, "http://localhost:3000"),
            "clock": clock,
        }
        definitions = build_definitions(MonitorFiles((file,), ()), resources)
        instance = dg.DagsterInstance.ephemeral()
        opened.append(instance)

        return World(file, database, store, clock, notifier, resources, definitions, instance)

    yield make
    for instance in opened:
        instance.dispose()


@pytest.fixture(scope="session")
def monitor_text() -> str:
    """
    Return the monitor file of the small world.
    """
    return MONITOR


@pytest.fixture(scope="session")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    Return a home for the results of learnt worlds; learning takes seconds.
    """
    return tmp_path_factory.mktemp("learnt")


@pytest.fixture
def make_learnt(make_world: MakeWorld, learnt: Path, tmp_path: Path) -> MakeWorld:
    """
    Make a world that has its reference, which is learnt once for all tests of a monitor file.
    """

    def make(monitor: str = MONITOR, *, predictions: pa.Table | None = None) -> World:
        world = make_world(monitor, predictions=predictions)
        name = hashlib.sha256(monitor.encode()).hexdigest()
        kept, results = learnt / name, tmp_path / "results.db"
        if kept.exists():
            shutil.copyfile(kept, results)
        else:
            world.learn()
            with closing(sqlite3.connect(results)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            shutil.copyfile(results, kept)

        return world

    return make


@pytest.fixture
def make_rows() -> Callable[..., pa.Table]:
    """
    Make rows of predictions with labels.
    """
    return rows_of
