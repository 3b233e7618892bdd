"""Times of every kind, in every warehouse: which UTC day and which instant they mean."""

import operator
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from monitoring.spec.model import TimestampUnit
from resources.warehouse.ages import elapsed_days
from resources.warehouse.open import open_warehouse
from resources.warehouse.time import TimeColumn
from resources.warehouse.warehouse import read_table

if TYPE_CHECKING:
    from tests.integration.conftest import Place, Tables

#: Rows 1 and 2 are the hour that Berlin's clocks skip, row 3 is the one that they live twice.
LOCAL = [
    datetime(2026, 1, 15, 0, 30),  # noqa: DTZ001 - the zone is in the monitor file
    datetime(2026, 3, 29, 1, 59, 59),  # noqa: DTZ001
    datetime(2026, 3, 29, 2, 30),  # noqa: DTZ001
    datetime(2026, 10, 25, 2, 30),  # noqa: DTZ001
    datetime(2026, 7, 2, 1, 59, 59),  # noqa: DTZ001
    datetime(2026, 7, 2, 2),  # noqa: DTZ001
    None,
]
IN_UTC = [
    datetime(2026, 1, 14, 23, 30, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    datetime(2026, 7, 1, 23, 59, 59, tzinfo=UTC),
    datetime(2026, 7, 2, tzinfo=UTC),
    None,
]

#: The last microsecond of a day.
LATE = datetime(2026, 7, 1, 23, 59, 59, 999_999, tzinfo=UTC)


@pytest.fixture(scope="module")
def tables() -> "Tables":
    """
    The same instants as local times, with their zone, as dates, and counted.
    """
    present = [moment for moment in IN_UTC if moment is not None]
    ticks = {
        unit.value: [int(moment.timestamp()) * unit.per_second for moment in present] + [None]
        for unit in TimestampUnit
    }

    late = int(LATE.timestamp())
    fine = {
        unit.value: [(late * 1_000_000_000 + LATE.microsecond * 1_000) * unit.per_second // 10**9]
        for unit in TimestampUnit
    }

    return {
        "fine": pa.table({unit: pa.array(values, pa.int64()) for unit, values in fine.items()}),
        "times": pa.table(
            {
                "row": pa.array(range(len(LOCAL))),
                "local": pa.array(LOCAL, pa.timestamp("us")),
                "instant": pa.array(IN_UTC, pa.timestamp("us", "UTC")),
                "day": pa.array([*(moment.date() for moment in present), None], pa.date32()),
                **{unit: pa.array(values, pa.int64()) for unit, values in ticks.items()},
            }
        ),
    }


def column_of(rows: sa.FromClause, name: str) -> TimeColumn:
    """Return the column *name* as a monitor file with `timezone: Europe/Berlin` means it."""
    units = {unit.value: unit for unit in TimestampUnit}

    return TimeColumn(rows.c[name], "Europe/Berlin", units.get(name))


#: The columns with a time of day.
EXACT = ["local", "instant", *(unit.value for unit in TimestampUnit)]


def read(
    place: "Place", ask: Callable[[TimeColumn], sa.ColumnElement[Any]]
) -> dict[str, list[Any]]:
    """Return what *ask* says of each column, in the order of the rows."""
    warehouse = open_warehouse(place.url)
    rows = warehouse.relation(place.name("times"))
    answers = [ask(column_of(rows, name)).label(f"{name} answers") for name in [*EXACT, "day"]]
    found = read_table(warehouse, sa.select(rows.c.row, *answers)).sort_by("row")

    return {name: found[f"{name} answers"].to_pylist() for name in [*EXACT, "day"]}


class TestTimes:
    """Times of each type mean the same instants and days."""

    def test_day(self, place: "Place") -> None:
        """
        The day is that in UTC, whatever the column's type; a missing time has none.
        """
        days = [None if moment is None else moment.date().isoformat() for moment in IN_UTC]

        assert dict.fromkeys([*EXACT, "day"], days) == read(place, lambda time: time.day)

    def test_instant(self, place: "Place") -> None:
        """
        The instant is that in UTC; hours that a clock skips or repeats are in standard time.

        Spark reads the repeated hour in summer time.
        """
        expected: dict[str, list[datetime | None]] = {name: list(IN_UTC) for name in EXACT}
        if place.url.startswith("spark"):
            expected["local"][3] = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

        found = read(place, lambda time: time.instant)

        assert expected == {name: [_aware(value) for value in found[name]] for name in EXACT}

    def test_fractions(self, place: "Place") -> None:
        """
        Counts keep what is beyond the second, and their day; SQLite to the millisecond.

        Regression: labels revised within a second seemed to contradict each other.
        """
        warehouse = open_warehouse(place.url)
        rows = warehouse.relation(place.name("fine"))
        times = {unit.value: column_of(rows, unit.value) for unit in TimestampUnit}
        asked = [time.instant.label(name) for name, time in times.items()]
        days = [time.day.label(f"day {name}") for name, time in times.items()]
        found = read_table(warehouse, sa.select(*asked, *days))
        kept = {"seconds": 1_000_000, "milliseconds": 1_000}
        coarse = 1_000 if place.url.startswith("sqlite") else 1

        for name in times:
            rest = LATE.microsecond % max(kept.get(name, 1), coarse)
            assert LATE - timedelta(microseconds=rest) == _aware(found[name][0].as_py())
            assert "2026-07-01" == found[f"day {name}"][0].as_py()

    @pytest.mark.parametrize(
        ("day", "rows"),
        [(datetime(2026, 7, 1, tzinfo=UTC), {4}), (datetime(2026, 7, 2, tzinfo=UTC), {5})],
        ids=["before", "after"],
    )
    def test_within(self, place: "Place", day: datetime, rows: set[int]) -> None:
        """
        The first moment of a day belongs to it, and that of the next does not.
        """
        found = read(
            place,
            lambda time: sa.and_(
                time.compare(operator.ge, day),
                time.compare(operator.lt, day + timedelta(days=1)),
            ),
        )

        assert dict.fromkeys([*EXACT, "day"], rows) == {
            name: {row for row, value in enumerate(values) if value}
            for name, values in found.items()
        }

    @pytest.mark.parametrize(
        ("operation", "rows"), [(operator.le, {0, 1, 2, 4}), (operator.gt, {3, 5})]
    )
    def test_until(
        self, place: "Place", operation: Callable[[Any, Any], Any], rows: set[int]
    ) -> None:
        """
        What was recorded at the moment itself is known, and not recorded after it.
        """
        moment = datetime(2026, 7, 1, 23, 59, 59, tzinfo=UTC)
        found = read(place, lambda time: time.compare(operation, moment))

        assert dict.fromkeys(EXACT, rows) == {
            name: {row for row, value in enumerate(found[name]) if value} for name in EXACT
        }

    def test_ages(self, place: "Place") -> None:
        """
        The days from a date, which is its UTC midnight, are the same numbers to the bit everywhere.

        Spark reads the repeated hour in summer time.
        """
        ages = [
            None
            if moment is None
            else (moment - datetime.combine(moment, time.min, UTC)) / timedelta(days=1)
            for moment in IN_UTC
        ]
        expected = dict.fromkeys(EXACT, ages) | {"day": [0.0] * 6 + [None]}
        if place.url.startswith("spark"):
            expected["local"] = [*ages[:3], 1 / 48, *ages[4:]]

        assert expected == read(place, lambda at: elapsed_days(day_beside(at), at))
        assert [None if age is None else -age for age in ages] == read(
            place, lambda at: elapsed_days(at, day_beside(at))
        )["instant"]


def day_beside(time: TimeColumn) -> TimeColumn:
    """Return the dates in the rows of *time*."""
    return TimeColumn(time.column.table.c["day"])  # type: ignore[attr-defined]


def _aware(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None

    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
