"""Tests of predictions that a table holds more than once, against counting by hand."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.partitions import Partitions
from monitoring.spec.parse import read_monitor
from resources.warehouse import repeats
from resources.warehouse.duckdb import DuckDBWarehouse
from resources.warehouse.query import PARTITION, Query
from resources.warehouse.warehouse import read_table

MONITOR = """
model: churn
task: binary_classification
start: 2026-01-01
predictions: {{table: {path}, id: id, timestamp: at, score: score}}
positive_class: 1
reference: {{window: {{start: 2026-01-01, end: 2026-01-02}}}}
"""
FIRST = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAYS = Partitions(("2026-01-01", "2026-01-02"))

#: An id, the day, and a feature that may differ, be null or be NaN.
ROWS = st.lists(
    st.tuples(
        st.sampled_from([None, "a", "b", "c"]),
        st.sampled_from([0, 1]),
        st.sampled_from([None, 1.0, 2.0, float("nan")]),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    A place for files.
    """
    return tmp_path_factory.mktemp("repeats")


def query_of(folder: Path, rows: list[tuple[str | None, int, float | None]]) -> Query:
    """Return the questions of a monitor of *rows*."""
    path = folder / "rows.parquet"
    ids, days, amounts = zip(*rows, strict=True) if rows else ((), (), ())
    table = pa.table(
        {
            "id": pa.array(ids, pa.string()),
            "at": pa.array(
                [FIRST + timedelta(days=day) for day in days], pa.timestamp("us", "UTC")
            ),
            "amount": pa.array(amounts, pa.float64()),
            "score": pa.array([0.5] * len(rows), pa.float64()),
        }
    )
    pq.write_table(table, path)
    spec = read_monitor(MONITOR.format(path=path), source=str(folder / "m.yaml")).spec

    return Query(spec, DuckDBWarehouse()).without_repeats(["amount"])


class TestRepeats:
    """Copies count once, contradictions do not."""

    @settings(max_examples=30)
    @given(rows=ROWS)
    def test_by_hand(self, folder: Path, rows: list[tuple[str | None, int, float | None]]) -> None:
        """
        Rows of one id and day are one row or none; nulls equal nulls, and NaN equals NaN.
        """
        query = query_of(folder, rows)
        groups: dict[tuple[str, int], list[str]] = defaultdict(list)
        for identity, day, amount in rows:
            if identity is not None:
                groups[identity, day].append(str(amount))
        agreed = [key for key, values in groups.items() if len(set(values)) == 1]
        several = {key for key, values in groups.items() if len(values) > 1}

        kept = read_table(query.warehouse, query.predictions(["id", "amount"], DAYS))
        found = read_table(query.warehouse, repeats.repeats(query.identified(DAYS, ["amount"])))
        kinds = read_table(
            query.warehouse, repeats.kinds_of_repeats(query.identified(DAYS, ["amount"]))
        ).to_pylist()

        nobodys = sum(identity is None for identity, _, _ in rows)
        assert len(agreed) + nobodys == kept.num_rows
        assert {DAYS.keys[day] for _, day in several} == set(found[repeats.DAY].to_pylist())
        copies = sum(len(groups[key]) - 1 for key in agreed)
        assert copies == sum(row[repeats.DUPLICATES] for row in kinds)
        contradictions = [values for values in groups.values() if len(set(values)) > 1]
        assert sum(map(len, contradictions)) == sum(row[repeats.CONFLICTS] for row in kinds)
        assert len(contradictions) == sum(row[repeats.IDS] for row in kinds)

    def test_columns(self, folder: Path) -> None:
        """
        The rows have the columns that they would have had, in their order.
        """
        query = query_of(folder, [("a", 0, 1.0), ("a", 0, 1.0)])
        found = read_table(query.warehouse, query.predictions(["amount", "id"], DAYS))

        assert [{"amount": 1.0, "id": "a", PARTITION: DAYS.keys[0]}] == found.to_pylist()
