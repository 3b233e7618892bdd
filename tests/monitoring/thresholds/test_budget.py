"""
Tests of the alarm budget, on streams in which nothing changes, and of what it costs to see.

The streams are those of benchmarks/detection.py, which runs them for years and prints the rates.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from monitoring.alerting.incident import Cause
from monitoring.results import Measure
from monitoring.thresholds.bounds import Basis
from monitoring.thresholds.calibration import calibrate

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture(scope="module")
def detection() -> Iterator[ModuleType]:
    """
    The benchmark, as a module.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield importlib.import_module("detection")


class TestBudget:
    """Tests of how often a model with thirty features cries wolf."""

    @pytest.mark.parametrize(
        ("rows", "memory", "reference"),
        [(200, 0.0, 90), (200, 0.6, 90), (2000, 0.6, 90), (200, 0.6, 30)],
    )
    def test_nothing_changes(
        self, detection: ModuleType, rows: int, memory: float, reference: int
    ) -> None:
        """
        At most one false incident in 90 days, also where a day resembles the day before.

        Regression: bounds that ignored the number of columns and the order of days gave three, and
        six where days have a memory; with four weeks of reference it stayed at five.
        """
        stream = detection.Stream(rows, variation=0.1, memory=memory)
        found = [
            detection.false_incidents(stream, days=180, seed=seed, reference=reference)
            for seed in range(4)
        ]

        assert {Cause.DRIFT, Cause.PERFORMANCE} == found[0].keys()
        assert np.mean([sum(each.values()) for each in found]) <= 1

    def test_shift(self, detection: ModuleType) -> None:
        """A feature that moves by half a standard deviation is seen within a week."""
        for seed in range(3):
            assert detection.delay(detection.Stream(200), shift=0.5, seed=seed) <= 7


class TestColumns:
    """Tests of the price of many columns."""

    @staticmethod
    def bound(columns: int, *, budget: float = 1.0) -> float:
        """Return the bound of the first of so many columns with the same values."""
        generator = np.random.default_rng(3)
        windows = [
            [Measure(f"c{place}", "psi", value, 500) for place in range(columns)]
            for value in generator.gamma(4.0, 0.05, 100)
        ]
        high = calibrate(windows, basis=Basis("calibrated", 10_000), budget=budget)[
            "c0", "psi"
        ].high
        assert high is not None
        return high

    def test_more_columns(self) -> None:
        """The more columns, the wider the bound of each; a few have the ordinary one."""
        assert self.bound(1) == self.bound(5) < self.bound(30) < self.bound(300)

    def test_budget(self) -> None:
        """Who allows more false incidents gets narrower bounds, down to the ordinary ones."""
        assert self.bound(30, budget=0.1) > self.bound(30) > self.bound(30, budget=50)
        assert self.bound(1) == self.bound(30, budget=50)
