"""From a stream of record batches to one profile for each group of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, Self, TypeVar

import pyarrow as pa

from monitoring.profile.grouping import Group, GroupKeys, groups_of
from monitoring.results import ALL


class Mergeable(Protocol):
    """A summary of rows that adds up."""

    def __add__(self, other: Self, /) -> Self:
        """Return the summary of both."""


P = TypeVar("P", bound=Mergeable)


def collect(
    batches: Iterable[pa.RecordBatch],
    keys: GroupKeys,
    profile_of: Callable[[pa.RecordBatch], P],
    *,
    empty: P,
    partitions: Sequence[str],
) -> dict[Group, P]:
    """
    Return the profile of every group in *batches*, reading each batch once.

    The whole partition is the sum of its versions. A partition without rows has the *empty*
    profile, so that a day on which nothing came is told from a day that was never looked at. Rows
    of other partitions are left out: only a part of those may have been read.
    """
    found: dict[Group, P] = {Group(key): empty for key in partitions}
    wanted = frozenset(partitions)
    for batch in batches:
        for group, rows in groups_of(batch, keys):
            if group.partition in wanted:
                found[group] = found.get(group, empty) + profile_of(rows)
    for group in [group for group in found if group.version != ALL]:
        whole = Group(group.partition)
        found[whole] = found[whole] + found[group]

    return found


def merged(profiles: Iterable[P], *, empty: P) -> P:
    """Return the sum of *profiles*: the profile of a window from those of its days."""
    total = empty
    for profile in profiles:
        total = total + profile

    return total
