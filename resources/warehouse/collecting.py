"""Profiles of the rows of a statement, made where the rows are."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import pyarrow as pa

from monitoring.profile.collecting import Mergeable, collect
from monitoring.profile.grouping import Group, GroupKeys
from resources.warehouse.warehouse import Distributed, Statement, Warehouse

P = TypeVar("P", bound=Mergeable)


def collect_from(
    warehouse: Warehouse,
    statement: Statement,
    keys: GroupKeys,
    profile_of: Callable[[pa.RecordBatch], P],
    *,
    empty: P,
    partitions: Sequence[str],
    prepare: Callable[[pa.RecordBatch], pa.RecordBatch] | None = None,
) -> dict[Group, P]:
    """
    Return the profile of every group of the rows of *statement*; see :func:`collect`.

    In this process, batch by batch; where the warehouse is distributed, each of its workers
    collects the rows that it has, and their profiles are added here. What *prepare* does to a batch
    is done once, and not for each group.
    """

    def summarise(batches: Iterable[pa.RecordBatch]) -> dict[Group, P]:
        """Return the profile of every group in *batches*."""
        ready = batches if prepare is None else map(prepare, batches)
        return collect(ready, keys, profile_of, empty=empty, partitions=partitions)

    if not isinstance(warehouse, Distributed):
        return summarise(warehouse.stream(statement))

    # A table without rows may have no parts at all.
    found = summarise([])
    for part in warehouse.summaries(statement, summarise):
        for group, profile in part.items():
            found[group] = found.get(group, empty) + profile

    return found
