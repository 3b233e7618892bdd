"""How many distinct values a day of so many rows has, given the reference."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from monitoring.quality.bounds import FALSE_ALARM

#: Before so many days are known, nothing is known of how days differ.
FEWEST_DAYS = 7

#: A day may have half, or double, of what the reference lets expect: a convention.
_ROOM = 2.0

#: In the evidence the expected number of distinct values in ``n`` rows is called so.
_AT = "distinct_in_"


@dataclass(frozen=True, slots=True)
class DistinctDay:
    """
    One day of the reference: its *rows*, its *distinct* values, and the *top* value's share.

    The share is that among the values that are there, 1 where there is none.
    """

    rows: int
    distinct: float
    top: float


def rarefied(counts: Collection[int]) -> dict[int, float]:
    """
    Return how many distinct values to expect in 1, 10, 100 … rows, and in all of the reference.

    Σ 1 - C(N - c, n) / C(N, n) over the values' *counts* c, where n rows are drawn from all N
    without replacement; range 1 to the number of values. Without counts, nothing.

    Source: Hurlbert, The nonconcept of species diversity, 1971.

    >>> rarefied([2, 2])
    {1: 1.0, 4: 2.0}
    """
    each, times = np.unique(np.asarray(list(counts), dtype=float), return_counts=True)
    total = float((each * times).sum())
    if not total:
        return {}
    sizes = {10**power for power in range(math.ceil(math.log10(total)))} | {1, int(total)}

    return {
        size: round(float((times * (1 - _absence(each, total, size))).sum()), 6)
        for size in sorted(sizes)
    }


def distinct_evidence(
    curve: Mapping[int, float], days: Sequence[DistinctDay], *, present: float
) -> dict[str, float]:
    """
    Return what `distinct_band` needs: the *curve*, and how far *days* were from it.

    *present* is the share of rows with a value. ``least`` and ``most`` are the smallest and largest
    ratio of a day's distinct values to those expected, so that a column that is the same all day
    (the weekday) is known as such; ``top`` the largest share of one value on any day.
    """
    evidence = {f"{_AT}{size}": expected for size, expected in curve.items()} | {"present": present}
    ratios = [
        round(float(day.distinct / expected_distinct(evidence, day.rows)), 6)
        for day in days
        if day.rows
    ]

    return evidence | {
        "least": min(ratios, default=0.0),
        "most": max(ratios, default=1.0),
        "top": max((day.top for day in days), default=1.0),
    }


def distinct_band(evidence: Mapping[str, float], rows: int) -> tuple[int, int] | None:
    """
    Return the fewest and the most distinct values that a day of *rows* rows may have.

    Half of what the poorest day of the reference lets expect, and double of the richest, plus the
    share ``floor`` of the rows. At least two where the chance that one value takes all rows, at its
    largest share on any day, is within `FALSE_ALARM`. ``None`` without evidence.
    """
    if not any(name.startswith(_AT) for name in evidence):
        return None
    expected = expected_distinct(evidence, rows)
    low = math.floor(round(evidence.get("least", 1.0) * expected / _ROOM, 6))
    sure = evidence.get("top", 1.0) ** rows <= FALSE_ALARM
    fewest = max(low, 2 if sure else 0)
    largest = max(_sizes(evidence))
    more = max(rows / largest, 1.0)
    high = evidence.get("most", 1.0) * expected * _ROOM * more + evidence.get("floor", 0.0) * rows

    # That there is a value at all is a matter of completeness.
    return (fewest if fewest > 1 else 0), max(math.ceil(round(high, 6)), fewest, 2)


def expected_distinct(evidence: Mapping[str, float], rows: int) -> float:
    """Return the distinct values to expect in *rows* rows: between two sizes by a power law."""
    sizes = _sizes(evidence)
    filled = max(rows * evidence.get("present", 1.0), 1.0)
    logs = np.log([sizes[size] for size in sorted(sizes)])

    return float(np.exp(np.interp(math.log(filled), np.log(sorted(sizes)), logs)))


def _sizes(evidence: Mapping[str, float]) -> dict[int, float]:
    return {
        int(name.removeprefix(_AT)): value
        for name, value in evidence.items()
        if name.startswith(_AT) and value > 0
    }


def _absence(counts: NDArray[np.float64], total: float, size: int) -> NDArray[np.float64]:
    """Return the chance that a value of each of *counts* is not among *size* rows of *total*."""
    rest = np.maximum(total - counts - size, 0)
    logs = (
        special.gammaln(total - counts + 1)
        - special.gammaln(rest + 1)
        - special.gammaln(total + 1)
        + special.gammaln(total - size + 1)
    )

    return np.where(total - counts - size < 0, 0.0, np.exp(logs))
