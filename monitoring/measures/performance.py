"""Realised performance: every measure of a model whose labels are known, from its outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from monitoring.measures.binary import (
    LabelledCounts,
    decision_statistics,
    label_statistics,
    labelled_counts,
    score_statistics,
)
from monitoring.measures.intervals import Statistic, finite, proportion, undefined
from monitoring.measures.multiclass import (
    lost_class,
    multiclass_decision_statistics,
    multiclass_score_statistics,
)
from monitoring.measures.regression import regression_statistics
from monitoring.profile.outcomes.binary import POSITIVE, BinaryOutcomes
from monitoring.profile.outcomes.multiclass import MulticlassOutcomes
from monitoring.profile.outcomes.outcomes import Outcomes
from monitoring.profile.outcomes.regression import RegressionOutcomes
from monitoring.results import ALL, Measure


def performance_measures(outcomes: Outcomes) -> list[Measure]:
    """
    Return every performance metric of the task, defined or not, and the label coverage.

    Each carries the rows that it is made of, and its 95 % interval. Column ``*`` is the whole
    model; of a multiclass model there is one column for each class besides.
    """
    match outcomes:
        case BinaryOutcomes():
            measures = _binary(outcomes, column=ALL)
        case MulticlassOutcomes():
            measures = _multiclass(outcomes)
        case RegressionOutcomes():
            measures = _regression(outcomes)

    return [*measures, label_coverage(outcomes)]


def label_coverage(outcomes: Outcomes) -> Measure:
    """
    Return the share of predictions whose label is known.

    Range 0 to 1, Wilson interval. Undefined without predictions.
    """
    coverage = proportion(outcomes.labelled, outcomes.rows, empty="no rows")
    return as_measure("label_coverage", coverage, rows=outcomes.rows)


def as_measure(metric: str, statistic: Statistic, *, rows: int, column: str = ALL) -> Measure:
    """Return *statistic* as the measure *metric* of *column*."""
    safe = finite(statistic)
    return Measure(
        column, metric, safe.value, rows, lower=safe.lower, upper=safe.upper, reason=safe.reason
    )


def _measures(
    statistics: Mapping[str, Statistic], *, rows: int, why_none: str, column: str = ALL
) -> Iterable[Measure]:
    for metric, statistic in statistics.items():
        yield as_measure(
            metric, statistic if rows else undefined(why_none), rows=rows, column=column
        )


def _binary(outcomes: BinaryOutcomes, *, column: str) -> list[Measure]:
    counts = labelled_counts(outcomes)
    labelled = int(counts.labels.sum())
    undecided = "no predictions" if labelled else "no labels"

    return [
        *_measures(
            decision_statistics(counts),
            rows=int(counts.decisions.sum()),
            why_none=undecided,
            column=column,
        ),
        *_measures(
            score_statistics(counts),
            rows=int(counts.scored.sum()),
            why_none=_why_unscored(outcomes, labelled=labelled),
            column=column,
        ),
        *_measures(label_statistics(counts), rows=labelled, why_none="no labels", column=column),
    ]


def _multiclass(outcomes: MulticlassOutcomes) -> list[Measure]:
    classes = outcomes.layout.classes
    counts = [labelled_counts(part) for part in outcomes.parts]
    decisions = outcomes.decisions.astype(np.float64)
    undecided = "no predictions" if outcomes.labelled else "no labels"

    return [
        *_measures(
            multiclass_decision_statistics(decisions, classes=len(classes)),
            rows=int(decisions.sum()),
            why_none=undecided,
        ),
        *_scores_over_classes(outcomes, counts),
        *(
            measure
            for name, part in zip(classes, outcomes.parts, strict=True)
            for measure in _binary(part, column=name)
        ),
    ]


def _scores_over_classes(
    outcomes: MulticlassOutcomes, counts: Sequence[LabelledCounts]
) -> Iterable[Measure]:
    statistics = multiclass_score_statistics(counts, outcomes.layout.correlations)
    scored = [int(part.scored.sum()) for part in counts]
    why_none = None
    if lost := lost_class(outcomes.parts, scored):
        why_none = f"no scores of class {lost!r}"
    elif not any(scored):
        why_none = _why_unscored(outcomes.parts[0], labelled=outcomes.parts[0].labelled)

    # The log loss has no row of a label that the reference never had.
    known = sum(int(part.scored[:, POSITIVE].sum()) for part in counts)
    for metric, statistic in statistics.items():
        shown = undefined(why_none) if why_none else statistic
        yield as_measure(metric, shown, rows=known if metric == "log_loss" else max(scored))


def _regression(outcomes: RegressionOutcomes) -> list[Measure]:
    why_none = "no predictions" if outcomes.labelled else "no labels"
    return list(_measures(regression_statistics(outcomes), rows=outcomes.used, why_none=why_none))


def _why_unscored(outcomes: BinaryOutcomes, *, labelled: int) -> str:
    if not labelled:
        return "no labels"
    if not outcomes.layout.scored and not outcomes.invalid_scores:
        return "no score column"
    return "no valid scores"
