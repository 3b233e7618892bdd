"""
How much nearer weights bring early labels to the truth: ``python benchmarks/early_labels.py HOME``.

Reads a home that ``monitor demo`` has made: the flights of 2013. Every fifth day from May to
December is read at 06:00 on the next morning, with the two months before it as they were then, and
compared with what all labels say in the end. Prints the mean absolute distance and the mean
distance, of the naive numbers and of the weighted ones, as a Markdown table.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from monitoring.labels.history import HISTORY, ArrivalHistory
from monitoring.labels.maturity import Maturity
from monitoring.labels.rows import LabelledRows, times_in
from monitoring.labels.weighted import weighted_measures
from monitoring.labels.weighting import WEIGHTED
from monitoring.measures.performance import performance_measures
from monitoring.partitions import Partitions
from monitoring.profile.collecting import merged
from monitoring.profile.grouping import Group
from monitoring.profile.outcomes.outcomes import Outcomes, empty_outcomes
from monitoring.reference import Reference
from monitoring.results import ALL
from monitoring.windows import DAY, days_between, midnight, window_ending
from monitoring_pipelines.settings import Settings
from monitoring_pipelines.wiring import open_results
from resources.journal import Journal
from resources.monitor_files import MonitorFile, load_monitor
from resources.warehouse.open import open_warehouse
from resources.warehouse.pulling import pull_outcomes
from resources.warehouse.query import Query

FIRST, LAST = date(2013, 5, 4), date(2013, 12, 30)
END = datetime(2014, 6, 1, tzinfo=UTC)
LENGTHS = (7, 1)

#: Naive distance, weighted distance, and whether the interval held.
Row = tuple[float, float, bool]


def main(home: Path) -> None:
    """Print how far early numbers are from the last ones."""
    file = load_monitor(Path(__file__).parents[1] / "monitors" / "flight_delay.yaml")
    if not isinstance(file, MonitorFile):
        raise SystemExit(str(file))
    settings = Settings.from_environment({"MONITOR_HOME": str(home)})
    query = Query(file.spec, open_warehouse(settings.warehouse_url))
    stored = Journal(file.spec, open_results(settings)).reference()
    reference = replace(stored, segments={})
    found: dict[tuple[int, str], list[Row]] = defaultdict(list)
    coverage: dict[int, list[float]] = defaultdict(list)
    final = pulled(query, reference, FIRST - HISTORY, LAST, as_of=END)
    for day in list(days_between(FIRST, LAST + DAY))[::5]:
        as_of = midnight(day + DAY) + timedelta(hours=6)
        known = pulled(query, reference, day - HISTORY, day, as_of=as_of)
        for length in LENGTHS:
            keys = [key.isoformat() for key in window_ending(day, length * DAY).days]
            outcomes, truth = (whole(rows, keys, reference) for rows in (known, final))
            coverage[length].append(outcomes.labelled / truth.labelled)
            for metric, row in distances(history_of(known, as_of), keys, outcomes, truth):
                found[length, metric].append(row)
    for length in LENGTHS:
        show(length, float(np.mean(coverage[length])), found)


def pulled(
    query: Query, reference: Reference, first: date, last: date, *, as_of: datetime
) -> dict[Group, LabelledRows]:
    """Return the rows of whole days with the labels known at *as_of*."""
    start = max(first, query.spec.start or first)
    days = Partitions.of_days(days_between(start, last + DAY))
    profiles = pull_outcomes(query, reference, days, as_of=as_of).profiles

    return {Group(key): profiles[Group(key)] for key in days.keys}


def whole(rows: dict[Group, LabelledRows], keys: list[str], reference: Reference) -> Outcomes:
    """Return the outcomes of the days *keys* together."""
    empty = empty_outcomes(reference.labelled_layout())

    return merged((rows[Group(key)].outcomes for key in keys), empty=empty)


def history_of(known: dict[Group, LabelledRows], as_of: datetime) -> ArrivalHistory:
    """Return what is known of labels, mature after four days."""
    return ArrivalHistory.of(
        times_in(known),
        {group.partition: as_of for group in known},
        maturity=Maturity(timedelta(days=4)),
        as_of=as_of,
    )


def distances(
    history: ArrivalHistory, keys: list[str], outcomes: Outcomes, truth: Outcomes
) -> Iterator[tuple[str, Row]]:
    """Yield how far each metric is from what it will be."""
    weights = history.weights(frozenset(keys), ALL)
    if weights is None:
        return
    naive, last = (
        {each.metric: each for each in performance_measures(rows)} for rows in (outcomes, truth)
    )
    for each in weighted_measures(outcomes, weights):
        metric = each.metric.removeprefix(WEIGHTED)
        true, early = last[metric].value, naive[metric].value
        if None in (each.value, true, early):
            continue
        held = each.lower <= true <= each.upper
        yield metric, (early - true, each.value - true, held)


def show(length: int, coverage: float, found: dict[tuple[int, str], list[Row]]) -> None:
    """Print the table of one length of windows."""
    print(f"\n{length} days, {coverage:.0%} of the labels that come have come:\n")
    print("| metric | naive | weighted | nearer by | naive bias | weighted bias | held | of |")
    print("|---|---|---|---|---|---|---|---|")
    for (days, metric), rows in found.items():
        if days != length:
            continue
        naive, weighted, held = np.array(rows, dtype=float).T
        far, near = np.abs(naive).mean(), np.abs(weighted).mean()
        print(
            f"| {metric} | {far:.4f} | {near:.4f} | {1 - near / far:.0%} | {naive.mean():.4f} "
            f"| {weighted.mean():.4f} | {int(held.sum())} | {len(rows)} |"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
