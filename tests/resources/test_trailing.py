"""Tests of numbers that are judged by their own past."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from monitoring.results import ALL, Measurement, Verdict
from monitoring.spec.parse import read_monitor
from monitoring.windows import DAY
from resources.results.records import WindowKey
from resources.results.store import ResultsStore
from resources.trailing import Trailing

MONITOR = """
model: churn
task: binary_classification
start: 2026-01-01
predictions: {table: predictions, id: id, timestamp: made, score: score}
positive_class: 1
reference: {table: reference, label: label}
thresholds: {psi: {method: historical}}
"""
SPEC = read_monitor(MONITOR, source="m.yaml").spec


def row(day: int, value: float, *, metric: str = "psi", rows: int = 500) -> Measurement:
    """Return a number of the *day*-th day, which its calibrated bound admits."""
    start = date(2026, 1, 1) + (day - 1) * DAY
    return Measurement(
        model="churn",
        version=ALL,
        segment=ALL,
        window="1d",
        window_start=start.isoformat(),
        window_end=(start + DAY).isoformat(),
        column="age",
        metric=metric,
        value=value,
        lower=None,
        upper=None,
        rows=rows,
        threshold_low=None,
        threshold_high=9.0,
        verdict=Verdict.OK if rows else Verdict.NO_DATA,
        as_of=datetime(2026, 1, 30, tzinfo=UTC),
        run_id="run",
    )


@pytest.fixture
def trailing(tmp_path: Path) -> Trailing:
    """
    The past of twenty calm days.
    """
    store = ResultsStore(f"sqlite:///{tmp_path / 'results.db'}")
    store.upgrade()
    values = np.random.default_rng(2).normal(0.1, 0.01, 20)
    rows = [row(day, float(value)) for day, value in enumerate(values, start=1)]
    with store.transaction() as transaction:
        spans = [WindowKey("1d", each.window_start, each.window_end) for each in rows]
        transaction.replace_measurements("churn", "drift", spans, rows)

    return Trailing(SPEC, store, "drift")


class TestJudged:
    """Tests of verdicts by the past."""

    def test_beyond(self, trailing: Trailing) -> None:
        """What is beyond its past is a breach, and says which past that was."""
        calm, odd = trailing.judged([row(21, 0.1), row(22, 0.5)])

        assert (Verdict.OK, Verdict.WARNING) == (calm.verdict, odd.verdict)
        assert "band of 14 windows to 2026-01-19" == odd.reason
        assert odd.threshold_high is not None
        assert 0.1 < odd.threshold_high < 0.5

    def test_unbounded(self, trailing: Trailing) -> None:
        """
        What nothing else bounds is judged by its past too, unless there is no number.

        Regression: only numbers that other bounds had judged were, so that of an estimation error,
        which has none, ``method`` was accepted and never looked at.
        """
        odd = replace(row(22, 0.5), verdict=None, threshold_high=None)
        (judged,) = trailing.judged([odd])
        unknown = replace(odd, value=None)

        assert Verdict.WARNING is judged.verdict
        assert [unknown] == trailing.judged([unknown])

    def test_others(self, trailing: Trailing) -> None:
        """Other metrics, windows without rows and numbers without a past keep their verdicts."""
        others = [row(21, 0.5, metric="ks_statistic"), row(21, 0.5, rows=0), row(3, 0.5)]

        assert others == trailing.judged(others)

    def test_same_run(self, trailing: Trailing) -> None:
        """Days that one run computes are each other's past."""
        rows = [row(day, 0.5) for day in range(21, 45)]

        assert Verdict.WARNING is trailing.judged(rows)[0].verdict
        assert Verdict.OK is trailing.judged(rows)[-1].verdict

    def test_as_known_then(self, trailing: Trailing) -> None:
        """What was measured later is no past of a number as of an earlier moment."""
        earlier = replace(row(21, 0.5), as_of=datetime(2026, 1, 22, tzinfo=UTC))

        assert [earlier] == trailing.judged([earlier])
        assert [] == trailing.judged([])
