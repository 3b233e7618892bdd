"""How far a regression's estimates were from what became of its rows."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from monitoring.measures.estimation import PREFIX
from monitoring.measures.judging import severity_of
from monitoring.metrics import ESTIMATED_LOSSES, ESTIMATION_ERROR
from monitoring.results import ALL, Measure, Measurement
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
    truths = [row for row in realised if row.metric in ESTIMATED_LOSSES and row.segment == ALL]
    days = [] if spec.by_batch else [date.fromisoformat(row.last_partition) for row in truths]
    first = min(days, default=None)
    estimates = {
        _key(row, row.metric.removeprefix(PREFIX)): row.value
        for metric in sorted({row.metric for row in truths})
        for row in store.measurements(
            model=spec.model, metric=f"{PREFIX}{metric}", segment=ALL, start=first
        )
    }
    for row in truths:
        estimate = estimates.get(_key(row, row.metric))
        if estimate is not None and row.value is not None:
            error = Measure(
                row.column, f"{ESTIMATION_ERROR}{row.metric}", estimate - row.value, row.rows
            )
            threshold = fixed.get(error.metric)
            yield replace(
                row,
                metric=error.metric,
                value=error.value,
                lower=None,
                upper=None,
                threshold_low=threshold.low if threshold is not None else None,
                threshold_high=threshold.high if threshold is not None else None,
                verdict=judge(error, threshold, severity=severity_of(error.metric)),
            )


def _key(row: Measurement, metric: str) -> tuple[str, str, str, str, str, str]:
    return row.version, row.window, row.window_start, row.window_end, row.column, metric
