"""
How often the 95 % intervals hold the truth.

Samples are drawn, with replacement, from finite populations whose values are known exactly, and
counted straight into the cells of the profile. benchmarks/coverage.py asks the same of fresh rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit

from monitoring.measures.binary import (
    decision_statistics,
    label_statistics,
    labelled_counts,
    score_statistics,
)
from monitoring.measures.intervals import Statistic
from monitoring.measures.multiclass import (
    multiclass_decision_statistics,
    multiclass_score_statistics,
)
from monitoring.measures.regression import regression_statistics
from monitoring.profile.outcomes.binary import NEGATIVE, POSITIVE, BinaryOutcomes
from monitoring.profile.outcomes.moments import moments
from monitoring.profile.outcomes.multiclass import MulticlassOutcomes
from monitoring.profile.outcomes.outcomes import outcome_layout, outcomes_of
from monitoring.profile.outcomes.regression import RegressionLayout, RegressionOutcomes
from monitoring.spec.model import Task

SIMULATIONS = 2_000
SIZES = (200, 2_000, 20_000)
LEVEL = (0.93, 0.97)

#: The calibration error of a model that is calibrated, or nearly so beside the noise, cannot lie
#: above its interval: 97.5 % is then the level, and its sampling error of 2,000 comes on top.
ONE_SIDED = {"expected_calibration_error": (0.93, 0.985)}

Numbers = NDArray[np.float64]
#: Counts the rows of the population with these places, each as often as it was drawn.
Count = Callable[[NDArray[np.int64]], dict[str, Statistic]]


def binary() -> tuple[Count, int]:
    """Return a model with 12 % positives and an AUC of 0.78, with scores that are too high."""
    generator = np.random.default_rng(7)
    log_odds = generator.normal(-2.5, 1.2, 200_000)
    scores, labels = expit(0.9 * log_odds), generator.random(len(log_odds)) < expit(log_odds)
    predictions = scores >= 0.3
    table = pa.table({"score": scores, "prediction": predictions, "label": labels})
    layout = outcome_layout(Task.BINARY, table, positive_class=True)
    population = outcomes_of(table, layout)
    assert isinstance(population, BinaryOutcomes)
    codes = cell_codes(population, scores, labels=labels, predictions=predictions)

    def count(places: NDArray[np.int64]) -> dict[str, Statistic]:
        """Return all measures of the rows at *places*."""
        counts = labelled_counts(recounted(population, codes[places]))
        return decision_statistics(counts) | score_statistics(counts) | label_statistics(counts)

    return count, len(codes)


def multiclass() -> tuple[Count, int]:
    """Return a calibrated model of three classes with an accuracy of 0.6."""
    generator = np.random.default_rng(7)
    weights = np.exp(generator.normal(size=(200_000, 3)) * 1.2 + [0.5, 0.0, -0.5])
    scores = weights / weights.sum(axis=1, keepdims=True)
    labels = (scores.cumsum(axis=1) < generator.random((len(scores), 1))).sum(axis=1).clip(max=2)
    predictions, names = scores.argmax(axis=1), np.array(["a", "b", "c"])
    columns = {f"score:{name}": scores[:, at] for at, name in enumerate(names)}
    table = pa.table(columns | {"prediction": names[predictions], "label": names[labels]})
    layout = outcome_layout(Task.MULTICLASS, table, positive_class=None)
    population = outcomes_of(table, layout)
    assert isinstance(population, MulticlassOutcomes)
    codes = [
        cell_codes(part, scores[:, at], labels=labels == at, predictions=predictions == at)
        for at, part in enumerate(population.parts)
    ]

    def count(places: NDArray[np.int64]) -> dict[str, Statistic]:
        """Return the measures of the whole model of the rows at *places*."""
        pairs = labels[places] * 3 + predictions[places]
        decisions = np.bincount(pairs, minlength=9).reshape(3, 3).astype(np.float64)
        parts = [
            labelled_counts(recounted(part, of_part[places]))
            for part, of_part in zip(population.parts, codes, strict=True)
        ]
        scored = multiclass_score_statistics(parts, population.layout.correlations)
        return multiclass_decision_statistics(decisions, classes=3) | scored

    return count, len(labels)


def regression(labels: Numbers, predictions: Numbers) -> tuple[Count, int]:
    """Return a regression with the *labels* and *predictions*."""
    table = pa.table({"prediction": predictions, "label": labels})
    layout = outcome_layout(Task.REGRESSION, table, positive_class=None)
    assert isinstance(layout, RegressionLayout)
    each = moments(predictions, labels, centre=layout.centre)
    cells = np.searchsorted(layout.error_edges, predictions - labels, side="right")
    cells = cells * (len(layout.label_edges) + 1)
    cells += np.searchsorted(layout.label_edges, labels, side="right")
    rows = np.arange(len(labels))
    members = sparse.csr_array((np.ones(len(rows)), (cells, rows)), shape=(layout.cells, len(rows)))

    def count(places: NDArray[np.int64]) -> dict[str, Statistic]:
        """Return all measures of the rows at *places*."""
        copies = np.bincount(places, minlength=len(rows))
        counts = np.append(np.bincount(cells, copies, layout.cells), [0, 0]).astype(np.int64)
        sums = members @ (copies[:, None] * each)
        return regression_statistics(RegressionOutcomes(layout, counts, sums))

    return count, len(rows)


def normal_errors() -> tuple[Count, int]:
    """Return a regression with errors of one size, normal."""
    generator = np.random.default_rng(7)
    labels = generator.normal(100.0, 20.0, 10_000)
    return regression(labels, labels + generator.normal(1.0, 8.0, len(labels)))


def heavy_tails() -> tuple[Count, int]:
    """Return a regression of skewed values whose errors grow with the value."""
    generator = np.random.default_rng(7)
    labels = generator.gamma(4.0, 25.0, 10_000) + 5
    return regression(labels, labels * np.exp(generator.normal(0.02, 0.2, len(labels))))


def cell_codes(
    population: BinaryOutcomes,
    scores: Numbers,
    *,
    labels: NDArray[np.bool_],
    predictions: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Return the place of each row in the cells of the *population*."""
    located = population.layout.bins.locate(scores)
    kinds = (np.where(each, POSITIVE, NEGATIVE) for each in (labels, predictions))
    return np.ravel_multi_index((located, *kinds), population.cells.shape).astype(np.int64)


