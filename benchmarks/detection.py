"""
How often thresholds cry wolf, and how soon they see what changed, over simulated years.

Run it with ``python benchmarks/detection.py [--seeds N] [--days N] [--rows 200 2000 20000]``.
Nothing changes in the first table; in the second one feature of thirty moves, for good.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial

import numpy as np
from streams import EMPTY, Counted, Stream, drift_of, performance_of

from monitoring.alerting.incident import Cause, Incident
from monitoring.alerting.policy import Finding, replay
from monitoring.measures.judging import Stamp, WindowKey, judged
from monitoring.profile.collecting import merged
from monitoring.results import ALL, Measure, Measurement
from monitoring.thresholds.book import ThresholdBook
from monitoring.thresholds.calibration import Learning, learn
from monitoring.windows import DAY

WEEK = 7
REFERENCE_DAYS = 90
QUARTER = 90

_START = date(2026, 1, 1)
_STAMP = Stamp("simulated", datetime(2026, 1, 1, tzinfo=UTC), "run")


@dataclass(frozen=True, slots=True)
class Watch:
    """The thresholds that a reference gave for drift and for performance."""

    book: ThresholdBook
    measures: dict[Cause, Callable[[Counted], Sequence[Measure]]]

    @classmethod
    def on(cls, days: list[Counted], generator: np.random.Generator) -> Watch:
        """Learn what is normal from *days*."""
        whole = merged(days, empty=EMPTY)
        learning = Learning(days, whole, EMPTY, [WEEK * DAY], by_batch=False)
        measures: dict[Cause, Callable[[Counted], Sequence[Measure]]] = {
            Cause.DRIFT: partial(drift_of, whole),
            Cause.PERFORMANCE: performance_of,
        }
        learnt = [learn(learning, of, generator=generator) for of in measures.values()]

        return cls(ThresholdBook(learnt[0] | learnt[1]), measures)

    def findings(self, days: Sequence[Counted], cause: Cause) -> Iterator[Finding]:
        """Yield what each week that ends with one of *days* says of *cause*."""
        for end in range(WEEK, len(days) + 1):
            rows = self._judged(merged(days[end - WEEK : end], empty=EMPTY), cause, end)
            yield Finding(rows[0].last_partition, tuple(row for row in rows if row.breached))

    def incidents(self, days: Sequence[Counted], cause: Cause) -> list[Incident]:
        """Return the incidents of *cause* that *days* give rise to."""
        return replay("simulated", cause, self.findings(days, cause))

    def _judged(self, week: Counted, cause: Cause, end: int) -> list[Measurement]:
        last = _START + timedelta(days=end)
        window = WindowKey("7d", (last - WEEK * DAY).isoformat(), last.isoformat(), ())
        return [
            judged(measure, window, ALL, ALL, book=self.book, stamp=_STAMP)
            for measure in self.measures[cause](week)
        ]


def false_incidents(stream: Stream, *, days: int, seed: int) -> dict[Cause, float]:
    """Return the incidents of each cause in 90 days of *stream*, in which nothing changes."""
    generator = np.random.default_rng(seed)
    watch = Watch.on(list(stream.days(REFERENCE_DAYS, generator)), generator)
    current = list(stream.days(days, generator))

    return {
        cause: len(watch.incidents(current, cause)) * QUARTER / (days - WEEK + 1)
        for cause in watch.measures
    }


def delay(stream: Stream, *, shift: float, seed: int, patience: int = 60) -> int | None:
    """Return how many days of *shift* it takes until its feature breaches, if it ever does."""
    generator = np.random.default_rng(seed)
    watch = Watch.on(list(stream.days(REFERENCE_DAYS, generator)), generator)
    before = list(stream.days(WEEK - 1, generator))
    after = list(stream.shifted(shift).days(patience, generator))
    found = watch.findings([*before, *after], Cause.DRIFT)
    breached = (any(row.column == "feature 0" for row in finding.breaches) for finding in found)

    return next((day for day, hit in enumerate(breached, start=1) if hit), None)


def main(seeds: int, days: int, sizes: Sequence[int]) -> None:
    """Print the false incidents in 90 days, and the days until a shift is seen."""
    print(f"False incidents in 90 days, {seeds} x {days} days, mean (most of one seed)")
    for rows in sizes:
        for variation, memory in ((0.0, 0.0), (0.1, 0.0), (0.1, 0.6)):
            stream = Stream(rows, variation, memory)
            found = [false_incidents(stream, days=days, seed=seed) for seed in range(seeds)]
            drift, worse = ([each[cause] for each in found] for cause in found[0])
            total = [a + b for a, b in zip(drift, worse, strict=True)]
            print(
                f"{rows:>6} rows, days vary by {variation} (memory {memory}): "
                f"drift {np.mean(drift):.2f}, performance {np.mean(worse):.2f}, "
                f"both {np.mean(total):.2f} ({max(total):.1f})",
                flush=True,
            )
    print("Days until a shift is seen: median (share seen within 60 days)")
    for rows in sizes:
        for shift in (0.1, 0.25, 0.5):
            took = [delay(Stream(rows), shift=shift, seed=seed) for seed in range(seeds)]
            seen = [day for day in took if day is not None]
            print(
                f"{rows:>6} rows, {shift} sd: "
                f"{np.median(seen) if seen else float('nan'):.0f} ({len(seen) / seeds:.0%})",
                flush=True,
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--days", type=int, default=360)
    parser.add_argument("--rows", type=int, nargs="+", default=[200, 2000, 20000])
    given = parser.parse_args()
    main(given.seeds, given.days, given.rows)
