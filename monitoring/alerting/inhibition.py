"""Which breaches another trouble explains: they open no incident of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from statistics import median

from monitoring.results import ALL, Measurement, Verdict

#: Labels of less than this share of the usual coverage are late: they are not a fair sample.
LATE = 0.5


def broken_columns(quality: Iterable[Measurement]) -> dict[str, frozenset[str]]:
    """
    Return the columns with failed expectations on each day or batch whose quality is critical.

    *quality* are the numbers of failed expectations, of the columns and of the whole.
    """
    rows = [row for row in quality if row.metric == "failed_expectations" and row.value]
    critical = {
        row.last_partition for row in rows if row.column == ALL and row.verdict is Verdict.CRITICAL
    }
    columns: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.column != ALL and row.last_partition in critical:
            columns[row.last_partition].add(row.column)

    return {partition: frozenset(names) for partition, names in columns.items()}


def broken_answers(
    broken: Mapping[str, Collection[str]], *, answers: Collection[str], reserved: Collection[str]
) -> dict[str, frozenset[str]]:
    """
    Return *broken* with all *answers* of the model on each day on which a feature is.

    A model that is fed a broken column answers something else: that is one trouble and not two.
    Features are the columns that are not *reserved* for another use.
    """
    return {
        partition: frozenset({*columns, *answers})
        if set(columns).difference(reserved)
        else frozenset(columns)
        for partition, columns in broken.items()
    }


def explained_by_quality(breach: Measurement, broken: Mapping[str, Collection[str]]) -> bool:
    """Return whether a day within the window of *breach* has its column *broken*."""
    if breach.window_start == breach.window_end:
        return breach.column in broken.get(breach.window_start, ())

    return any(
        breach.window_start <= day < breach.window_end and breach.column in columns
        for day, columns in broken.items()
    )


def late_windows(coverage: Sequence[Measurement]) -> frozenset[tuple[str, str]]:
    """
    Return start and end of the windows whose labels are late.

    *coverage* is the label coverage of the windows that will be judged. Late is what has less than
    half of the median: the labels that came first tell little of those that did not.
    """
    known = [row for row in coverage if row.value is not None]
    if not known:
        return frozenset()
    usual = median(row.value for row in known if row.value is not None)

    return frozenset(
        (row.window_start, row.window_end)
        for row in known
        if row.value is not None and row.value < LATE * usual
    )
