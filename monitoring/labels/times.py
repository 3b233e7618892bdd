"""When labels came: mergeable counts of how long they took, and of the rows that wait for one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from monitoring.arrays import as_numpy, is_present
from monitoring.labels.cells import SCORE_GROUPS, cells_of, groups_in, outcomes_in
from monitoring.profile.codec import Array, pack, unpack
from monitoring.profile.outcomes.columns import Batch, has_column
from monitoring.profile.outcomes.fingerprint import require_kind
from monitoring.profile.outcomes.outcomes import OutcomeLayout

#: What is counted by bin of time. From each prediction on: the delays of labels, and the ages of
#: rows without one. From the beginning of the prediction's day on: when labels were recorded, and
#: how old labelled and waiting rows are.
DELAYS, CENSORED, ARRIVED, LABELLED, WAITING = range(5)

#: Bins of time: up to a minute, then each 2 % longer than the one before.
BINS = 1024
FIRST, GROWTH = 60.0, 1.02

_DAY = 86_400.0
_SCORES = np.array([SCORE_GROUPS, 2])
_KIND = "label_times"


@dataclass(frozen=True, slots=True, eq=False)
class LabelTimes:
    """
    When the labels of some rows came, as counts that add up.

    *codes* name the cells that are not empty, in rising order: kind, bin of time, group of rows and
    outcome; behind these, the UTC days on which labels were recorded. *seconds* adds up the times
    of a cell. There are as many groups and outcomes as *shape* says.
    """

    codes: NDArray[np.int64]
    counts: NDArray[np.int64]
    seconds: NDArray[np.float64]
    shape: tuple[int, int] = (1, 1)

    @property
    def recorded(self) -> dict[int, int]:
        """The number of labels by the day on which they were recorded, counted from 1970."""
        end = 5 * self._kind_size
        days = self.codes >= end
        return dict(zip((self.codes[days] - end).tolist(), self.counts[days].tolist(), strict=True))

    def cells(self, kind: int) -> NDArray[np.float64]:
        """Return the counts of *kind* by bin of time, group and outcome."""
        return self._dense(kind, self.counts.astype(np.float64))

    def means(self, *kinds: int) -> NDArray[np.float64]:
        """Return the mean time of each bin of *kinds*, in seconds; 0 of an empty one."""
        counts = sum(self.cells(kind).sum(axis=(1, 2)) for kind in kinds)
        seconds = sum(self._dense(kind, self.seconds).sum(axis=(1, 2)) for kind in kinds)

        return np.asarray(seconds / np.maximum(counts, 1.0), dtype=np.float64)

    @property
    def _kind_size(self) -> int:
        return BINS * math.prod(self.shape)

    def _span(self, kind: int) -> slice:
        first, last = np.searchsorted(self.codes, self._kind_size * np.array([kind, kind + 1]))
        return slice(first, last)

    def _dense(self, kind: int, values: NDArray[np.float64]) -> NDArray[np.float64]:
        span = self._span(kind)
        dense = np.zeros(self._kind_size)
        dense[self.codes[span] - kind * self._kind_size] = values[span]

        return dense.reshape(BINS, *self.shape)

    def __add__(self, other: object) -> LabelTimes:
        if not isinstance(other, LabelTimes):
            return NotImplemented

        return summed([self, other])

    @property
    def rows(self) -> int:
        """The number of rows whose age is known."""
        return self._count(LABELLED) + self._count(WAITING)

    @property
    def labelled(self) -> int:
        """The number of labelled rows whose age is known."""
        return self._count(LABELLED)

    def _count(self, kind: int) -> int:
        return int(self.counts[self._span(kind)].sum())

    def encode(self) -> bytes:
        """Return the counts as bytes for the results store."""
        arrays: dict[str, Array] = {
            "codes": self.codes,
            "counts": self.counts,
            "seconds": self.seconds,
            "shape": np.array(self.shape, dtype=np.int64),
        }
        return pack({"kind": _KIND}, arrays)


NO_TIMES = LabelTimes(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


def summed(times: Sequence[LabelTimes]) -> LabelTimes:
    """Return the sum of *times*, of many at once."""
    times = [each for each in times if len(each.codes)]
    if len(times) <= 1:
        return times[0] if times else NO_TIMES
    codes, places = np.unique(np.concatenate([each.codes for each in times]), return_inverse=True)
    counts = np.zeros(len(codes), dtype=np.int64)
    np.add.at(counts, places, np.concatenate([each.counts for each in times]))
    seconds = np.bincount(places, np.concatenate([each.seconds for each in times]), len(codes))

    return LabelTimes(codes, counts, seconds.astype(np.float64, copy=False), times[0].shape)


def decode_label_times(blob: bytes) -> LabelTimes:
    """
    Return the times that their ``encode`` wrote.

    Raises:
        LayoutError: when the bytes are something else.
    """
    header, arrays = unpack(blob)
    require_kind(header, (_KIND,))
    # Written before several classes and regressions had cells of their own.
    groups, outcomes = arrays.get("shape", _SCORES).tolist()

    return LabelTimes(
        arrays["codes"].astype(np.int64, copy=False),
        arrays["counts"].astype(np.int64, copy=False),
        arrays["seconds"].astype(np.float64, copy=False),
        (int(groups), int(outcomes)),
    )


def time_bins(seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the bin of each of the *seconds*; a label before its prediction came at once."""
    steps = np.log(np.maximum(seconds, FIRST) / FIRST) / np.log(GROWTH)

    bins: NDArray[np.int64] = np.minimum(np.ceil(steps - 1e-9), BINS - 1).astype(np.int64)
    return bins


