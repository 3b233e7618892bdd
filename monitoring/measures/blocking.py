"""What is said of windows from which a failed check keeps rows away."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from monitoring.results import Measure

#: A reason names so many blocked days at most.
_NAMED = 3


def left_out(
    measures: Sequence[Measure],
    partitions: Sequence[str],
    *,
    read: Collection[str],
    blocked: Mapping[str, str],
) -> list[Measure]:
    """
    Return the *measures* of a window of *partitions*, and what of it the *blocked* ones caused.

    *blocked* holds the reason of each. Where no other partition was *read*, no number is defined,
    not even that of the rows: it would tell of nothing. Numbers of the others stay as they are, and
    say which partitions they are without, unless they have a reason of their own.
    """
    away = [partition for partition in partitions if partition in blocked]
    if not away:
        return list(measures)
    if not any(each in read and each not in blocked for each in partitions):
        why = "; ".join(dict.fromkeys(blocked[each] for each in away))
        return [Measure(each.column, each.metric, None, 0, reason=why) for each in measures]
    without = "; ".join(
        f"without {_named(list(days))}: {why}"
        for why, days in groupby(away, key=blocked.__getitem__)
    )

    return [replace(each, reason=each.reason or without) for each in measures]


def _named(partitions: Sequence[str]) -> str:
    """
    Name *partitions* in a few words.

    >>> _named(["2026-01-02", "2026-01-03"])
    '2026-01-02, 2026-01-03'
    """
    more = len(partitions) - _NAMED
    named = ", ".join(partitions[:_NAMED])

    return f"{named} and {more} more" if more > 0 else named
