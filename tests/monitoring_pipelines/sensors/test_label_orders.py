"""Tests of the sensor that follows labels, in whatever order labels come, change and go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import dagster as dg
import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitoring.labels.rows import outcomes_in
from monitoring.partitions import Partitions, contiguous
from monitoring.profile.grouping import Group
from resources.journal import Journal
from resources.warehouse.duckdb import DuckDBWarehouse
from resources.warehouse.pulling import pull_outcomes
from resources.warehouse.query import Query
from tests.monitoring_pipelines.sensors.test_label_arrivals import FIRST, MONITOR, spans

if TYPE_CHECKING:
    from tests.conftest import MakeWorld, World

#: What may happen to one of four labels of a day.
Event = tuple[str, int, int]
EVENTS = st.tuples(
    st.sampled_from(["new", "again", "revised", "deleted"]), st.integers(0, 2), st.integers(0, 3)
)
DAYS = [FIRST + timedelta(days=number) for number in range(3)]


@dataclass(slots=True)
class Followed:
    """A world whose days are read when the sensor asks for them, and nothing else is computed."""

    world: World

    def begin(self) -> None:
        """Begin two days later without labels, all days read."""
        self.world.clock.time += timedelta(days=2)
        self.world.sql("DELETE FROM actuals")
        self.tick()
        self.read(DAYS)
        assert [] == self.tick()

    def happen(self, event: Event) -> None:
        """Let one thing happen, a second after the last."""
        kind, day, number = event
        mine = f"id = '2026-01-01-{day * 200 + number}'"
        self.world.clock.time += timedelta(seconds=1)
        now = self.world.clock.time
        if kind == "deleted":
            self.world.sql(f"DELETE FROM actuals WHERE {mine}")  # noqa: S608
        elif kind == "new":
            self.world.sql(
                f"INSERT INTO actuals SELECT id, number % 2, '{now}' "  # noqa: S608
                f"FROM (SELECT id, {number} AS number FROM predictions WHERE {mine})"
            )
        else:
            label = "label" if kind == "again" else "1 - label"
            self.world.sql(
                f"INSERT INTO actuals SELECT id, {label}, '{now}' FROM actuals "  # noqa: S608
                f"WHERE {mine} ORDER BY recorded DESC LIMIT 1"
            )

    def labels(self) -> dict[date, list[object]]:
        """Return the labels of each day as the table has them."""
        found: dict[date, list[object]] = {}
        with duckdb.connect(str(self.world.database)) as connection:
            rows = connection.execute("SELECT id, label, epoch(recorded) FROM actuals ORDER BY ALL")
            for row in rows.fetchall():
                day = FIRST + timedelta(days=int(row[0].rpartition("-")[2]) // 200)
                found.setdefault(day, []).append(row)

        return found

    def tick(self) -> list[dg.RunRequest]:
        """Let the sensor look, a minute later."""
        self.world.clock.time += timedelta(minutes=1)

        return self.world.tick("label_arrivals")[0]

    def read(self, days: list[date]) -> None:
        """Read the labels of *days*, as the asset does."""
        if not days:
            return
        self.world.clock.time += timedelta(minutes=1)
        now, reference = self.world.clock.time, self.journal.reference()
        query = Query(self.world.spec, self.warehouse)
        pulled = pull_outcomes(query, reference, Partitions.of_days(days), as_of=now)
        layout = reference.labelled_layout().fingerprint
        self.journal.save_outcomes(outcomes_in(pulled.profiles), layout=layout, as_of=now)

    def kept(self) -> dict[Group, bytes]:
        """Return what is kept of each day."""
        keys = [str(day) for day in DAYS]
        found = self.journal.outcomes(keys, reference=self.journal.reference())

        return {group: outcomes.encode() for group, outcomes in found.items()}

    @property
    def journal(self) -> Journal:
        """What is stored."""
        return Journal(self.world.spec, self.world.store)

    @property
    def warehouse(self) -> DuckDBWarehouse:
        """The tables."""
        return DuckDBWarehouse(self.world.database)


@pytest.fixture
def followed(make_learnt: MakeWorld) -> Followed:
    """
    Three days of predictions, followed by the sensor alone.
    """
    return Followed(make_learnt(MONITOR))


class TestLabelArrivals:
    """Any order of events."""

    @settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(steps=st.lists(st.lists(EVENTS, min_size=1, max_size=6), min_size=1, max_size=4))
    def test_any_events(self, followed: Followed, steps: list[list[Event]]) -> None:
        """
        Labels come, come again, are revised or deleted, in whatever order and how many at a time.

        The sensor asks for exactly the days whose labels are no longer what they were, and in the
        end each says what the complete table says.
        """
        followed.begin()
        for events in steps:
            before = followed.labels()
            for event in events:
                followed.happen(event)
            after = followed.labels()
            touched = [day for day in DAYS if before.get(day) != after.get(day)]

            assert [(str(a), str(b)) for a, b in contiguous(touched)] == spans(followed.tick())
            followed.read(touched)
        kept = followed.kept()

        assert [] == followed.tick()
        followed.read(DAYS)
        assert followed.kept() == kept
