"""
How often the 95 % intervals hold the truth: ``python benchmarks/coverage.py [SIMULATIONS]``.

Draws samples of known models, computes every performance metric with its interval, and prints the
share of intervals that hold the value of the whole population, as a Markdown table. The default,
2,000 simulations, takes some minutes on one core; the share is then known to within 1 %.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np
import pyarrow as pa
from scipy.special import expit

from monitoring.measures.performance import performance_measures
from monitoring.profile.outcomes.outcomes import (
    Outcomes,
    empty_outcomes,
    outcome_layout,
    outcomes_of,
)
from monitoring.results import ALL
from monitoring.spec.model import Task

Draw = Callable[[int, np.random.Generator], pa.Table]

SIZES = (200, 2_000, 20_000)

_POPULATION_CHUNKS, _CHUNK = 40, 250_000


def balanced(rows: int, generator: np.random.Generator) -> pa.Table:
    """A binary model with 41 % positives and an AUC of 0.81, a little too sure of itself."""
    return _binary(generator.normal(-0.5, 1.5, rows), generator, slope=1.2, threshold=0.5)


def calibrated(rows: int, generator: np.random.Generator) -> pa.Table:
    """The same with scores that are the chances themselves."""
    return _binary(generator.normal(-0.5, 1.5, rows), generator, slope=1.0, threshold=0.5)


def imbalanced(rows: int, generator: np.random.Generator) -> pa.Table:
    """A binary model with 12 % positives and an AUC of 0.78, with scores that are too high."""
    return _binary(generator.normal(-2.5, 1.2, rows), generator, slope=0.9, threshold=0.3)


def three_classes(rows: int, generator: np.random.Generator) -> pa.Table:
    """A calibrated model of three classes with an accuracy of 0.6."""
    weights = np.exp(generator.normal(size=(rows, 3)) * 1.2 + [0.5, 0.0, -0.5])
    scores = weights / weights.sum(axis=1, keepdims=True)
    labels = (scores.cumsum(axis=1) < generator.random((rows, 1))).sum(axis=1).clip(max=2)
    names = np.array(["a", "b", "c"])
    columns = {f"score:{name}": scores[:, at] for at, name in enumerate(names)}
    return pa.table(columns | {"prediction": names[scores.argmax(axis=1)], "label": names[labels]})


def regression(rows: int, generator: np.random.Generator) -> pa.Table:
    """A regression with errors of one size, normal."""
    labels = generator.normal(100.0, 20.0, rows)
    return pa.table({"prediction": labels + generator.normal(1.0, 8.0, rows), "label": labels})


def skewed_regression(rows: int, generator: np.random.Generator) -> pa.Table:
    """A regression of positive, skewed values whose errors grow with the value."""
    labels = generator.gamma(4.0, 25.0, rows) + 5
    return pa.table(
        {"prediction": labels * np.exp(generator.normal(0.02, 0.2, rows)), "label": labels}
    )


MODELS: dict[str, tuple[Task, Draw]] = {
    "binary, 41 % positive": (Task.BINARY, balanced),
    "binary, 12 % positive": (Task.BINARY, imbalanced),
    "three classes": (Task.MULTICLASS, three_classes),
    "regression, normal errors": (Task.REGRESSION, regression),
    "regression, heavy tails": (Task.REGRESSION, skewed_regression),
}


def values(outcomes: Outcomes) -> dict[str, float]:
    """Return the defined metrics of the whole model."""
    return {
        measure.metric: measure.value
        for measure in performance_measures(outcomes)
        if measure.column == ALL and measure.value is not None
    }


def coverage(
    task: Task, draw: Draw, *, sizes: Iterable[int], simulations: int, seed: int = 1
) -> dict[str, dict[int, float]]:
    """Return for each metric and sample size the share of intervals that hold the truth."""
    generator = np.random.default_rng(seed)
    layout = outcome_layout(task, draw(50_000, generator), positive_class=None)
    population = empty_outcomes(layout)
    for _ in range(_POPULATION_CHUNKS):
        population = population + outcomes_of(draw(_CHUNK, generator), layout)
    truth = values(population)
    shares: dict[str, dict[int, float]] = {metric: {} for metric in truth}
    for size in sizes:
        held: Counter[str] = Counter()
        asked: Counter[str] = Counter()
        for _ in range(simulations):
            for measure in performance_measures(outcomes_of(draw(size, generator), layout)):
                known = measure.column == ALL and measure.metric in truth
                if not known or measure.lower is None or measure.upper is None:
                    continue
                asked[measure.metric] += 1
                held[measure.metric] += measure.lower <= truth[measure.metric] <= measure.upper
        for metric in truth:
            shares[metric][size] = held[metric] / asked[metric]

    return shares


def main() -> None:
    """Print the table."""
    simulations = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    print("| model | metric | " + " | ".join(f"n = {size:,}" for size in SIZES) + " |")
    print("|---|---|" + "---|" * len(SIZES))
    for name, (task, draw) in MODELS.items():
        for metric, shares in coverage(task, draw, sizes=SIZES, simulations=simulations).items():
            if metric == "label_coverage":
                continue
            cells = " | ".join(f"{100 * share:.1f}" for share in shares.values())
            print(f"| {name} | {metric} | {cells} |", flush=True)


def _binary(
    log_odds: np.ndarray, generator: np.random.Generator, *, slope: float, threshold: float
) -> pa.Table:
    labels = generator.random(len(log_odds)) < expit(log_odds)
    scores = expit(slope * log_odds)
    return pa.table({"score": scores, "prediction": scores >= threshold, "label": labels})


if __name__ == "__main__":
    main()
