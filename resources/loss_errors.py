"""How far a regression's estimates were from what became of its rows."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from monitoring.measures.estimation import PREFIX, estimation_errors
from monitoring.measures.judging import severity_of
from monitoring.metrics import ESTIMATED_LOSSES
from monitoring.results import Measure, Measurement
from monitoring.spec.model import MonitorSpec, Task
from monitoring.thresholds.threshold import judge
from resources.reference_history import fixed_thresholds
from resources.results.store import ResultsStore


def loss_errors(
    spec: MonitorSpec, store: ResultsStore, realised: Iterable[Measurement]
) -> Iterator[Measurement]:
    """
    Yield estimate minus truth of each *realised* loss whose window has a stored estimate.

    What remains when both are right is the change of what the inputs mean (concept drift).
    """
    if spec.task is not Task.REGRESSION:
        return
    fixed = fixed_thresholds(spec)
    truths = [row for row in realised if row.metric in ESTIMATED_LOSSES]
    days = [] if spec.by_batch else [date.fromisoformat(row.last_partition) for row in truths]
    first = min(days, default=None)
    estimates = {
        _key(row): row
        for metric in sorted({row.metric for row in truths})
        for row in store.measurements(model=spec.model, metric=f"{PREFIX}{metric}", start=first)
    }
    for row in truths:
        estimate = estimates.get(_key(row))
        if estimate is None or estimate.as_of > row.as_of:
            continue
        for error in estimation_errors([_measure(row)], [_measure(estimate)]):
            threshold = fixed.get(error.metric)
            yield replace(
                row,
                metric=error.metric,
                value=error.value,
                lower=error.lower,
                upper=error.upper,
                threshold_low=threshold.low if threshold is not None else None,
                threshold_high=threshold.high if threshold is not None else None,
                verdict=judge(error, threshold, severity=severity_of(error.metric)),
            )


def _measure(row: Measurement) -> Measure:
    return Measure(row.column, row.metric, row.value, row.rows, row.lower, row.upper)


def _key(row: Measurement) -> tuple[str, ...]:
    group = row.version, row.segment, row.column, row.metric.removeprefix(PREFIX)

    return *group, row.window, row.window_start, row.window_end
