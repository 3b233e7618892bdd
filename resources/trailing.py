"""Judges numbers by their own past, where the monitor file asks for that."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from monitoring.measures.judging import severity_of
from monitoring.results import ALL, Measure, Measurement
from monitoring.spec.model import MonitorSpec
from monitoring.thresholds.bounds import FALSE_ALARM_RATE
from monitoring.thresholds.calibration import BUDGET_DAYS, SHARE
from monitoring.thresholds.threshold import judge
from monitoring.thresholds.trailing import METHODS
from resources.results.store import ResultsStore

_Series = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Trailing:
    """The past of the numbers that *step* measures of one model, by day."""

    spec: MonitorSpec
    store: ResultsStore
    step: str

    def judged(self, measurements: Sequence[Measurement]) -> list[Measurement]:
        """
        Return *measurements* with verdicts by their past, where the monitor file says so.

        What has too short a past keeps its verdict, or has none where there are no other bounds; so
        does what had too few rows for one. The reason says which past the bounds are from.
        """
        methods = {
            metric: bounds.method
            for metric, bounds in self.spec.thresholds.items()
            if bounds.method is not None
        }
        if not methods or not measurements or self.spec.by_batch:
            return list(measurements)
        pasts = self._pasts(measurements, methods)
        columns = Counter(metric for _, _, metric in pasts)

        return [
            self._judged(row, pasts[_series(row)], methods[row.metric], columns[row.metric])
            if row.metric in methods and _is_whole(row) and (row.decided or _is_unbounded(row))
            else row
            for row in measurements
        ]

    def _judged(
        self, row: Measurement, past: Mapping[date, float], method: str, columns: int
    ) -> Measurement:
        start, end = date.fromisoformat(row.window_start), date.fromisoformat(row.window_end)
        level = min(FALSE_ALARM_RATE, SHARE * self.spec.alerts.budget / BUDGET_DAYS / columns)
        bounds = METHODS[method](
            row.metric,
            past,
            day=end - timedelta(days=1),
            length=end - start,
            false_alarm=level,
        )
        if bounds is None:
            return row
        verdict = judge(
            Measure(row.column, row.metric, row.value, row.rows),
            bounds,
            severity=severity_of(row.metric),
        )

        return replace(
            row,
            threshold_low=bounds.low,
            threshold_high=bounds.high,
            verdict=verdict,
            reason=row.because(bounds.source),
        )

    def _pasts(
        self, measurements: Sequence[Measurement], methods: Mapping[str, str]
    ) -> dict[_Series, dict[date, float]]:
        """Return what was known of each number, under what was measured just now."""
        now = max(row.as_of for row in measurements)
        stored = [
            row
            for metric in methods
            for row in self.store.measurements(
                model=self.spec.model, step=self.step, metric=metric, segment=ALL, version=ALL
            )
            if row.as_of <= now
        ]
        pasts: dict[_Series, dict[date, float]] = defaultdict(dict)
        for row in [*stored, *measurements]:
            if row.metric in methods and row.value is not None and _is_whole(row):
                pasts[_series(row)][date.fromisoformat(row.last_partition)] = row.value

        return pasts


def _is_unbounded(row: Measurement) -> bool:
    return row.verdict is None and row.value is not None


def _is_whole(row: Measurement) -> bool:
    return row.segment == row.version == ALL


def _series(row: Measurement) -> _Series:
    return row.window, row.column, row.metric
