"""How far the labels themselves have moved from the reference: prior shift."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitoring.measures.drift import Distance, PairedCounts, count_distances
from monitoring.measures.intervals import Statistic
from monitoring.profile.outcomes.binary import MISSING, BinaryOutcomes
from monitoring.profile.outcomes.multiclass import MulticlassOutcomes
from monitoring.profile.outcomes.outcomes import Outcomes
from monitoring.results import Measure

#: What is told of labels; of classes the rates are metrics of their own.
LABEL_DRIFT = ("psi", "l_infinity")


def label_drift(reference: Outcomes, current: Outcomes, *, column: str) -> list[Measure]:
    """
    Return the drift of the labels of *current*, which are those of *column*.

    Over the classes, or over ranges between quantiles of a regression's labels. Rows without a
    label take no part. Undefined, with the reason, where either has no labels.
    """
    ours, theirs = label_counts(reference), label_counts(current)
    rows = int(theirs.sum())
    if not rows or not ours.sum():
        reason = "no labels" if ours.sum() else "no labels in the reference"
        return [Measure(column, name, None, 0, reason=reason) for name in LABEL_DRIFT]
    counts = PairedCounts(ours, theirs)
    found = count_distances(counts, counts)

    return [_measure(found[name], name, column=column, rows=rows) for name in LABEL_DRIFT]


def label_counts(outcomes: Outcomes) -> NDArray[np.int64]:
    """Return the number of labels of each class, or in each range of a regression."""
    match outcomes:
        case BinaryOutcomes():
            return np.asarray(outcomes.totals[:MISSING].sum(axis=1))
        case MulticlassOutcomes():
            return np.asarray(outcomes.confusion[:-1].sum(axis=1))

    layout = outcomes.layout
    cells = outcomes.counts[: layout.cells].reshape(-1, len(layout.label_edges) + 1)

    return np.asarray(cells.sum(axis=0))


def _measure(found: Distance | Statistic, name: str, *, column: str, rows: int) -> Measure:
    statistic = found.statistic(bounded=True) if isinstance(found, Distance) else found

    return Measure(
        column, name, statistic.value, rows, statistic.lower, statistic.upper, statistic.reason
    )
