"""What is to be said of a window whose labels are still coming in."""

from __future__ import annotations

from collections.abc import Sequence

from monitoring.labels.blending import blended_measures
from monitoring.labels.curve import ArrivalCurve
from monitoring.labels.delay import delay_measures
from monitoring.labels.history import ArrivalHistory
from monitoring.labels.rows import LabelledRows
from monitoring.labels.weighting import WEIGHTED, selection_biases, weighted_measures
from monitoring.measures.estimation import estimation_errors
from monitoring.profile.outcomes.binary import BinaryOutcomes
from monitoring.reference import Reference
from monitoring.results import Measure

#: When so many of the labels that will come have come, the others change nothing.
_COMPLETE = 0.999


def whole_measures(
    rows: LabelledRows, *, reference: Reference, history: ArrivalHistory
) -> list[Measure]:
    """
    Return what is measured of whole rows and versions only, beside their performance.

    How far the estimate is from what the labels say so far, and what is to be said of the labels.
    """
    realised = reference.performance(rows.outcomes)
    estimated = reference.estimated_performance(rows.outcomes)

    return [
        *estimation_errors(realised, estimated),
        *label_measures(rows, realised=realised, estimated=estimated, history=history),
    ]


def label_measures(
    rows: LabelledRows,
    *,
    realised: Sequence[Measure],
    estimated: Sequence[Measure],
    history: ArrivalHistory,
) -> list[Measure]:
    """
    Return how long labels take, what early ones hide, and the series from estimate to truth.

    The weighted metrics are those of a binary model, and left out once its labels are complete or
    due: what is realised is then the truth, and nothing but the window's own rows counts. Without
    mature days in *history*, the coverage says how complete the labels are.
    """
    due = rows.last in history.due
    curve = None if due else history.curve(rows.last)
    weighted: list[Measure] = []
    if curve is not None and isinstance(rows.outcomes, BinaryOutcomes) and _filling(rows, curve):
        weighted = weighted_measures(rows.outcomes, rows.times, curve)
    best = {measure.metric: measure for measure in realised} | {
        metric: Measure(
            each.column, metric, each.value, each.rows, each.lower, each.upper, each.reason
        )
        for each in weighted
        if each.value is not None and (metric := each.metric.removeprefix(WEIGHTED))
    }
    guesses = [each for each in estimated if each.rows]
    complete = 1.0 if due else completeness(rows, curve)

    return [
        *(delay_measures(rows.times) if rows.times.rows else ()),
        *weighted,
        *selection_biases(realised, weighted),
        *blended_measures(list(best.values()), guesses, complete=complete),
    ]


def completeness(rows: LabelledRows, curve: ArrivalCurve | None) -> float:
    """
    Return the share of the labels that have come, of those that will.

    Range 0 to 1. Without mature history, the share of all rows.
    """
    every = float(rows.outcomes.rows)
    if curve is not None and rows.times.rows:
        every = curve.eventually(rows.times)

    return min(rows.outcomes.labelled / every, 1.0) if every > 0 else 0.0


def _filling(rows: LabelledRows, curve: ArrivalCurve) -> bool:
    return curve.expected(rows.times) < _COMPLETE * curve.eventually(rows.times)
