"""The suite in PostgreSQL and in Spark says what it says of a data frame here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from monitoring.errors import MonitorError
from monitoring.partitions import Partitions
from monitoring.quality.generate import generate_suite
from monitoring.quality.outcome import ExpectationOutcome, OutcomeState
from monitoring.quality.stated import stated_suite
from monitoring.quality.suite import parse_suite
from monitoring.quality.summary import summarise_columns
from monitoring.spec.columns import watched_columns
from monitoring.spec.model import MonitorSpec
from resources.expectations import GreatExpectations
from resources.quality_runner import QualityRun
from resources.quality_suites import CurrentSuite
from resources.warehouse.open import open_warehouse
from resources.warehouse.query import Query
from tests.integration.conftest import Place, into_duckdb, into_files, into_postgres
from tests.integration.spark_cluster import ROOT, running_connect

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from monitoring.quality.expectation import Expectation

START = datetime(2024, 3, 1, tzinfo=UTC)
OWN = """{"expectations": [
  {"type": "expect_column_mean_to_be_between", "kwargs": {"column": "amount", "max_value": 3}},
  {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "colour"}},
  {"type": "expect_column_pair_values_a_to_be_greater_than_b",
   "kwargs": {"column_A": "wait", "column_B": "answer", "or_equal": true,
              "ignore_row_if": "either_value_is_missing"}},
  {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "id", "regex": "^P"}},
  {"type": "expect_column_max_to_be_between",
   "kwargs": {"column": "at", "max_value": "2024-03-01T01:00:00+00:00"}},
  {"type": "expect_column_pair_values_a_to_be_greater_than_b",
   "kwargs": {"column_A": "amount", "column_B": "a.b `c` \\"d\\"",
              "ignore_row_if": "either_value_is_missing"}},
  {"type": "expect_column_max_to_be_between",
   "kwargs": {"column": "seen", "max_value": "2024-03-01"}},
  {"type": "expect_column_min_to_be_between",
   "kwargs": {"column": "day", "min_value": "2024-03-01T00:00:00+00:00"}},
  {"type": "expect_column_values_to_be_between",
   "kwargs": {"column": "seen", "min_value": "2024-03-01T03:00:00+01:00"}},
  {"type": "expect_column_max_to_be_between", "kwargs": {"column": "gone", "max_value": 3}}
]}"""


def monitor(engine: str, name: Callable[[str], str] = str) -> MonitorSpec:
    """Return a monitor whose rows are validated by *engine*, of tables that are called so."""
    return MonitorSpec.model_validate(
        {
            "model": "m",
            "task": "binary_classification",
            "positive_class": 1,
            "start": "2024-03-01",
            "predictions": {
                "table": name("p"),
                "id": "id",
                "timestamp": "at",
                "prediction": "answer",
                "score": "score",
            },
            "actuals": {"table": name("a"), "id": "id", "label": "label", "timestamp": "known"},
            "reference": {"table": "r", "label": "label"},
            "quality": {"engine": engine, "max_age": "1h"},
        }
    )


def faultless(rows: int = 100) -> dict[str, Any]:
    """Return the columns of a day without faults."""
    return {
        "id": [f"P{i}" for i in range(rows)],
        "at": [START + timedelta(minutes=14 * i) for i in range(rows)],
        "amount": [float(i % 10) for i in range(rows)],
        "wait": [i % 7 for i in range(rows)],
        "colour": [("red", "green", "it's: blue")[i % 3] for i in range(rows)],
        "100% größe :x $y": [i % 2 == 0 for i in range(rows)],
        'a.b `c` "d"': [float(i % 4) for i in range(rows)],
        "note": [f"note {i}" for i in range(rows)],
        "seen": [None if i % 3 == 0 else datetime(2024, 3, 1, i % 24) for i in range(1, rows + 1)],  # noqa: DTZ001
        "day": [None if i % 5 == 0 else date(2024, 3, 1) for i in range(1, rows + 1)],
        "score": [(i % 10) / 10 for i in range(rows)],
        "answer": [i % 2 for i in range(rows)],
    }


def broken() -> dict[str, Any]:
    """Return a day on which nearly everything is wrong."""
    return faultless() | {
        "id": [f"P{i}" for i in range(96)] + ["P3", "P3", "P4", None],
        "at": [START - timedelta(seconds=1), START + timedelta(days=2)] + [START] * 98,
        "amount": [float("nan")] * 30 + [None] * 20 + [float("inf")] * 10 + [-999.0] * 40,
        "wait": [None] * 50 + [10**9] * 50,
        "colour": ["ultraviolet"] * 40 + [None] * 20 + ["red"] * 40,
        "note": [""] * 60 + [None] * 40,
        'a.b `c` "d"': [float("nan")] * 10 + [None] * 10 + [1e9] * 80,
        "score": [1.5, float("nan"), None] + [0.5] * 97,
        "answer": [7] * 100,
    }


#: What both engines say of the tables in a folder, the second through Spark Connect.
CONNECT = """
import json, sys
from tests.integration.conftest import Place
from tests.integration.test_quality_pushdown import outcomes, shape

