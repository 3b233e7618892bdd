"""Tests of versions that answer at the same time, from their tables to the results."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import duckdb
import pytest

from assets.keys import ACTUALS, PERFORMANCE
from monitoring.results import Measurement

if TYPE_CHECKING:
    from tests.conftest import MakeWorld, World

FIRST, LAST = date(2026, 1, 1), date(2026, 1, 3)


def measure(world: World) -> None:
    """Compute the performance of three days."""
    days = (world.spec, [ACTUALS, PERFORMANCE], FIRST, LAST)
    assert () == world.runner.days(*days).failures


def compared(world: World, metric: str = "log_loss") -> dict[tuple[str, str, str], Measurement]:
    """Return the differences by version, window and last day."""
    return {
        (row.version, row.window, row.last_partition): row
        for row in world.measured(metric=f"versus_champion_{metric}")
    }


class TestCanary:
    """Versions that share the ids out among themselves."""

    def test_unpaired(self, make_learnt: MakeWorld) -> None:
        """
        A version with wrong scores is worse by its interval in each window, and again the same.
        """
        world = make_learnt()
        world.sql(
            "UPDATE predictions SET version = 'v2', score = 1 - score WHERE right(id, 1) = '7'"
        )
        measure(world)
        found = compared(world)

        days = {("v2", "1d", f"2026-01-0{day}") for day in (1, 2, 3)}
        assert days | {("v2", "2d", "2026-01-02"), ("v2", "2d", "2026-01-03")} == set(found)
        row = found["v2", "2d", "2026-01-03"]
        assert row.lower is not None
        assert row.lower > 0
        assert (40, "against v1, other ids") == (row.rows, row.reason)
        aucs = {
            row.version: row.value
            for row in world.measured(metric="roc_auc", window="2d", segment="*")
            if row.last_partition == "2026-01-03"
        }
        auc = compared(world, "roc_auc")["v2", "2d", "2026-01-03"].value
        assert auc == pytest.approx((aucs["v2"] or 0) - (aucs["v1"] or 0))

        measure(world)
        assert {key: row.value for key, row in found.items()} == {
            key: row.value for key, row in compared(world).items()
        }

    def test_one_version(self, make_learnt: MakeWorld) -> None:
        """A version that answers alone is compared with none; when another has gone, it is too."""
        world = make_learnt()
        world.sql("UPDATE predictions SET version = 'v2' WHERE right(id, 1) = '7'")
        measure(world)
        assert compared(world)
        world.sql("UPDATE predictions SET version = 'v1'")
        measure(world)

        assert {} == compared(world)


class TestShadow:
    """Versions whose answers to the same ids nobody used."""

    SHADOW = "version: version, shadow: shadow}"

    def world(self, make_world: MakeWorld, monitor: str) -> World:
        """Return a world whose shadow versions are wrong (v2) and the same (v3)."""
        world = make_world(monitor.replace("version: version}", self.SHADOW))
        world.sql(
            "CREATE TABLE shadow AS"
            " SELECT * REPLACE ('v2' AS version, 1 - score AS score, 1 - said AS said)"
            " FROM predictions UNION ALL SELECT * REPLACE ('v3' AS version) FROM predictions"
        )
        world.learn()

        return world

    def test_paired(self, make_world: MakeWorld, monitor_text: str) -> None:
        """
        Each is compared on the ids that the champion served; equal answers differ by nothing.

        The mean difference is that of two logarithmic losses which SQL computes; what is monitored
        of the versions that serve is as it was.
        """
        world = self.world(make_world, monitor_text)
        measure(world)
        found = compared(world)

        assert {"v2", "v3"} == {version for version, _, _ in found}
        worse, same = (found[version, "2d", "2026-01-03"] for version in ("v2", "v3"))
        assert (400, "against v1, the same ids") == (worse.rows, worse.reason)
        assert (0.0, 0.0, 0.0) == (same.value, same.lower, same.upper)
        assert worse.value == pytest.approx(self.by_sql(world))
        wrong = compared(world, "accuracy")["v2", "2d", "2026-01-03"].value
        accuracies = world.measured(metric="accuracy", window="2d", version="v1", segment="*")
        (right,) = (row.value for row in accuracies if row.last_partition == "2026-01-03")
        assert wrong == pytest.approx(1 - 2 * (right or 0))
        assert {"v1", "*"} == {row.version for row in world.measured(metric="log_loss")}
        assert not world.measured(metric="excluded_rows")

    def test_gone(self, make_world: MakeWorld, monitor_text: str) -> None:
        """What the shadow does not answer any more is compared no more."""
        world = self.world(make_world, monitor_text)
        measure(world)
        world.sql("DELETE FROM shadow WHERE version = 'v2'")
        measure(world)

        assert {"v3"} == {version for version, _, _ in compared(world)}

    def by_sql(self, world: World) -> float:
        """Return the mean difference of the losses of the last two days."""
        with duckdb.connect(str(world.database), read_only=True) as connection:
            (found,) = connection.execute(
                "SELECT avg(-ln(if(label = 1, s.score, 1 - s.score))"
                " + ln(if(label = 1, p.score, 1 - p.score)))"
                " FROM predictions p JOIN shadow s USING (id) JOIN actuals USING (id)"
                " WHERE s.version = 'v2' AND p.at >= '2026-01-02'"
            ).fetchone() or (0.0,)

        return float(found)
