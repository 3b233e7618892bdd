"""How far a regression's estimates were from what became of its rows."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from monitoring.measures.estimation import PREFIX
from monitoring.results import ALL, Measurement
from monitoring.spec.model import MonitorSpec, Task
from resources.results.store import ResultsStore

#: The metrics that direct loss estimation estimates.
ESTIMATED = ("mae", "mse", "rmse")


def loss_errors(
    spec: MonitorSpec, store: ResultsStore, realised: Iterable[Measurement]
) -> Iterator[Measurement]:
    """
    Yield estimate minus truth of each *realised* loss whose window has a stored estimate.

    What remains when both are right is the change of what the inputs mean (concept drift).
    """
    if spec.task is not Task.REGRESSION:
        return
    truths = [row for row in realised if row.metric in ESTIMATED and row.segment == ALL]
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
            yield replace(
                row,
                metric=f"estimation_error_{row.metric}",
                value=estimate - row.value,
                lower=None,
                upper=None,
                threshold_low=None,
                threshold_high=None,
                verdict=None,
            )


def _key(row: Measurement, metric: str) -> tuple[str, str, str, str, str, str]:
    return row.version, row.window, row.window_start, row.window_end, row.column, metric
