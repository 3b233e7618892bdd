"""Values that the reference does not know: counted one by one as long as they are few."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from datasketches import hll_sketch, hll_union, tgt_hll_type
from numpy.typing import NDArray

#: So many unseen values keep a count of their own.
CAPACITY = 256

#: 2**11 registers: 1 kB, and a standard error of 2.3 %.
_LG_K = 11


@dataclass(frozen=True, slots=True)
class UnseenValues:
    """
    Counts of values that are no category of the reference, in bounded memory.

    Up to `CAPACITY` distinct values every count is exact. Beyond it only heavy hitters stay: each
    count is then too low by at most *error*, and *lumped* rows belong to no kept value; the total
    stays exact, and a HyperLogLog *sketch* estimates the number of distinct values.

    Source: Misra and Gries, "Finding repeated elements" (1982); its merge: Agarwal et al.,
    "Mergeable summaries" (2012), with error <= total / (`CAPACITY` + 1).
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    lumped: int = 0
    error: int = 0
    sketch: bytes = b""

    @classmethod
    def of(cls, values: Sequence[str], counts: NDArray[np.int64]) -> UnseenValues:
        """Return the summary of distinct *values* that occur *counts* times."""
        if len(values) <= CAPACITY:
            return cls(dict(sorted(zip(values, counts.tolist(), strict=True))))

        return _reduced(values, counts, lumped=0, error=0, sketch=_sketch(values))

    @property
    def total(self) -> int:
        """How many rows hold an unseen value; always exact."""
        return sum(self.counts.values()) + self.lumped

    @property
    def complete(self) -> bool:
        """Whether every unseen value has a count of its own."""
        return not self.sketch

    def distinct(self) -> tuple[float, float, float]:
        """Return how many values are distinct, and bounds of two standard errors (95 %)."""
        if self.complete:
            return (float(len(self.counts)),) * 3

        sketch = hll_sketch.deserialize(self.sketch)
        return sketch.get_estimate(), sketch.get_lower_bound(2), sketch.get_upper_bound(2)

    def __add__(self, other: UnseenValues) -> UnseenValues:
        if not other.counts and other.complete:
            return self
        if not self.counts and self.complete:
            return other

        merged = dict(self.counts)
        for value, count in other.counts.items():
            merged[value] = merged.get(value, 0) + count
        if self.complete and other.complete and len(merged) <= CAPACITY:
            return UnseenValues(dict(sorted(merged.items())))

        return _reduced(
            list(merged),
            np.fromiter(merged.values(), np.int64, len(merged)),
            lumped=self.lumped + other.lumped,
            error=self.error + other.error,
            sketch=_union(_sketch_of(self), _sketch_of(other)),
        )


def _reduced(
    values: Sequence[str], counts: NDArray[np.int64], *, lumped: int, error: int, sketch: bytes
) -> UnseenValues:
    """Take the count of the first value that does not fit from all, and keep what is left."""
    excess = len(counts) - CAPACITY
    taken = int(np.partition(counts, excess - 1)[excess - 1]) if excess > 0 else 0
    left = counts - taken
    kept = np.flatnonzero(left > 0)
    survivors = sorted((values[place], int(left[place])) for place in kept.tolist())

    total = int(counts.sum()) + lumped
    rest = total - sum(count for _, count in survivors)
    return UnseenValues(dict(survivors), rest, error + taken, sketch)


def _sketch_of(unseen: UnseenValues) -> bytes:
    return unseen.sketch or _sketch(unseen.counts)


def _sketch(values: Iterable[str]) -> bytes:
    sketch = hll_sketch(_LG_K, tgt_hll_type.HLL_4)
    for value in values:
        # The sketch ignores empty texts.
        sketch.update(value or "\0")

    return _union(sketch.serialize_compact())


def _union(*sketches: bytes) -> bytes:
    # A union's estimate depends on the values alone, a sketch's on their order too.
    union = hll_union(_LG_K)
    for sketch in sketches:
        union.update(hll_sketch.deserialize(sketch))

    return bytes(union.get_result(tgt_hll_type.HLL_4).serialize_compact())
