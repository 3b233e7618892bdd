"""How often the 95 % intervals hold the truth; benchmarks/coverage.py asks the same of more."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from scipy.special import expit

from monitoring.measures.performance import performance_measures
from monitoring.profile.outcomes.outcomes import outcome_layout, outcomes_of
from monitoring.spec.model import Task

SIMULATIONS = 400


def binary(rows: int, generator: np.random.Generator) -> pa.Table:
    """Return a binary model that is a little too sure of itself."""
    log_odds = generator.normal(-0.5, 1.5, rows)
    scores = expit(1.2 * log_odds)
    labels = generator.random(rows) < expit(log_odds)
    return pa.table({"score": pa.array(scores), "label": pa.array(labels)})


def regression(rows: int, generator: np.random.Generator) -> pa.Table:
    """Return a regression with normal errors."""
    labels = generator.normal(100.0, 20.0, rows)
    predictions = labels + generator.normal(1.0, 8.0, rows)
    return pa.table({"prediction": pa.array(predictions), "label": pa.array(labels)})


class TestCoverage:
    """Tests of the share of intervals that hold the value of the population."""

    @pytest.mark.parametrize("rows", [200, 2_000])
    @pytest.mark.parametrize(
        ("task", "draw"), [(Task.BINARY, binary), (Task.REGRESSION, regression)]
    )
    def test_every_metric(self, task: Task, draw: object, rows: int) -> None:
        """
        Between 91.5 % and 98.5 % do: of 400 simulations, three standard errors around 95 %.
        """
        assert callable(draw)
        generator = np.random.default_rng(rows)
        population = draw(500_000, generator)
        layout = outcome_layout(task, population, positive_class=None)
        truth = {
            each.metric: each.value
            for each in performance_measures(outcomes_of(population, layout))
            if each.value is not None and each.metric != "label_coverage"
        }
        held: Counter[str] = Counter()
        for _ in range(SIMULATIONS):
            for each in performance_measures(outcomes_of(draw(rows, generator), layout)):
                if each.metric in truth and each.lower is not None and each.upper is not None:
                    held[each.metric] += each.lower <= truth[each.metric] <= each.upper

        for metric in truth:
            assert 0.915 <= held[metric] / SIMULATIONS <= 0.985, metric