def recounted(population: BinaryOutcomes, codes: NDArray[np.int64]) -> BinaryOutcomes:
    """Return the outcomes of rows in the cells *codes*."""
    cells = np.bincount(codes, minlength=population.cells.size)
    return population.recounted(cells.reshape(population.cells.shape))


MODELS: dict[str, Callable[[], tuple[Count, int]]] = {
    "12 % positive, scores too high": binary,
    "three classes": multiclass,
    "regression, normal errors": normal_errors,
    "regression, heavy tails": heavy_tails,
}


class TestCoverage:
    """Tests of the share of intervals that hold the value of the population."""

    @pytest.mark.parametrize("model", MODELS)
    def test_every_metric(self, model: str) -> None:
        """
        Of 2,000 samples of each size 93 to 97 % have an interval that holds the truth.
        """
        count, population = MODELS[model]()
        truth = {name: each.value for name, each in count(np.arange(population)).items()}
        generator = np.random.default_rng(11)
        held: Counter[tuple[str, int]] = Counter()
        for rows in SIZES:
            for _ in range(SIMULATIONS):
                for name, each in count(generator.integers(population, size=rows)).items():
                    value = truth[name]
                    if value is None or each.lower is None or each.upper is None:
                        continue
                    held[name, rows] += each.lower <= value <= each.upper

        shares = {key: times / SIMULATIONS for key, times in held.items()}
        assert {name for name, value in truth.items() if value is not None} == {
            name for name, _ in shares
        }
        outside = {
            key: share
            for key, share in shares.items()
            if np.clip(share, *ONE_SIDED.get(key[0], LEVEL)) != share
        }
        assert {} == outside
