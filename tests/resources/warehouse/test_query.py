"""Tests of the questions to the tables: which label counts at which moment, and on which day."""

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from monitoring.errors import ColumnNotFoundError
from monitoring.partitions import Partitions
from monitoring.spec.parse import read_monitor
from resources.warehouse.duckdb import DuckDBWarehouse
from resources.warehouse.latest_labels import CONFLICTS
from resources.warehouse.query import PARTITION, Query
from resources.warehouse.warehouse import read_table

FIRST = Partitions.of_days([date(2026, 1, 1)])
LATE = datetime(2026, 1, 9, tzinfo=UTC)

TABLES = """
CREATE TABLE predictions (id INTEGER, made TIMESTAMPTZ, score DOUBLE);
CREATE TABLE actuals (id INTEGER, label INTEGER, known TIMESTAMPTZ);
INSERT INTO predictions SELECT range, '2026-01-01 10:00:00+00', 0.5 FROM range(1, 4);
"""

MONITOR = """
model: churn
task: binary_classification
start: 2026-01-01
predictions: {table: predictions, id: id, timestamp: made, score: score}
positive_class: 1
actuals: {table: actuals, id: id, label: label, timestamp: known}
reference: {window: {start: 2026-01-01, end: 2026-01-02}}
"""


def ask(path: Path, *statements: str, monitor: str = MONITOR) -> Query:
    """Return the questions of a monitor on tables of our own."""
    with duckdb.connect(str(path / "w.duckdb")) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(TABLES)
        for statement in statements:
            connection.execute(statement)

    return Query(read_monitor(monitor, source="m.yaml").spec, DuckDBWarehouse(path / "w.duckdb"))


def labels(query: Query, *, as_of: datetime = LATE, column: str = "label") -> list[int | None]:
    """Return the labels of the three predictions of the first day, or what is beside them."""
    rows = read_table(query.warehouse, query.outcomes(FIRST, as_of=as_of, features=["id"]))

    return [row[column] for row in sorted(rows.to_pylist(), key=lambda row: int(row["id"]))]


class TestLabels:
    """The label that counts."""

    def test_as_of(self, tmp_path: Path) -> None:
        """A label counts from the moment at which it was recorded, and not before."""
        query = ask(tmp_path, "INSERT INTO actuals VALUES (1, 1, '2026-01-03 12:00:00+00')")

        assert [1, None, None] == labels(query, as_of=datetime(2026, 1, 3, 12, tzinfo=UTC))
        assert [None] * 3 == labels(query, as_of=datetime(2026, 1, 3, 11, 59, tzinfo=UTC))

    def test_latest_wins(self, tmp_path: Path) -> None:
        """A revision takes the place of what was known before it."""
        query = ask(
            tmp_path, "INSERT INTO actuals VALUES (1, 1, '2026-01-03'), (1, 0, '2026-01-04')"
        )

        assert [0, None, None] == labels(query)

    def test_ties(self, tmp_path: Path) -> None:
        """Latest labels that contradict each other leave no label; those that agree are one."""
        query = ask(
            tmp_path,
            "INSERT INTO actuals VALUES (1, 1, '2026-01-03'), (1, 0, '2026-01-03'),"
            " (2, 1, '2026-01-03'), (2, 1, '2026-01-03')",
        )

        assert [None, 1, None] == labels(query)

    def test_null_ties(self, tmp_path: Path) -> None:
        """A null that is tied with a value contradicts it; nulls alone contradict nothing."""
        query = ask(
            tmp_path,
            "INSERT INTO actuals VALUES (1, 1, '2026-01-03'), (1, NULL, '2026-01-03'),"
            " (2, NULL, '2026-01-03'), (2, NULL, '2026-01-03'), (3, 1, '2026-01-03')",
        )

        assert [None, None, 1] == labels(query)
        assert [1, 0, 0] == labels(query, column=CONFLICTS)

    def test_null_and_orphan(self, tmp_path: Path) -> None:
        """A latest label that is null takes the label back; one of no prediction adds no row."""
        query = ask(
            tmp_path,
            "INSERT INTO actuals VALUES (1, 1, '2026-01-03'), (1, NULL, '2026-01-04'),"
            " (99, 1, '2026-01-03')",
        )

        assert [None] * 3 == labels(query)

    def test_same_table(self, tmp_path: Path) -> None:
        """Predictions and actuals may be one table."""
        monitor = MONITOR.replace("table: actuals", "table: predictions").replace(
            "timestamp: known", "timestamp: made"
        )
        query = ask(
            tmp_path,
            "ALTER TABLE predictions ADD COLUMN label INTEGER",
            "UPDATE predictions SET label = id % 2",
            monitor=monitor,
        )

        assert [1, 0, 1] == labels(query)

    def test_no_time(self, tmp_path: Path) -> None:
        """Labels without a time are known at once."""
        monitor = MONITOR.replace(", timestamp: known", "")
        query = ask(tmp_path, "INSERT INTO actuals VALUES (1, 1, NULL)", monitor=monitor)

        assert [1, None, None] == labels(query, as_of=datetime(2020, 1, 1, tzinfo=UTC))


