"""
What a window of stored days costs: ``python benchmarks/window.py [--days N] [--rows N]``.

Profiles days of 30 columns (20 numbers, 10 texts) into a results store, once, and then times what a
window takes: reading and decoding the days, adding them, and measuring their drift.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
from contenders.performance_ours import monitor
from contest import print_machine
from rows import drift_rows

from monitoring.measures.drift import drift_measures
from monitoring.measures.multivariate import multivariate_measures
from monitoring.profile.collecting import merged
from monitoring.profile.grouping import Group
from monitoring.profile.layout import TableLayout, infer_type
from monitoring.profile.table import TableProfile
from monitoring.results import Measure
from resources.journal import Journal
from resources.results.store import ResultsStore

T = TypeVar("T")

_REFERENCE_ROWS = 200_000
_ROUNDS = 15


def main() -> None:
    """Store the days, time the window and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--rows", type=int, default=10_000, help="rows of a day")
    options = parser.parse_args()
    days = [(date(2026, 1, 1) + timedelta(days=day)).isoformat() for day in range(options.days)]

    rows = pa.concat_tables(drift_rows(_REFERENCE_ROWS, shift=0.0, seed=1))
    types = {field.name: infer_type(field.type, column=field.name) for field in rows.schema}
    layout = TableLayout.of(rows, types)
    reference, empty = TableProfile.of(rows, layout), TableProfile.empty(layout)
    with tempfile.TemporaryDirectory() as folder:
        store = ResultsStore(f"sqlite:///{folder}/results.db")
        store.upgrade()
        journal = Journal(monitor(Path(folder)), store)
        _store(journal, layout, days, rows=options.rows)

        def measured(profiles: dict[Group, TableProfile]) -> list[Measure]:
            window = merged(profiles.values(), empty=empty)
            return [*drift_measures(reference, window), *multivariate_measures(reference, window)]

        profiles = journal.table_profiles(days, layout=layout)
        stored = sum(len(profile.encode()) for profile in profiles.values()) / len(profiles)
        timings = {
            "reading and decoding the days": lambda: journal.table_profiles(days, layout=layout),
            "adding them": lambda: merged(profiles.values(), empty=empty),
            "from the store to the measures": lambda: measured(
                journal.table_profiles(days, layout=layout)
            ),
        }
        print(f"A window of {options.days} days, {options.rows:,} rows each, 30 columns;")
        print(f"{len(measured(profiles))} measures; {stored / 1000:.0f} kB a day.")
        print_machine(rounds=_ROUNDS)
        print("| | wall ms | CPU ms |")
        print("|---|---|---|")
        for name, work in timings.items():
            wall, cpu = _timed(work)
            print(f"| {name} | {wall:.0f} | {cpu:.0f} |")
        store.close()


def _store(journal: Journal, layout: TableLayout, days: list[str], *, rows: int) -> None:
    profiles = {
        Group(day): TableProfile.of(
            pa.concat_tables(drift_rows(rows, shift=0.05, seed=seed)), layout
        )
        for seed, day in enumerate(days)
    }
    journal.save_table_profiles(profiles, layout=layout.fingerprint, as_of=datetime.now(UTC))


def _timed(work: Callable[[], T]) -> tuple[float, float]:
    """Return the median milliseconds by the clock and of the processor."""
    walls, processors = [], []
    for _ in range(_ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - cpu)

    return 1000 * statistics.median(walls), 1000 * statistics.median(processors)


if __name__ == "__main__":
    main()
