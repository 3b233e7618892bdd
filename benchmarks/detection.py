"""
How often thresholds cry wolf, and how soon they see what changed, over simulated years.

Run it with ``python benchmarks/detection.py [--seeds N] [--days N] [--rows 200 2000 20000]
[--reference 90]``. Nothing changes in the first table; in the second one feature of thirty moves,
for good. The third says both of control charts.
"""

from __future__ import annotations

import argparse
from collections import ChainMap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial

import numpy as np
from charts import charted
from contenders.planted import PATIENCE, SHIFTS
from streams import EMPTY, Counted, Stream, drift_of, performance_of

from monitoring.alerting.incident import Cause, Incident
from monitoring.alerting.policy import CLEAR_AFTER, Finding, replay
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
    def on(
        cls,
        days: list[Counted],
        generator: np.random.Generator,
        *,
        causes: Sequence[Cause] = (Cause.DRIFT, Cause.PERFORMANCE),
    ) -> Watch:
        """Learn what is normal from *days*."""
        whole = merged(days, empty=EMPTY)
        learning = Learning(days, whole, EMPTY, [WEEK * DAY], by_batch=False)
        measures: dict[Cause, Callable[[Counted], Sequence[Measure]]] = {
            Cause.DRIFT: partial(drift_of, whole),
            Cause.PERFORMANCE: performance_of,
        }
        asked = {cause: measures[cause] for cause in causes}
        learnt = [learn(learning, of, generator=generator) for of in asked.values()]

        return cls(ThresholdBook(dict(ChainMap(*learnt))), asked)

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


def false_incidents(
    stream: Stream, *, days: int, seed: int, reference: int = REFERENCE_DAYS
) -> dict[Cause, float]:
    """Return the incidents of each cause in 90 days of *stream*, in which nothing changes."""
    generator = np.random.default_rng(seed)
    watch = Watch.on(list(stream.days(reference, generator)), generator)
    current = list(stream.days(days, generator))

    return {
        cause: len(watch.incidents(current, cause)) * QUARTER / (days - WEEK + 1)
        for cause in watch.measures
    }


def delay(
    stream: Stream, *, shift: float, seed: int, reference: int = REFERENCE_DAYS
) -> int | None:
    """Return how many days of *shift* it takes until its feature breaches, if it ever does."""
    generator = np.random.default_rng(seed)
    normal = list(stream.days(reference, generator))
    watch = Watch.on(normal, generator)
    before = list(stream.days(WEEK - 1, generator))
    after = list(stream.shifted(shift).days(PATIENCE, generator))

    return first_breach(watch, [*before, *after])


def first_breach(watch: Watch, days: Sequence[Counted]) -> int | None:
    """Return which of the weeks of *days* is the first in which the first feature breaches."""
    found = watch.findings(days, Cause.DRIFT)
    breached = (any(row.column == "feature 0" for row in finding.breaches) for finding in found)

    return next((day for day, hit in enumerate(breached, start=1) if hit), None)


def main(seeds: int, days: int, sizes: Sequence[int], reference: int) -> None:
    """Print the false incidents in 90 days, and the days until a shift is seen."""
    print(f"False incidents in 90 days, {seeds} x {days} days, mean (most of one seed)")
    for rows in sizes:
        for variation, memory in ((0.0, 0.0), (0.1, 0.0), (0.1, 0.6)):
            stream = Stream(rows, variation, memory)
            found = [
                false_incidents(stream, days=days, seed=seed, reference=reference)
                for seed in range(seeds)
            ]
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
        for shift in SHIFTS:
            took = [
                delay(Stream(rows), shift=shift, seed=seed, reference=reference)
                for seed in range(seeds)
            ]
            print(f"{rows:>6} rows, {shift} sd: {written(took)}", flush=True)
    print("Control charts: false incidents in 90 days, and days until a shift is seen")
    for rows in sizes:
        print(f"{rows:>6} rows: {_of_charts(rows, seeds, days, reference)}", flush=True)


def _of_charts(rows: int, seeds: int, days: int, reference: int) -> str:
    """Return the false incidents of the charts of all features, and the delays of the first."""
    stream = Stream(rows)
    false = [
        incidents(list(charted(stream, reference=reference, days=days, seed=seed))) * QUARTER / days
        for seed in range(seeds)
    ]
    delays = []
    for shift in SHIFTS:
        seen = [
            list(charted(stream, reference=reference, days=PATIENCE, seed=seed, shift=shift))
            for seed in range(seeds)
        ]
        delays.append(written([each.index(True) + 1 if any(each) else None for each in seen]))

    return f"{np.mean(false):.2f} ({max(false):.1f}); {', '.join(delays)}"


def incidents(alarmed: Sequence[bool]) -> int:
    """Return how many incidents alarms make, each over after three windows in order, as ours."""
    return sum(
        alarm and not any(alarmed[max(0, place - CLEAR_AFTER) : place])
        for place, alarm in enumerate(alarmed)
    )


def written(took: Sequence[int | None]) -> str:
    """Return the median of the delays that are known, and the share of them."""
    seen = [day for day in took if day is not None]
    median = f"{np.median(seen):.0f} " if seen else ""

    return f"{median}({len(seen) / len(took):.0%})"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--days", type=int, default=360)
    parser.add_argument("--rows", type=int, nargs="+", default=[200, 2000, 20000])
    parser.add_argument("--reference", type=int, default=REFERENCE_DAYS)
    given = parser.parse_args()
    main(given.seeds, given.days, given.rows, given.reference)
