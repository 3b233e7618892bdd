"""Tests of the weights of early labels, by simulation: positive labels take three times as long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from monitoring.labels.curve import ArrivalCurve, learn_curve
from monitoring.labels.rows import LabelledRows
from monitoring.labels.weighted import weighted_measures
from monitoring.labels.weighting import judge_bias, selection_biases, weights_of
from monitoring.measures.performance import performance_measures
from monitoring.profile.outcomes.outcomes import OutcomeLayout
from monitoring.results import Measure, Verdict
from tests.monitoring.labels.conftest import FIRST
from tests.monitoring.labels.test_maturity import ACCURACY

if TYPE_CHECKING:
    from tests.monitoring.labels.conftest import Late

#: Two days after its beginning six of ten labels of a day have come.
AS_OF = FIRST + timedelta(days=52)
DAYS = 60


@pytest.fixture
def curve(layout: OutcomeLayout, make_day: Callable[..., Late]) -> ArrivalCurve:
    """
    What 30 mature days teach.
    """
    found = learn_curve(
        {
            str(number): make_day(number, never=0.05)
            .known(layout, as_of=FIRST + timedelta(days=90))
            .times
            for number in range(30)
        }
    )
    assert found is not None

    return found


class TestWeightedMeasures:
    """Performance on labels that came early."""

    def test_unbiased(
        self, curve: ArrivalCurve, layout: OutcomeLayout, make_day: Callable[..., Late]
    ) -> None:
        """
        The naive numbers are off, the weighted ones are right within their interval.

        Over 60 days: their mean error is a small part of the naive one, and the interval holds
        what all labels say in the end at least 19 times in 20.
        """
        naive_error: dict[str, list[float]] = {}
        error: dict[str, list[float]] = {}
        inside: dict[str, list[bool]] = {}
        for seed in range(1, DAYS + 1):
            day = make_day(50, never=0.05, seed=seed)
            rows = day.known(layout, as_of=AS_OF)
            truth = by_metric(performance_measures(day.complete(layout)))
            naive = by_metric(performance_measures(rows.outcomes))
            for each in weighted(rows, curve):
                metric = each.metric.removeprefix("weighted_")
                true = truth[metric].value
                naive_error.setdefault(metric, []).append(naive[metric].value - true)
                error.setdefault(metric, []).append(each.value - true)
                inside.setdefault(metric, []).append(each.lower <= true <= each.upper)

        for metric in ("precision", "f1", "log_loss", "brier_score", "actual_positive_rate"):
            assert abs(np.mean(naive_error[metric])) > 0.02
            assert abs(np.mean(error[metric])) < 0.1 * abs(np.mean(naive_error[metric]))
        assert abs(np.mean(error["accuracy"])) < abs(np.mean(naive_error["accuracy"]))
        assert all(np.mean(found) >= 0.9 for found in inside.values())
        assert np.mean([np.mean(found) for found in inside.values()]) >= 0.95

    def test_complete(
        self, curve: ArrivalCurve, layout: OutcomeLayout, make_day: Callable[..., Late]
    ) -> None:
        """When all labels have come the weighted numbers are the naive ones."""
        rows = make_day(50).known(layout, as_of=FIRST + timedelta(days=300))
        naive = by_metric(performance_measures(rows.outcomes))

        for each in weighted(rows, curve):
            metric = each.metric.removeprefix("weighted_")
            assert each.value == pytest.approx(naive[metric].value, abs=2e-3)

    def test_too_young(
        self, curve: ArrivalCurve, layout: OutcomeLayout, make_day: Callable[..., Late]
    ) -> None:
        """An hour into the day nothing can be said of those that are still to come."""
        rows = make_day(50).known(layout, as_of=FIRST + timedelta(days=50, minutes=30))

        assert "no labels old enough to weigh" == weights_of(rows.times, curve)
        assert {"no labels old enough to weigh"} == {each.reason for each in weighted(rows, curve)}

    def test_unseen_scores(
        self, curve: ArrivalCurve, layout: OutcomeLayout, make_day: Callable[..., Late]
    ) -> None:
        """Where no label of high scores has come, the low ones do not speak for them."""
        day = make_day(50)
        told = np.where(day.scores > 0.4, np.inf, day.told)
        rows = replace(day, told=told).known(layout, as_of=AS_OF)

        assert "scores without any label yet" == weights_of(rows.times, curve)


class TestSelectionBias:
    """The difference that the selection makes."""

    def test_value(self) -> None:
        """Naive minus weighted, with the weighted number's interval turned over."""
        naive = [Measure("*", "accuracy", 0.9, 100)]
        weighted = [Measure("*", "weighted_accuracy", 0.8, 100, lower=0.75, upper=0.85)]
        (bias,) = selection_biases(naive, weighted)

        assert "selection_bias_accuracy" == bias.metric
        assert (0.1, 0.05, 0.15) == tuple(
            pytest.approx(value) for value in (bias.value, bias.lower, bias.upper)
        )
        assert [] == selection_biases(naive, [replace(weighted[0], value=None)])

    def test_verdict(self) -> None:
        """A bias whose interval leaves out zero is a warning; other rows stay as they are."""
        row = replace(ACCURACY, metric="selection_bias_accuracy", verdict=None)

        assert Verdict.WARNING is judge_bias(replace(row, lower=0.05, upper=0.15)).verdict
        assert Verdict.OK is judge_bias(replace(row, lower=-0.05, upper=0.15)).verdict
        assert judge_bias(replace(row, lower=None)).verdict is None
        assert ACCURACY == judge_bias(ACCURACY)


def weighted(rows: LabelledRows, curve: ArrivalCurve) -> list[Measure]:
    """Return the weighted metrics of *rows*."""
    return weighted_measures(rows.outcomes, weights_of(rows.times, curve))


def by_metric(measures: list[Measure]) -> dict[str, Measure]:
    """Return *measures* by their names."""
    return {each.metric: each for each in measures}