def label_times(
    batch: Batch, layout: OutcomeLayout, *, as_of: datetime, predicted: str, recorded: str
) -> LabelTimes:
    """
    Count the rows of *batch*, whose columns *predicted* and *recorded* are times.

    A row is *as_of* minus its prediction old. Rows whose prediction has no time are left out, and
    so are the delays of labels that have none.
    """
    said, told = instants(batch, predicted), instants(batch, recorded)
    shape = cells_of(layout)
    labelled, outcome = outcomes_in(batch, layout)
    cells = groups_in(batch, layout) * shape[1] + outcome
    age, delay, morning = (
        as_of.timestamp() - said,
        np.maximum(told - said, 0.0),
        said // _DAY * _DAY,
    )
    dated, late = np.isfinite(said), labelled & np.isfinite(delay)
    nowhere = np.zeros_like(cells)
    parts = (
        (DELAYS, late, delay, nowhere),
        (CENSORED, dated & ~labelled, age, nowhere),
        (ARRIVED, late, np.maximum(told - morning, 0.0), cells),
        (LABELLED, dated & labelled, as_of.timestamp() - morning, cells),
        (WAITING, dated & ~labelled, as_of.timestamp() - morning, cells),
    )
    size = math.prod(shape)
    found = [_counted(kind, times[rows], where[rows], size) for kind, rows, times, where in parts]
    days, each = np.unique((told[late] // _DAY).astype(np.int64), return_counts=True)
    found.append((days + 5 * BINS * size, each, np.zeros(len(days))))
    codes, counts, seconds = (np.concatenate(column) for column in zip(*found, strict=True))

    return LabelTimes(codes.astype(np.int64), counts.astype(np.int64), seconds, shape)


def _counted(
    kind: int, times: NDArray[np.float64], cells: NDArray[np.int64], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    codes = time_bins(times) * size + cells
    filled, places, counts = np.unique(codes, return_inverse=True, return_counts=True)
    seconds = np.bincount(places, times, len(filled)).astype(np.float64)

    return filled + kind * BINS * size, counts.astype(np.int64), seconds


def instants(batch: Batch, name: str) -> NDArray[np.float64]:
    """Return the times of column *name* in seconds since 1970; NaN where there is none."""
    nothing = np.full(batch.num_rows, np.nan)
    if not has_column(batch, name):
        return nothing
    column = batch.column(name)
    array: Any = column if isinstance(column, pa.Array) else column.combine_chunks()
    if pa.types.is_date(array.type):
        array = array.cast(pa.timestamp("s"))
    if not pa.types.is_timestamp(array.type):
        return nothing
    ticks = array.cast(pa.timestamp("us", array.type.tz), safe=False).cast(pa.int64())

    return np.where(is_present(array), as_numpy(ticks) / 1e6, np.nan)
