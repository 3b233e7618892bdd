"""Tests of early labels of classes, values and segments, by simulation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from monitoring.labels.cells import cells_of, groups_in, outcomes_in
from monitoring.labels.curve import ArrivalCurve, learn_curve
from monitoring.labels.rows import LabelledRows, labelled_rows
from monitoring.labels.weighted import weighted_measures
from monitoring.labels.weighting import Weights, weights_of
from monitoring.measures.performance import performance_measures
from monitoring.profile.outcomes.outcomes import (
    OutcomeLayout,
    Outcomes,
    empty_outcomes,
    outcome_layout,
)
from monitoring.results import Measure
from monitoring.spec.model import Task
from tests.monitoring.labels.conftest import FIRST, Late, moments
from tests.monitoring.labels.test_weighting import by_metric

DAYS = 40
ROWS = 1500

#: In days: labels of this class, or of values of this size, take so long on average.
SLOW = 3.0

Day = Callable[[np.random.Generator], tuple[dict[str, object], np.ndarray]]


def classes(generator: np.random.Generator) -> tuple[dict[str, object], np.ndarray]:
    """Return three classes; the labels of "c" are slow, and "b" is often taken for it."""
    scores = generator.dirichlet([2.0, 1.5, 1.0], ROWS)
    labels = (scores.cumsum(axis=1) < generator.random((ROWS, 1))).sum(axis=1)
    columns = {
        "prediction": np.array(["a", "b", "c"])[(scores * [1.0, 1.0, 1.4]).argmax(axis=1)],
        "label": np.array(["a", "b", "c"])[labels],
        **{f"score:{name}": scores[:, at] for at, name in enumerate("abc")},
    }

    return columns, np.where(labels == 2, SLOW, 1.0)


def values(generator: np.random.Generator) -> tuple[dict[str, object], np.ndarray]:
    """Return values that are predicted too low where they are high, and those take their time."""
    labels = generator.gamma(2.0, 2.0, ROWS)
    predictions = labels**0.8 + generator.normal(0, 0.5, ROWS)

    return {"prediction": predictions, "label": labels}, np.where(labels > 5, SLOW, 1.0)


@dataclass(frozen=True, slots=True)
class Known:
    """A day as it was known, and as it is in the end."""

    rows: LabelledRows
    truth: LabelledRows


def day_of(make: Day, number: int, layout: OutcomeLayout, *, age: float, seed: int = 0) -> Known:
    """Make a day whose labels take their time, as known when it is so many days old."""
    generator = np.random.default_rng([seed, number])
    columns, slow = make(generator)
    said = (FIRST + timedelta(days=number)).timestamp() + generator.random(ROWS) * 86_400
    told = said + generator.exponential(86_400 * slow)
    as_of = FIRST + timedelta(days=number + age)

    def known(hidden: np.ndarray) -> LabelledRows:
        """Count the rows without the labels that are *hidden*."""
        rows = pa.table(
            {
                **columns,
                "label": pa.array(columns["label"], mask=hidden),
                "predicted": moments(said),
                "recorded": moments(np.where(hidden, 0, told), hidden),
            }
        )
        return labelled_rows(
            rows, layout=layout, as_of=as_of, predicted="predicted", recorded="recorded"
        )

    return Known(known(told > as_of.timestamp()), known(np.zeros(ROWS, np.bool_)))


def fixed_by(make: Day, task: Task) -> OutcomeLayout:
    """Return the layout of a reference of such rows."""
    return outcome_layout(task, pa.table(make(np.random.default_rng(9))[0]), positive_class=None)


def learnt(make: Day, layout: OutcomeLayout) -> ArrivalCurve:
    """Return what twenty mature days teach."""
    curve = learn_curve({str(n): day_of(make, n, layout, age=60).rows.times for n in range(20)})
    assert curve is not None

    return curve


class TestWeightedMeasures:
    """Metrics on labels that came early, when those of one outcome are slow."""

    @pytest.mark.parametrize(
        ("make", "task", "biased"),
        [
            (classes, Task.MULTICLASS, ["precision", "f1", "mcc", "log_loss"]),
            (values, Task.REGRESSION, ["mae", "mse", "rmse", "bias"]),
        ],
        ids=["classes", "values"],
    )
    def test_unbiased(self, make: Day, task: Task, biased: list[str]) -> None:
        """
        The naive numbers are off, the weighted ones are right within their interval.

        Over 40 days: their mean error is less than a fifth of the naive one, and the interval holds
        what all labels say in the end at least nine times in ten.
        """
        layout = fixed_by(make, task)
        curve = learnt(make, layout)
        days = [day_of(make, 50, layout, age=2, seed=seed) for seed in range(1, DAYS + 1)]
        off, error, inside = compared(
            [
                (day.rows.outcomes, day.truth.outcomes, weights_of(day.rows.times, curve))
                for day in days
            ]
        )

        assert all(abs(error[metric]) < 0.2 * abs(off[metric]) for metric in biased)
        assert min(abs(off[metric]) for metric in biased) > 0.015
        assert min(inside.values()) >= 0.9

    def test_segment(self, layout: OutcomeLayout, make_day: Callable[..., Late]) -> None:
        """
        A segment of another make than all rows is right by the weights of all rows.

        Here the rows of the higher scores, one in three of them, a few hundred a day.
        """
        late = FIRST + timedelta(days=90)
        curve = learn_curve(
            {str(n): make_day(n).known(layout, as_of=late).times for n in range(20)}
        )
        assert curve is not None
        found = []
        for seed in range(1, DAYS + 1):
            day, as_of = make_day(50, seed=seed), FIRST + timedelta(days=52)
            rows = (day.scores > 0.25) & (np.arange(len(day.scores)) % 3 == 0)
            part = Late(day.scores[rows], day.labels[rows], day.said[rows], day.told[rows])
            weights = weights_of(day.known(layout, as_of=as_of).times, curve)
            found.append((part.known(layout, as_of=as_of).outcomes, part.complete(layout), weights))
        off, error, inside = compared(found)

        for metric in ("precision", "log_loss", "actual_positive_rate"):
            assert abs(error[metric]) < 0.2 * abs(off[metric])
        assert np.mean(list(inside.values())) >= 0.95

    def test_reason(self, layout: OutcomeLayout, make_day: Callable[..., Late]) -> None:
        """Where nothing can be weighed, each metric says why."""
        outcomes = make_day(0, rows=100).complete(layout)
        found = weighted_measures(outcomes, "scores without any label yet")

        assert {(None, "scores without any label yet")} == {
            (each.value, each.reason) for each in found
        }
        assert "weighted_roc_auc" in by_metric(found)

    def test_few(self) -> None:
        """A segment without any label has no number, in any task."""
        for make, task in ((classes, Task.MULTICLASS), (values, Task.REGRESSION)):
            layout = fixed_by(make, task)
            shape = cells_of(layout)
            weights = Weights(np.ones(shape), np.zeros(shape))
            found = weighted_measures(empty_outcomes(layout), weights)

            assert {None} == {each.value for each in found}


class TestCells:
    """Which rows get their labels alike."""

    def test_many_classes(self) -> None:
        """Of many classes the predicted one makes no difference, of very many neither the label."""
        for count, shape in ((3, (4, 4)), (20, (1, 21)), (150, (1, 1))):
            names = [f"c{number:03}" for number in range(count)]
            rows = pa.table({"prediction": names[::-1], "label": [*names[1:], None]})
            layout = outcome_layout(Task.MULTICLASS, rows, positive_class=None)
            labelled, outcome = outcomes_in(rows, layout)

            assert shape == cells_of(layout)
            assert (count - 1, False) == (labelled.sum(), labelled[-1])
            assert outcome.max() < shape[1]
            assert groups_in(rows, layout).max() < shape[0]


def compared(
    days: Iterable[tuple[Outcomes, Outcomes, Weights | str]],
) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Return the mean errors of naive and weighted metrics, and how often the interval held."""
    found: dict[str, list[tuple[float, float, bool]]] = {}
    for known, complete, weights in days:
        truth, naive = whole(performance_measures(complete)), whole(performance_measures(known))
        for each in weighted_measures(known, weights):
            metric = each.metric.removeprefix("weighted_")
            true = truth[metric].value
            if true is not None:
                row = (
                    naive[metric].value - true,
                    each.value - true,
                    each.lower <= true <= each.upper,
                )
                found.setdefault(metric, []).append(row)
    means = {metric: np.mean(rows, axis=0).tolist() for metric, rows in found.items()}
    off, error, inside = ({metric: row[at] for metric, row in means.items()} for at in range(3))

    return off, error, inside


def whole(measures: list[Measure]) -> dict[str, Measure]:
    """Return the *measures* of the whole model by their names."""
    return by_metric([each for each in measures if each.column == "*"])
