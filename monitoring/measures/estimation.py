"""
Estimated performance, before labels are known: confidence-based estimation (CBPE) from score bins.

Each score bin of the current rows is taken to hold as many positives as its scores, recalibrated
on the labelled reference, say. The measures of these expected counts are the estimates. They see
a shift of the inputs, not a change of what the inputs mean. Source: NannyML's CBPE.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from monitoring.measures.binary import (
    LabelledCounts,
    decision_statistics,
    estimable_statistics,
    label_statistics,
)
from monitoring.measures.intervals import Statistic, proportion, undefined
from monitoring.measures.multiclass import (
    estimable_multiclass_statistics,
    lost_class,
    macro_mean,
)
from monitoring.measures.performance import as_measure
from monitoring.measures.recalibration import positive_chances
from monitoring.metrics import ESTIMATION_ERROR
from monitoring.profile.outcomes.binary import MISSING, BinaryOutcomes
from monitoring.profile.outcomes.fingerprint import require_same_layout
from monitoring.profile.outcomes.losses import losses_if
from monitoring.profile.outcomes.multiclass import MulticlassOutcomes
from monitoring.results import ALL, Measure

PREFIX = "estimated_"


def estimated_measures(
    reference: BinaryOutcomes | MulticlassOutcomes, current: BinaryOutcomes | MulticlassOutcomes
) -> list[Measure]:
    """
    Return the performance that *current* should have, whatever its labels say.

    All rows of *current* with a valid score are used. The 95 % interval holds the sampling error
    of as many labelled rows, and that of the calibration on the reference's rows.

    Raises:
        LayoutError: when the two were not counted in the same bins.
    """
    require_same_layout(reference.layout.fingerprint, current.layout.fingerprint)
    if isinstance(reference, BinaryOutcomes) and isinstance(current, BinaryOutcomes):
        return _binary(reference, current, column=ALL)
    if isinstance(reference, MulticlassOutcomes) and isinstance(current, MulticlassOutcomes):
        return _multiclass(reference, current)

    msg = f"expected outcomes of one task, got {type(reference)} and {type(current)}"
    raise TypeError(msg)


def expected_counts(reference: BinaryOutcomes, current: BinaryOutcomes) -> LabelledCounts:
    """
    Return the labelled rows that *current* is expected to have, by the calibration on *reference*.

    They are weighted down to m n / (m + n) rows, for m reference and n current ones: a mean of
    as many rows varies like the difference of the means of m and of n rows.
    """
    cells = current.scored_cells.sum(axis=1).astype(np.float64)
    chances = positive_chances(reference, current)[:, None]
    cells *= _weight(reference, current)
    by_label = np.stack([cells * (1 - chances), cells * chances], axis=1)
    scored = by_label.sum(axis=2)

    return LabelledCounts(
        tenths=current.layout.bins.tenths,
        single=current.layout.bins.atoms,
        labels=scored.sum(axis=0),
        decisions=by_label[:, :, :MISSING].sum(axis=0),
        scored=scored,
        losses=losses_if(current.mean_scores),
        unit=0.0,
    )


def estimation_errors(realised: Sequence[Measure], estimated: Sequence[Measure]) -> list[Measure]:
    """
    Return estimate minus truth for every metric that has both, as ``estimation_error_<metric>``.

    What remains when both are right is the change of what the inputs mean (concept drift). The
    95 % interval is that of the estimate, which holds the sampling error of as many labels as there
    are rows; wider where fewer have come.
    """
    truths = {(measure.column, measure.metric): measure for measure in realised}
    pairs = [
        (truth, estimate)
        for estimate in estimated
        if (truth := truths.get((estimate.column, estimate.metric.removeprefix(PREFIX))))
    ]

    return [
        _error(truth.value, estimate.value, truth, estimate)
        for truth, estimate in pairs
        if truth.value is not None and estimate.value is not None
    ]


def _error(true: float, estimated: float, truth: Measure, estimate: Measure) -> Measure:
    name, error = f"{ESTIMATION_ERROR}{truth.metric}", estimated - true
    if estimate.lower is None or estimate.upper is None or not truth.rows:
        return Measure(truth.column, name, error, truth.rows)
    wider = max(estimate.rows / truth.rows, 1.0) ** 0.5

    return Measure(
        truth.column,
        name,
        error,
        truth.rows,
        lower=error - wider * (estimated - estimate.lower),
        upper=error + wider * (estimate.upper - estimated),
    )


def _weight(reference: BinaryOutcomes, current: BinaryOutcomes) -> float:
    known = int(reference.scored_cells[:, :MISSING].sum())
    rows = int(current.scored_cells.sum())
    return known / (known + rows) if known + rows else 0.0


def _binary(reference: BinaryOutcomes, current: BinaryOutcomes, *, column: str) -> list[Measure]:
    counts = expected_counts(reference, current)
    scored = current.scored_cells
    why_none = _why_none(reference, current)
    groups = (
        (decision_statistics(counts), int(scored[:, :, :MISSING].sum())),
        (estimable_statistics(counts), int(scored.sum())),
        (label_statistics(counts), int(scored.sum())),
    )

    return [
        measure
        for statistics, rows in groups
        for measure in _estimates(statistics, rows=rows, why_none=why_none, column=column)
    ]


def _multiclass(reference: MulticlassOutcomes, current: MulticlassOutcomes) -> list[Measure]:
    pairs = list(zip(reference.parts, current.parts, strict=True))
    parts = [expected_counts(*pair) for pair in pairs]
    scores = estimable_multiclass_statistics(parts, current.layout.correlations)
    scored = [part.scored_cells for part in current.parts]
    why_none = _why_none_over_classes(reference, current)
    measures = [
        *_estimates(
            _over_classes(parts),
            rows=max(int(cells[:, :, :MISSING].sum()) for cells in scored),
            why_none=why_none,
        ),
        *_estimates(scores, rows=max(int(cells.sum()) for cells in scored), why_none=why_none),
    ]
    for name, pair in zip(current.layout.classes, pairs, strict=True):
        measures += _binary(*pair, column=name)

    return measures


def _over_classes(parts: Sequence[LabelledCounts]) -> dict[str, Statistic]:
    each = [decision_statistics(part) for part in parts]
    right = sum(part.confusion.true_positives for part in parts)
    rows = max(part.confusion.rows for part in parts)
    macro = {
        metric: macro_mean([statistics[metric] for statistics in each])
        for metric in ("precision", "recall", "specificity", "f1")
    }

    return {"accuracy": proportion(right, rows, empty="no predictions")} | macro


def _estimates(
    statistics: Mapping[str, Statistic], *, rows: int, why_none: str | None, column: str = ALL
) -> Iterable[Measure]:
    for metric, statistic in statistics.items():
        shown = undefined(why_none) if why_none else statistic
        yield as_measure(f"{PREFIX}{metric}", shown, rows=rows, column=column)


def _why_none(reference: BinaryOutcomes, current: BinaryOutcomes) -> str | None:
    known = reference.scored_cells[:, :MISSING].sum(axis=(0, 2))
    if not known.any():
        return "no labelled scores in the reference"
    if not known.all():
        return "one class only in the reference"
    if not current.scored_cells.sum():
        return "no valid scores"
    return None


def _why_none_over_classes(
    reference: MulticlassOutcomes, current: MulticlassOutcomes
) -> str | None:
    known = [int(part.scored_cells[:, :MISSING].sum()) for part in reference.parts]
    if lost := lost_class(reference.parts, known):
        return f"no labelled scores of class {lost!r} in the reference"
    if lost := lost_class(
        reference.parts, [int(part.scored_cells.sum()) for part in current.parts]
    ):
        return f"no scores of class {lost!r}"

    reasons = [_why_none(*pair) for pair in zip(reference.parts, current.parts, strict=True)]
    return None if None in reasons else reasons[0]
