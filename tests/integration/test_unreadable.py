"""Values of another type than their column: only they are left out, and they are counted."""

import csv
import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest

from monitoring.partitions import Partitions
from monitoring.profile.excluding import Reason
from monitoring.profile.grouping import Group
from monitoring.spec.model import MonitorSpec
from resources.reference_builder import build_reference_of
from resources.warehouse.open import open_warehouse
from resources.warehouse.pulling import pull_outcomes, pull_predictions
from resources.warehouse.query import Query

Row: TypeAlias = dict[str, object]
Write: TypeAlias = Callable[[Path, dict[str, list[Row]]], MonitorSpec]

AS_OF = datetime(2026, 4, 1, tzinfo=UTC)
DAYS = Partitions(("2026-03-01", "2026-03-02"))
FIRST = datetime(2026, 3, 1)  # noqa: DTZ001 - SQLite and CSV files know no zones

#: The first day has more rows than DuckDB looks at to guess a type, and than a batch of SQLite.
ROWS = (22_000, 40)

TYPES = {
    "id": "VARCHAR",
    "at": "TIMESTAMP",
    "amount": "DOUBLE",
    "visits": "BIGINT",
    "born": "DATE",
    "member": "BOOLEAN",
    "city": "VARCHAR",
    "plan": "BIGINT",
    "release": "BIGINT",
    "score": "DOUBLE",
    "said": "BIGINT",
    "label": "BIGINT",
    "recorded": "TIMESTAMP",
}

#: What stands where on the second day; at the end of the first one an amount.
BROKEN: tuple[tuple[int, str, object], ...] = (
    (21_990, "amount", "much"),
    (22_001, "amount", "more"),
    (22_002, "visits", 1.5),
    (22_003, "born", "once"),
    (22_004, "member", "perhaps"),
    (22_005, "plan", "gold"),
    (22_005, "amount", "most"),
    (22_006, "score", "high"),
    (22_007, "said", "maybe"),
    (22_008, "at", "someday"),
)
BROKEN_LABELS: tuple[tuple[int, str, object], ...] = (
    (22_010, "label", "unsure"),
    (22_011, "recorded", "later"),
)


def prediction(number: int) -> Row:
    """Return a prediction, of the second day after so many of the first."""
    day, within = divmod(number, ROWS[0])

    return {
        "id": f"id {number}",
        "at": (FIRST + timedelta(days=day, seconds=within)).isoformat(" "),
        "amount": number % 100 + 0.5,
        "visits": number % 7,
        "born": (date(1980, 1, 1) + timedelta(days=number % 300)).isoformat(),
        "member": "true" if number % 3 else "false",
        "city": ("Jena", "Bonn", "Ulm")[number % 3],
        "plan": number % 2,
        "release": 1 + number % 2,
        "score": number % 11 / 11,
        "said": number % 2,
    }


def label(number: int) -> Row:
    """Return the label of a prediction, recorded a week later."""
    recorded = (FIRST + timedelta(days=7)).isoformat(" ")

    return {"id": f"id {number}", "label": number % 2, "recorded": recorded}


def tables(*, broken: bool) -> dict[str, list[Row]]:
    """Return the rows of all tables, with nulls in place of what is *broken* otherwise."""
    predictions = [prediction(number) for number in range(sum(ROWS))]
    actuals = [label(number) for number in range(sum(ROWS))]
    for rows, wrong in ((predictions, BROKEN), (actuals, BROKEN_LABELS)):
        for number, name, value in wrong:
            rows[number][name] = value if broken else None

    training = [prediction(number) | label(number) for number in range(200)]

    return {"predictions": predictions, "actuals": actuals, "training": training}


def spec_of(predictions: str, actuals: str, training: str) -> MonitorSpec:
    """Return the monitor of the tables."""
    return MonitorSpec.model_validate(
        {
            "model": "offers",
            "task": "binary_classification",
            "positive_class": 1,
            "start": "2026-03-01",
            "predictions": {
                "table": predictions,
                "id": "id",
                "timestamp": "at",
                "score": "score",
                "prediction": "said",
                "version": "release",
            },
            "actuals": {
                "table": actuals,
                "id": "id",
                "label": "label",
                "timestamp": "recorded",
                "delay": "1d",
            },
            "reference": {"table": training, "label": "label"},
            "features": ["amount", "visits", "born", "member", "city"],
            "segments": ["plan"],
        }
    )