class TestDays:
    """Which rows are of a day."""

    @pytest.mark.parametrize(
        ("kind", "inside", "outside"),
        [
            ("TIMESTAMPTZ", "2026-01-02 00:59:59+01", "2026-01-01 23:59:59-01"),
            ("TIMESTAMP", "2026-01-01 23:59:59.999", "2026-01-02 00:00:00"),
            ("DATE", "2026-01-01", "2026-01-02"),
        ],
    )
    def test_utc(self, tmp_path: Path, kind: str, inside: str, outside: str) -> None:
        """Days are UTC days: zones are converted, and times without one are in UTC."""
        query = ask(
            tmp_path,
            "DROP TABLE predictions",
            f"CREATE TABLE predictions (id INTEGER, made {kind}, score DOUBLE)",
            f"INSERT INTO predictions VALUES (1, '{inside}', 0.1), (2, '{outside}', 0.2)",  # noqa: S608
        )
        rows = read_table(query.warehouse, query.predictions(["id"], FIRST))

        assert [{"id": 1, PARTITION: "2026-01-01"}] == rows.to_pylist()

    def test_arrivals(self, tmp_path: Path) -> None:
        """Only days that labels recorded after the watermark touch are named; silence has none."""
        query = ask(
            tmp_path, "INSERT INTO actuals VALUES (1, 1, '2026-01-03'), (99, 1, '2026-01-05')"
        )

        def days(since: datetime) -> list[str]:
            statement = query.label_arrivals(since=since, until=LATE)
            assert statement is not None
            return [
                str(day) for day in read_table(query.warehouse, statement)[PARTITION].to_pylist()
            ]

        assert ["2026-01-01"] == days(datetime(2026, 1, 2, tzinfo=UTC))
        assert [] == days(datetime(2026, 1, 3, tzinfo=UTC))


class TestColumns:
    """Columns that a table lacks."""

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ("score: skore", "predictions: no column 'skore'; did you mean 'score'?"),
            ("score: SCORE", "predictions: no column 'SCORE'; did you mean 'score'?"),
            ("score: weather", "predictions: no column 'weather'; it has id, made, score."),
        ],
    )
    def test_missing(self, tmp_path: Path, wrong: str, words: str) -> None:
        """
        The error names table and column, and those that may be meant.

        Regression: it was a KeyError of SQLAlchemy.
        """
        query = ask(tmp_path, monitor=MONITOR.replace("score: score", wrong))

        with pytest.raises(ColumnNotFoundError) as error:
            query.reference_outcomes(as_of=LATE)
        assert words == str(error.value)

    def test_lost_feature(self, tmp_path: Path) -> None:
        """A feature that is lost does not stop the profiles of the others; training needs it."""
        query = ask(tmp_path)
        rows = read_table(query.warehouse, query.predictions(["id", "lost"], FIRST))

        assert ["id", PARTITION] == rows.column_names
        with pytest.raises(ColumnNotFoundError, match="no column 'lost'"):
            query.outcomes(FIRST, as_of=LATE, features=["lost"])

    def test_ages(self, tmp_path: Path) -> None:
        """
        An age is in days, where it is watched; a feature for a trainer is the time itself.

        A time that became a text stays one, so that its profile can say so.
        """
        monitor = MONITOR + "features: [{name: born, type: age}, {name: lost, type: age}]\n"
        query = ask(
            tmp_path,
            "ALTER TABLE predictions ADD COLUMN born DATE DEFAULT DATE '2025-12-31'",
            "ALTER TABLE predictions ADD COLUMN lost TEXT DEFAULT 'long ago'",
            monitor=monitor,
        )
        statements = (
            query.reference(["born", "lost"]),
            query.predictions(["born", "lost"], FIRST),
            query.outcomes(FIRST, as_of=LATE, watched=["born", "lost"]),
        )
        trained = read_table(query.warehouse, query.outcomes(FIRST, as_of=LATE, features=["born"]))

        for statement in statements:
            found = read_table(query.warehouse, statement)
            assert [1 + 10 / 24] * 3 == found["born"].to_pylist()
            assert ["long ago"] * 3 == found["lost"].to_pylist()
        assert [date(2025, 12, 31)] * 3 == trained["born"].to_pylist()
