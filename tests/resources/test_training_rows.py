"""Tests of the rows on which models are trained and compared: those that a monitor counts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from assets.keys import ACTUALS
from monitoring.partitions import Partitions
from monitoring.profile.grouping import Group
from resources.journal import Journal
from resources.training_rows import TrainingRows
from resources.warehouse.query import Query

if TYPE_CHECKING:
    from tests.conftest import MakeWorld, World

DAY = date(2026, 1, 1)
NOW = datetime(2026, 1, 10, tzinfo=UTC)

CONTRADICTIONS = """
INSERT INTO predictions SELECT * REPLACE (amount + 1 AS amount) FROM predictions
WHERE id IN ('2026-01-01-8', '2026-01-01-9')
"""


def read(world: World, *days: date) -> TrainingRows:
    """Return the labelled rows of *days* with their ids."""
    query = Query(world.spec, world.resources["warehouse"])  # type: ignore[arg-type]

    return TrainingRows.read(query, Partitions.of_days(days), ["id", "amount"], as_of=NOW)


class TestScreened:
    """What a monitor does not count, no model learns from."""

    @pytest.mark.parametrize(
        ("statement", "left"),
        [
            ("INSERT INTO predictions SELECT * FROM predictions WHERE id = '2026-01-01-7'", 200),
            (
                CONTRADICTIONS,
                198,
            ),
            ("UPDATE predictions SET score = 7 WHERE id = '2026-01-01-7'", 199),
            ("UPDATE predictions SET score = NULL WHERE id = '2026-01-01-7'", 199),
            (
                "UPDATE actuals SET recorded = recorded - INTERVAL 1 DAY WHERE id = '2026-01-01-7'",
                199,
            ),
            ("INSERT INTO actuals SELECT id, 1 - label, recorded FROM actuals LIMIT 1", 199),
        ],
        ids=["copies", "contradictions", "wrong score", "no score", "early label", "two labels"],
    )
    def test_as_monitored(self, make_learnt: MakeWorld, statement: str, left: int) -> None:
        """
        Of what a table has twice, one row or none is left, as the outcomes of the day have it.
        """
        world = make_learnt()
        world.sql(statement)
        rows = read(world, DAY)
        assert () == world.runner.days(world.spec, [ACTUALS], DAY, DAY).failures
        journal = Journal(world.spec, world.store)
        counted = journal.outcomes([str(DAY)], reference=journal.reference())[Group(str(DAY))]

        assert left == rows.table.num_rows == len(set(rows.table["id"].to_pylist()))
        assert left == counted.labelled

    def test_days_apart(self, make_world: MakeWorld) -> None:
        """Only the days that were asked for are read, and no day gives no rows."""
        world = make_world()

        assert 400 == read(world, DAY, date(2026, 1, 3)).table.num_rows
        assert 0 == read(world).table.num_rows