url, folder = sys.argv[1:]
place = Place(url, lambda name: f"{folder}/{name}.parquet")
engines = ("pandas", "spark")
print(json.dumps([[shape(each) for each in outcomes(engine, place)] for engine in engines]))
"""

LABELS: dict[str, Any] = {
    "id": ["P1", "P2", "P3", "P3", None],
    "label": [0, 7, None, 1, 1],
    "known": [START + timedelta(hours=9)] * 5,
}
SUITE = [
    *generate_suite(
        monitor("sql"),
        summarise_columns(
            pa.table(faultless(2_000)),
            watched_columns(monitor("sql"), pa.table(faultless(1)).schema),
        ),
    ),
    *stated_suite(monitor("sql"), ["0", "1"]),
    *parse_suite(OWN, "own.json"),
]


def outcomes(
    engine: str,
    place: Place,
    now: datetime = START + timedelta(days=1),
    suite: Sequence[Expectation] = (),
) -> tuple[ExpectationOutcome, ...]:
    """Return what *engine* says *now* of the day at *place*."""
    run = QualityRun(
        Query(monitor(engine, place.name), open_warehouse(place.url)),
        GreatExpectations(None, place.url),
        CurrentSuite(tuple(suite or SUITE)),
        {},
        now,
    )

    return run.validate(Partitions(("2024-03-01",)))["2024-03-01"].outcomes


def shape(outcome: ExpectationOutcome) -> tuple[object, ...]:
    """
    Return what must be the same whatever the engine.

    Whole numbers with nulls are floats in a data frame, and repeated values come in any order.
    """
    values = sorted(value.removesuffix(".0") for value in outcome.unexpected_values)

    return outcome.expectation.id, outcome.state, outcome.unexpected_count, values


@pytest.fixture(params=["sql", "spark"])
def engine(request: pytest.FixtureRequest) -> str:
    """
    Return what validates where the rows are.
    """
    return str(request.param)


@pytest.fixture
def placed(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[dict[str, Any]], Place]:
    """
    Write a day's columns, and its labels, where *engine* finds them.
    """

    def write(columns: dict[str, Any]) -> Place:
        kinds = pa.table(faultless(1)).schema
        tables = {"p": pa.table(columns, kinds), "a": pa.table(LABELS)}
        if engine == "sql":
            return into_postgres(tables, request.getfixturevalue("database"))

        return Place(request.getfixturevalue("cluster"), into_files(tables, tmp_path).name)

    return write


class TestPushDown:
    """`engine: sql` and `engine: spark` beside `engine: pandas`."""

    @pytest.mark.parametrize(
        "columns", [faultless(), broken(), faultless(0)], ids=["well", "ill", "empty"]
    )
    def test_same_verdicts(
        self,
        engine: str,
        placed: Callable[[dict[str, Any]], Place],
        columns: dict[str, Any],
    ) -> None:
        """
        Every expectation has the same verdict, count and values.
        """
        place = placed(columns)

        frames, there = outcomes("pandas", place), outcomes(engine, place)

        assert [shape(each) for each in frames] == [shape(each) for each in there]

    def test_findings(self, engine: str, placed: Callable[[dict[str, Any]], Place]) -> None:
        """
        What is wrong with the day is found where it lies, NaN among what is missing.
        """
        found = {
            each.expectation.id: each.unexpected_count
            for each in outcomes(engine, placed(broken()))
            if each.state is OutcomeState.FAILED
        }

        assert 48 == found["expect_column_values_to_not_be_null:amount"]
        assert 50 == found["expect_column_values_to_be_between:amount"]
        assert {"label", "id"} & {key.split(":")[1] for key in found if key.endswith("actuals")}

    def test_future(self, engine: str, placed: Callable[[dict[str, Any]], Place]) -> None:
        """
        Predictions that were made after the run are found wherever they lie.
        """
        place, now = placed(faultless()), START + timedelta(hours=6)

        for each in ("pandas", engine):
            [found] = [
                outcome
                for outcome in outcomes(each, place, now)
                if outcome.expectation.id == "expect_column_values_to_be_between:at:now"
            ]
            # One in 14 minutes: the 27th is the last within six hours and five minutes.
            assert (OutcomeState.FAILED, 73) == (found.state, found.unexpected_count)

    def test_query_of_a_person(
        self, placed: Callable[[dict[str, Any]], Place], engine: str
    ) -> None:
        """
        A query for rows that must not be, as Great Expectations exports it, runs in the database.

        Data frames, here and in Spark, cannot answer it: there it is errored, and says so.
        """
        item = {
            "type": "unexpected_rows_expectation",
            "kwargs": {"unexpected_rows_query": "SELECT * FROM {batch} WHERE amount > 8"},
        }
        suite = parse_suite(json.dumps({"expectations": [item]}), "own.json")
        place = placed(faultless())
        found = {each: outcomes(each, place, suite=suite)[0].state for each in ("pandas", engine)}

        there = OutcomeState.FAILED if engine == "sql" else OutcomeState.ERRORED
        assert {"pandas": OutcomeState.ERRORED, engine: there} == found

    def test_connect(self, tmp_path: Path) -> None:
        """
        Spark Connect says the same, in a process of its own, as Spark demands.
        """
        tables = {"p": pa.table(broken(), pa.table(faultless(1)).schema), "a": pa.table(LABELS)}
        into_files(tables, tmp_path)
        with running_connect(tmp_path) as url:
            done = subprocess.run(  # noqa: S603 - our own interpreter
                [sys.executable, "-W", "ignore", "-c", CONNECT, url, str(tmp_path)],
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                check=True,
                capture_output=True,
                text=True,
            )
        frames, there = json.loads(done.stdout.splitlines()[-1])

        assert there
        assert frames == there

    @pytest.mark.parametrize("wanted", ["sql", "spark"])
    def test_other_warehouse(self, wanted: str, tmp_path: Path) -> None:
        """
        A warehouse of another kind is told so, with the remedy.
        """
        place = into_duckdb({"p": pa.table(faultless()), "a": pa.table(LABELS)}, tmp_path)

        with pytest.raises(MonitorError, match="write engine: pandas"):
            outcomes(wanted, place)
