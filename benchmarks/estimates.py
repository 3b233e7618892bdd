"""
How often estimates hold the truth: ``python benchmarks/estimates.py [SIMULATIONS]``.

Draws a labelled reference and fresh rows of known models, estimates the performance of the fresh
rows without their labels, and prints the share of 95 % intervals that hold what their labels then
say, as a Markdown table. The default, 2,000 simulations, takes some minutes on one core.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable
from typing import cast

import numpy as np
import pyarrow as pa
from coverage import SIZES, balanced, calibrated, imbalanced, three_classes, values

from monitoring.measures.estimation import PREFIX, estimated_measures
from monitoring.profile.outcomes.binary import BinaryOutcomes
from monitoring.profile.outcomes.multiclass import MulticlassOutcomes
from monitoring.profile.outcomes.outcomes import outcome_layout, outcomes_of
from monitoring.results import ALL
from monitoring.spec.model import Task

Draw = Callable[[int, np.random.Generator], pa.Table]
Scored = BinaryOutcomes | MulticlassOutcomes

REFERENCE_ROWS = (1_000, 10_000)

MODELS: dict[str, tuple[Task, Draw]] = {
    "calibrated": (Task.BINARY, calibrated),
    "too sure of itself": (Task.BINARY, balanced),
    "12 % positive, scores too high": (Task.BINARY, imbalanced),
    "three classes": (Task.MULTICLASS, three_classes),
}


def coverage(
    task: Task, draw: Draw, *, reference_rows: int, rows: int, simulations: int, seed: int = 1
) -> dict[str, float]:
    """Return for each metric the share of intervals that hold the realised value."""
    generator = np.random.default_rng(seed)
    layout = outcome_layout(task, draw(50_000, generator), positive_class=None)
    held: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for _ in range(simulations):
        reference, current = (
            cast("Scored", outcomes_of(draw(size, generator), layout))
            for size in (reference_rows, rows)
        )
        truth = values(current)
        for measure in estimated_measures(reference, current):
            metric = measure.metric.removeprefix(PREFIX)
            known = measure.column == ALL and metric in truth
            if not known or measure.lower is None or measure.upper is None:
                continue
            asked[metric] += 1
            held[metric] += measure.lower <= truth[metric] <= measure.upper

    # The share of positive predictions is known without labels.
    return {metric: held[metric] / asked[metric] for metric in asked if metric != "positive_rate"}


def table(columns: Iterable[dict[str, float]]) -> Iterable[str]:
    """Yield a line for each metric with its share in every column, in percent."""
    shares = list(columns)
    for metric in shares[0]:
        yield f"{metric} | " + " | ".join(f"{100 * share[metric]:.1f}" for share in shares)


def main() -> None:
    """Print the table."""
    simulations = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    cells = [(known, rows) for known in REFERENCE_ROWS for rows in SIZES]
    print("| model | metric | " + " | ".join(f"{m:,} / {n:,}" for m, n in cells) + " |")
    print("|---|---|" + "---|" * len(cells))
    for name, (task, draw) in MODELS.items():
        shares = (
            coverage(task, draw, reference_rows=known, rows=rows, simulations=simulations)
            for known, rows in cells
        )
        for line in table(shares):
            print(f"| {name} | {line} |", flush=True)


if __name__ == "__main__":
    main()
