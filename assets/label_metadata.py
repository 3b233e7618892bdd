"""What a materialization shows of labels that are still coming in, and of what they changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from assets.metadata import Metadata
from monitoring.labels.maturity import Maturity
from monitoring.measures.judging import WindowKey
from monitoring.partitions import Partitions
from monitoring.results import ALL, Measurement
from monitoring.windows import DAY
from resources.journal import Journal

PROVISIONAL, MATURE = "provisional", "mature"

#: A partition and a metric.
Key = tuple[str, str]


def state_metadata(
    partitions: Partitions, *, maturity: Maturity, as_of: datetime
) -> dict[str, Metadata]:
    """Return, for each day, whether its labels were due when they were read, and when they are."""
    found: dict[str, Metadata] = {}
    for day in partitions.days:
        due = maturity.due(day)
        state = MATURE if due <= as_of else PROVISIONAL
        found[day.isoformat()] = {"labels": state, "labels_due": f"{due:%Y-%m-%d %H:%M}"}

    return found


def lateness_metadata(rows: Iterable[Measurement]) -> dict[str, Metadata]:
    """Return how late the labels of each partition are: ``late_label_fraction`` and others."""
    found: dict[str, Metadata] = {}
    for (partition, metric), value in _values(rows).items():
        found.setdefault(partition, {})[metric] = round(value, 6)

    return found


def shortest(windows: Sequence[WindowKey]) -> str:
    """Return the label of the window with the fewest partitions."""
    return min(windows, key=lambda window: len(window.partitions)).label if windows else ""


def values_before(
    journal: Journal, partitions: Partitions, *, window: str, metrics: Iterable[str]
) -> dict[Key, float]:
    """Return what *metrics* are so far in the *window* of each partition."""
    days = partitions.days
    rows = (
        row
        for metric in metrics
        for row in journal.store.measurements(
            model=journal.spec.model,
            step="performance",
            window=window,
            metric=metric,
            column=ALL,
            segment=ALL,
            version=ALL,
            start=min(days, default=None),
            end=max(days) + DAY if days else None,
        )
    )

    return _values(rows)


def change_metadata(
    before: Mapping[Key, float], after: Iterable[Measurement], *, window: str
) -> dict[str, Metadata]:
    """
    Return by how much each value of *before* has changed: ``roc_auc_change``.

    Only days that were computed before, and are computed again, have something to show.
    """
    rows = (
        row
        for row in after
        if row.window == window and row.column == row.segment == row.version == ALL
    )
    found: dict[str, Metadata] = {}
    for (partition, metric), value in _values(rows).items():
        if (partition, metric) in before:
            change = round(value - before[partition, metric], 6)
            found.setdefault(partition, {})[f"{metric}_change"] = change

    return found


def _values(rows: Iterable[Measurement]) -> dict[Key, float]:
    return {(row.last_partition, row.metric): row.value for row in rows if row.value is not None}
