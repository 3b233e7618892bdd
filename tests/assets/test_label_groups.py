"""Tests of what the graph of a model says of the labels of its segments and versions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from assets.keys import ESTIMATED_PERFORMANCE, LABEL_STEPS
from monitoring.alerting.incident import Cause
from monitoring.results import Measurement, Verdict

if TYPE_CHECKING:
    from tests.conftest import MakeWorld, World

STEPS = (*LABEL_STEPS, ESTIMATED_PERFORMANCE)
FIRST, LAST = date(2026, 1, 1), "2026-01-12"
MORE = """\
windows: {drift: [1d], performance: [1d, 7d]}
thresholds: {estimation_error_accuracy: {low: -0.1, high: 0.1}}
"""

#: A group is a version and a segment.
ALL_ROWS, PRO, NEW = ("*", "*"), ("*", "plan=pro"), ("v2", "*")


@pytest.fixture
def world(make_learnt: MakeWorld, make_rows: Callable[..., pa.Table], segmented: str) -> World:
    """
    Twelve days, read when the labels of one plan and of one version are late.

    The plan *pro* has a tenth of the rows, and version 2 half of them.
    """
    world = make_learnt(segmented + MORE, predictions=make_rows(FIRST, 12, seed=4))
    world.sql("UPDATE predictions SET plan = 'basic' WHERE right(id, 1) <> '7'")
    world.sql("UPDATE predictions SET plan = 'pro' WHERE right(id, 1) = '7'")
    world.sql("UPDATE predictions SET version = 'v2' WHERE right(id, 1)::INT % 2 = 0")
    world.sql("UPDATE actuals SET recorded = recorded + INTERVAL 12 HOURS WHERE right(id, 1) = '7'")
    world.sql("UPDATE actuals SET recorded = recorded + INTERVAL 13 HOURS WHERE right(id, 1) = '2'")
    read(world, 1, 11, at=datetime(2026, 1, 12, 20, tzinfo=UTC))
    read(world, 12, 12, at=datetime(2026, 1, 12, 20, tzinfo=UTC))

    return world


def read(world: World, first: int, last: int, *, at: datetime) -> None:
    """Compute the days from *first* to *last* as of a moment."""
    world.clock.time = at
    days = date(2026, 1, first), date(2026, 1, last)
    assert () == world.runner.days(world.spec, STEPS, *days).failures


def said(world: World, group: tuple[str, str], window: str = "1d") -> dict[str, Measurement]:
    """Return what is said of a *group* in the *window* that ends with the last day."""
    version, segment = group
    rows = world.measured(version=version, segment=segment, window=window, column="*")

    return {row.metric: row for row in rows if row.last_partition == LAST}


class TestGroups:
    """Segments and versions, before and after their labels came."""

    def test_series(self, world: World) -> None:
        """
        Each has an estimate, what is realised, the blend, the error, the coverage and the delays.
        """
        whole = said(world, ALL_ROWS)
        names = {name for name in whole if not name.startswith("versus_")}
        assert {"estimated_accuracy", "blended_accuracy", "accuracy", "label_delay_p50"} <= names

        for group in (PRO, NEW):
            found = said(world, group)
            assert names - {"late_label_fraction", "label_silence", "label_settling"} <= set(found)
            assert found["label_coverage"].rows < whole["label_coverage"].rows
            assert found["estimated_accuracy"].rows == found["label_coverage"].rows
        assert said(world, PRO)["blended_accuracy"].value != said(world, PRO)["accuracy"].value

    def test_due(self, world: World) -> None:
        """
        How long labels take is said of each by its own labels, and the blend ends with the truth.

        What is known of twenty rows is too little to say, of a hundred and forty more. A bound that
        somebody wrote for the error judges the segment that is large enough.
        """
        read(world, 12, 12, at=datetime(2026, 1, 20, tzinfo=UTC))
        few, many = said(world, PRO), said(world, PRO, "7d")
        hours = {
            group: said(world, group)["label_delay_p50"].value for group in (ALL_ROWS, PRO, NEW)
        }
        most = {group: said(world, group)["label_delay_p95"].value for group in (PRO, NEW)}

        assert pytest.approx({ALL_ROWS: 6, PRO: 18, NEW: 6}, rel=0.03) == hours
        assert pytest.approx({PRO: 18, NEW: 19}, rel=0.03) == most
        assert few["accuracy"].value == few["blended_accuracy"].value
        for name in ("accuracy", "estimated_accuracy", "estimation_error_accuracy"):
            assert Verdict.INSUFFICIENT_DATA is few[name].verdict
            assert Verdict.INSUFFICIENT_DATA is not many[name].verdict
        assert Verdict.OK is many["estimation_error_accuracy"].verdict

    def test_silent(self, world: World) -> None:
        """A segment whose estimate was wrong opens no incident: that of all rows was right."""
        world.sql("UPDATE actuals SET label = 1 - label WHERE right(id, 1) = '7'")
        read(world, 1, 12, at=datetime(2026, 1, 20, tzinfo=UTC))

        assert Verdict.WARNING is said(world, PRO, "7d")["estimation_error_accuracy"].verdict
        assert Verdict.OK is said(world, ALL_ROWS, "7d")["estimation_error_accuracy"].verdict
        assert [] == world.store.incidents(cause=Cause.PERFORMANCE)
