"""Times of every kind, in every warehouse: which UTC day and which instant they mean."""

import operator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from monitoring.spec.model import TimestampUnit
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

    return {
        "times": pa.table(
            {
                "row": pa.array(range(len(LOCAL))),
                "local": pa.array(LOCAL, pa.timestamp("us")),
                "instant": pa.array(IN_UTC, pa.timestamp("us", "UTC")),
                "day": pa.array([*(moment.date() for moment in present), None], pa.date32()),
                **{unit: pa.array(values, pa.int64()) for unit, values in ticks.items()},
            }
        )
    }


def column_of(rows: sa.FromClause, name: str) -> TimeColumn:
    """Return the column *name* as a monitor file with `timezone: Europe/Berlin` means it."""
    units = {unit.value: unit for unit in TimestampUnit}

    return TimeColumn(rows.c[name], "Europe/Berlin", units.get(name))


def found(place: "Place", name: str, *conditions: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """Return instant and day of the rows that meet *conditions*: an operator and a moment each."""
    warehouse = open_warehouse(place.url)
    rows = warehouse.relation(place.name("times"))
    time = column_of(rows, name)
    statement = sa.select(rows.c.row, time.instant.label("instant"), time.day.label("day")).where(
        *(time.compare(operation, moment) for operation, moment in conditions)
    )

    return sorted(read_table(warehouse, statement).to_pylist(), key=lambda row: int(row["row"]))


COLUMNS = ["local", "instant", "day", *(unit.value for unit in TimestampUnit)]


class TestDays:
    """Which UTC day a time belongs to."""

    @pytest.mark.parametrize("name", COLUMNS)
    def test_day(self, place: "Place", name: str) -> None:
        """
        The day is that in UTC, whatever the column's type; a missing time has none.
        """
        expected = [None if moment is None else moment.date().isoformat() for moment in IN_UTC]

        assert expected == [row["day"] for row in found(place, name)]

    @pytest.mark.parametrize("name", [name for name in COLUMNS if name != "day"])
    def test_instant(self, place: "Place", name: str) -> None:
        """
        The instant is that in UTC; hours that a clock skips or repeats are in standard time.

        Spark reads the repeated hour in summer time.
        """
        expected: list[datetime | None] = list(IN_UTC)
        if name == "local" and place.url.startswith("spark"):
            expected[3] = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

        assert expected == [_aware(row["instant"]) for row in found(place, name)]

    @pytest.mark.parametrize("name", COLUMNS)
    def test_within(self, place: "Place", name: str) -> None:
        """
        The first moment of a day belongs to it, and that of the next does not.
        """
        start = datetime(2026, 7, 1, tzinfo=UTC)
        first = [(operator.ge, start), (operator.lt, start + timedelta(days=1))]
        second = [
            (operator.ge, start + timedelta(days=1)),
            (operator.lt, start + timedelta(days=2)),
        ]

        assert [4] == [row["row"] for row in found(place, name, *first)]
        assert [5] == [row["row"] for row in found(place, name, *second)]

    @pytest.mark.parametrize("name", [name for name in COLUMNS if name != "day"])
    def test_until(self, place: "Place", name: str) -> None:
        """
        What was recorded at the moment itself is known, and not recorded after it.
        """
        moment = datetime(2026, 7, 1, 23, 59, 59, tzinfo=UTC)

        assert {0, 1, 2, 4} == {row["row"] for row in found(place, name, (operator.le, moment))}
        assert {3, 5} == {row["row"] for row in found(place, name, (operator.gt, moment))}


def _aware(moment: datetime | date | None) -> datetime | None:
    if not isinstance(moment, datetime):
        return None

    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
