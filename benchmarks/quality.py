"""
What a day's validation costs: CPU seconds of generated suites on made-up rows.

Run it with ``python benchmarks/quality.py [ROWS …]``; 950, 100,000 and 1,000,000 by default.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from monitoring.quality.day import for_day
from monitoring.quality.distinct import DistinctDay
from monitoring.quality.generate import generate_suite
from monitoring.quality.stated import stated_suite
from monitoring.quality.summary import ColumnSummary, summarise_columns
from monitoring.spec.model import FeatureType, MonitorSpec
from resources.expectations import GreatExpectations

#: The best of so many runs counts.
REPEATS = 3

START = datetime(2026, 1, 1, tzinfo=UTC)
NUMBERS = [f"number_{i}" for i in range(6)]
WORDS = [f"word_{i}" for i in range(4)]
MONITOR = MonitorSpec.model_validate(
    {
        "model": "benchmark",
        "task": "binary_classification",
        "predictions": {
            "table": "predictions",
            "id": "id",
            "timestamp": "at",
            "prediction": "answer",
            "score": "score",
            "version": "version",
        },
        "reference": {"table": "reference", "label": "label"},
    }
)


def made_up(rows: int) -> pa.Table:
    """Return *rows* rows of one day: 6 numbers, 4 words of 30 each, and the model's own columns."""
    random = np.random.default_rng(7)
    words = np.array([f"word {i}" for i in range(30)])
    seconds = np.sort(random.integers(0, 86_400, rows)).astype("timedelta64[s]")
    columns: dict[str, pa.Array[Any]] = {
        "id": pa.array([f"P{i:08}" for i in range(rows)]),
        "at": pa.array(np.datetime64("2026-01-01", "us") + seconds).cast(pa.timestamp("us", "UTC")),
        "score": pa.array(random.random(rows)),
        "answer": pa.array(random.integers(0, 2, rows)),
        "version": pa.array(["v1"] * rows),
    }
    columns |= {name: pa.array(random.normal(size=rows)) for name in NUMBERS}
    columns |= {name: pa.array(words[random.integers(0, 30, rows)]) for name in WORDS}

    return pa.table(columns)


def broken(rows: int) -> pa.Table:
    """Return the same day with every third value missing and the others not as expected."""
    table = made_up(rows)
    gone = np.arange(rows) % 3 == 0
    for name in [*NUMBERS, *WORDS]:
        wrong = np.full(rows, 1e6) if name in NUMBERS else np.full(rows, "unknown")
        place = table.column_names.index(name)
        table = table.set_column(place, name, pa.array(wrong, mask=gone))

    return table


def dated(column: ColumnSummary) -> ColumnSummary:
    """Return *column* as of a week of days that are alike, which bounds its distinct values."""
    if not column.curve:
        return column
    day = DistinctDay(column.rows // 7, float(column.distinct or 0), column.top)

    return replace(column, daily_distinct=(day,) * 7)


def main(sizes: list[int]) -> None:
    """Print what validating each of *sizes* costs, the import apart."""
    types = dict.fromkeys(NUMBERS, FeatureType.NUMERIC)
    types |= dict.fromkeys([*WORDS, "answer", "version"], FeatureType.CATEGORICAL)
    reference = made_up(50_000)
    columns = [dated(column) for column in summarise_columns(reference, types)]
    suite = [
        *generate_suite(MONITOR, columns, known=reference.column_names),
        *stated_suite(MONITOR),
    ]
    validator = GreatExpectations()

    started = time.process_time()
    validator.validate(made_up(10), suite[:4])
    print(f"import and context: {time.process_time() - started:.2f} s CPU")

    for rows in sizes:
        expectations = for_day(
            suite,
            start=START,
            end=START + timedelta(days=1),
            rows=rows,
            weekday_history=[rows] * 8,
            now=START + timedelta(days=1),
        )
        for table in (made_up(rows), broken(rows)):
            seconds = []
            for _ in range(REPEATS):
                started = time.process_time()
                outcomes = validator.validate(table, expectations)
                seconds.append(time.process_time() - started)
            passed = sum(outcome.state == "passed" for outcome in outcomes)
            print(
                f"{rows:>9,} rows, {table.num_columns} columns, {len(expectations)} expectations,"
                f" {passed} passed: {min(seconds):.3f} s CPU"
            )


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [950, 100_000, 1_000_000])