def into_sqlite(folder: Path, rows: dict[str, list[Row]]) -> MonitorSpec:
    """Write the tables into a file of SQLite, which lets any value stand anywhere."""
    with sqlite3.connect(folder / "lake.db") as connection:
        for name, found in rows.items():
            columns = ", ".join(f"{key} {TYPES[key]}" for key in found[0])
            connection.execute(f"CREATE TABLE {name} ({columns})")
            marks = ", ".join("?" * len(found[0]))
            connection.executemany(
                f"INSERT INTO {name} VALUES ({marks})",  # noqa: S608
                [tuple(row.values()) for row in found],
            )
    connection.close()

    return spec_of("predictions", "actuals", "training")


def into_csv(folder: Path, rows: dict[str, list[Row]]) -> MonitorSpec:
    """Write each table into a CSV file."""
    for name, found in rows.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, found[0].keys())
            writer.writeheader()
            writer.writerows(found)

    return spec_of(*(str(folder / f"{name}.csv") for name in rows))


@pytest.fixture(params=[into_sqlite, into_csv], ids=["sqlite", "csv"])
def write(request: pytest.FixtureRequest) -> Write:
    """
    Write tables somewhere where nothing guards the types.
    """
    return request.param  # type: ignore[no-any-return]


def query_of(folder: Path, spec: MonitorSpec) -> Query:
    """Return the queries of the tables in *folder*."""
    there = folder / "lake.db"

    return Query(spec, open_warehouse(f"sqlite:///{there}" if there.exists() else "duckdb://"))


class TestValues:
    """A value that is not of its column's type."""

    def test_as_null(self, tmp_path: Path, write: Write) -> None:
        """
        It counts as missing, and is told of by the column; every other number stays as it is.

        Regression: one text among 22,000 numbers stopped the step.
        """
        queries = []
        for broken in (True, False):
            folder = tmp_path / str(broken)
            folder.mkdir()
            queries.append(query_of(folder, write(folder, tables(broken=broken))))
        reference = build_reference_of(queries[0], as_of=AS_OF, fixed={})
        found = []
        for query in queries:
            rows = pull_predictions(query, reference.layout, DAYS, as_of=AS_OF)
            found.append((rows, pull_outcomes(query, reference, DAYS, as_of=AS_OF)))
        (rows, outcomes), (rows_expected, outcomes_expected) = found

        assert rows.profiles.keys() == rows_expected.profiles.keys()
        for group, profile in rows.profiles.items():
            assert profile.encode() == rows_expected.profiles[group].encode()
        assert (22_000, 39) == tuple(rows.profiles[Group(day)].rows for day in DAYS.keys)
        first, second = (rows.excluded[day] for day in DAYS.keys)
        assert {Reason.UNREADABLE_VALUE: 1} == +Counter(first.counts)
        assert {Reason.UNREADABLE_VALUE: 7, Reason.MISSING_TIMESTAMP: 1} == +Counter(second.counts)
        assert {"amount: 1"} == set(first.details.values())
        told = second.details[Reason.UNREADABLE_VALUE]
        assert {
            "amount: 2",
            "visits: 1",
            "born: 1",
            "member: 1",
            "said: 1",
            "score: 1",
            "plan: 1",
        } == set(told.split(", "))

        assert outcomes.profiles.keys() == outcomes_expected.profiles.keys()
        for group, labelled in outcomes.profiles.items():
            expected = outcomes_expected.profiles[group]
            assert labelled.outcomes.encode() == expected.outcomes.encode()
        wrong = outcomes.excluded[DAYS.keys[1]].counts
        usual = outcomes_expected.excluded[DAYS.keys[1]].counts
        assert +Counter(wrong) == Counter(usual) + Counter({Reason.UNREADABLE_LABEL: 1})
