"""What is to be said of a window whose labels are still coming in."""

from __future__ import annotations

from collections.abc import Sequence

from monitoring.labels.blending import blended_measures
from monitoring.labels.delay import delay_measures
from monitoring.labels.history import ArrivalHistory
from monitoring.labels.rows import PlacedOutcomes
from monitoring.labels.times import LabelTimes
from monitoring.labels.weighted import weighted_measures
from monitoring.labels.weighting import WEIGHTED, selection_biases
from monitoring.measures.estimation import estimation_errors
from monitoring.measures.label_drift import label_drift
from monitoring.reference import Reference
from monitoring.results import ALL, Measure


def window_measures(
    rows: PlacedOutcomes, *, reference: Reference, history: ArrivalHistory, label: str
) -> list[Measure]:
    """
    Return what is realised, and what is to be said of labels that are still coming in.

    The drift of all labels stands under the column *label*.
    """
    realised = reference.performance(rows.outcomes)
    known = reference.outcomes if rows.segment == ALL else None
    shift = () if known is None else label_drift(known, rows.outcomes, column=label)
    more = label_measures(rows, realised, reference=reference, history=history)

    return [*realised, *shift, *more]


def label_measures(
    rows: PlacedOutcomes,
    realised: Sequence[Measure],
    *,
    reference: Reference,
    history: ArrivalHistory,
) -> list[Measure]:
    """
    Return how long labels take, what early ones hide, and the series from estimate to truth.

    The weighted metrics are left out once labels are complete or due: what is realised is then the
    truth, and nothing but the window's own rows counts. Segments are weighed as all rows are.
    """
    weights = history.weights(rows.partitions, rows.version)
    weighted = [] if weights is None else weighted_measures(rows.outcomes, weights)
    estimated = estimates_of(rows, reference=reference)
    times = history.times_of(rows.partitions, rows.version, rows.segment)

    return [
        *estimation_errors(realised, estimated),
        *(delay_measures(times) if times.rows else ()),
        *weighted,
        *selection_biases(realised, weighted),
        *blended_measures(
            _best(realised, weighted),
            [each for each in estimated if each.rows],
            complete=completeness(rows, times, history),
        ),
    ]


def estimates_of(rows: PlacedOutcomes, *, reference: Reference) -> list[Measure]:
    """
    Return how well the model should do on *rows*, of segments as a whole and not by class.

    What a score is worth is learnt from all rows of the reference, also for a segment: few rows
    of its own know it less well.
    """
    found = reference.estimated_performance(rows.outcomes)

    return [each for each in found if ALL in (rows.segment, each.column)]


def completeness(rows: PlacedOutcomes, times: LabelTimes, history: ArrivalHistory) -> float:
    """
    Return the share of the labels that have come, of those that will: 1 when they are due.

    Range 0 to 1. Without mature history, and where no *times* are known, the share of all rows.
    """
    last = max(rows.partitions, default="")
    if last in history.due:
        return 1.0
    every, curve = float(rows.outcomes.rows), history.curve(last)
    if curve is not None and times.rows:
        every *= curve.eventually(times) / times.rows

    return min(rows.outcomes.labelled / every, 1.0) if every > 0 else 0.0


def _best(realised: Sequence[Measure], weighted: Sequence[Measure]) -> list[Measure]:
    """Return what is realised, weighted where it can be, under the names of what is realised."""
    fair = {
        (each.column, metric): Measure(
            each.column, metric, each.value, each.rows, each.lower, each.upper, each.reason
        )
        for each in weighted
        if each.value is not None and (metric := each.metric.removeprefix(WEIGHTED))
    }

    return [fair.get((each.column, each.metric), each) for each in realised]
