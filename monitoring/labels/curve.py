"""How labels come in: learnt from days that are mature, by score and outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from monitoring.labels.times import (
    ARRIVED,
    LABELLED,
    WAITING,
    LabelTimes,
    summed,
)

#: Fewer mature labels than this teach nothing.
ENOUGH = 200

#: A group with fewer labels of an outcome than this is taken to be like the others.
_ENOUGH_IN_GROUP = 50

#: A day with fewer labels of an outcome says nothing of how days differ.
_ENOUGH_IN_DAY = 20


@dataclass(frozen=True, slots=True, eq=False)
class DayArrivals:
    """
    How the labels of one day came in.

    *shares* are those that had come by each of *moments*: of each outcome, and behind them of all;
    *counts* how many of each there are.
    """

    moments: NDArray[np.float64]
    shares: NDArray[np.float64]
    counts: NDArray[np.float64]

    @property
    def arrived(self) -> NDArray[np.float64]:
        """How many labels came at each of the moments."""
        share = np.diff(self.shares[:, -1], prepend=0.0)
        return np.asarray(np.rint(share * self.counts[-1]))

    def at(self, ages: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the shares that had come by each of *ages*."""
        return _at(self.moments, self.shares, ages)


@dataclass(frozen=True, slots=True, eq=False)
class ArrivalCurve:
    """
    How labels came in on mature days, from the beginning of the prediction's day on.

    That clock, and not each row's own: where labels come once a night, those of the evening come
    as early as those of the morning. *eventual* is the share of each group that ever got a
    label. *moments* are seconds, *arrived* is the share of those labels that had come by each, by
    group and outcome, and *known* how many labels that was learnt from, on *days*.
    """

    eventual: NDArray[np.float64]
    moments: NDArray[np.float64]
    arrived: NDArray[np.float64]
    known: NDArray[np.float64]
    days: Sequence[DayArrivals]

    def at(self, ages: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share of the labels that had come by each of *ages*, by group and outcome."""
        return _at(self.moments, self.arrived, ages)

    def spread_at(self, ages: NDArray[np.float64]) -> NDArray[np.float64]:
        """
        Return the variance of that share between days, by outcome.

        Beyond the sampling error of each day, which the labels that are weighted have too.
        """
        shares = np.stack([day.at(ages)[:, :-1] for day in self.days])
        counts = np.stack([day.counts[:-1] for day in self.days])[:, None, :]
        known = np.broadcast_to(counts >= _ENOUGH_IN_DAY, shares.shape)
        days = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, shares, 0.0).sum(axis=0) / days
        squares = np.where(known, (shares - mean) ** 2, 0.0).sum(axis=0) / np.maximum(days - 1, 1)
        noise = np.where(known, shares * (1 - shares) / np.maximum(counts, 1.0), 0.0)

        return np.asarray(np.maximum(squares - noise.sum(axis=0) / days, 0.0))

    def expected(self, times: LabelTimes) -> float:
        """Return how many labels rows as old as those of *times* should have by now."""
        ages = ages_of(times)
        weight = self.known.sum(axis=1, keepdims=True)
        share = np.full_like(self.known, 1 / self.known.shape[1])
        np.divide(self.known, weight, out=share, where=weight > 0)
        shares = (self.at(ages.seconds) * share).sum(axis=2)

        return float((ages.rows * self.eventual * shares).sum())

    def eventually(self, times: LabelTimes) -> float:
        """Return how many labels the rows of *times* should have in the end."""
        return float((ages_of(times).rows * self.eventual).sum())


@dataclass(frozen=True, slots=True, eq=False)
class Ages:
    """Rows by age: *seconds* since their day began, *labels* by group and outcome, all *rows*."""

    seconds: NDArray[np.float64]
    labels: NDArray[np.float64]
    rows: NDArray[np.float64]


# Every day is looked at from each of the sixty days after it.
@lru_cache(maxsize=256)
def day_arrivals(times: LabelTimes) -> DayArrivals:
    """Return how the labels of *times* came in."""
    arrived = times.cells(ARRIVED).sum(axis=1)
    filled = np.flatnonzero(arrived.sum(axis=1))
    each = np.column_stack([arrived[filled], arrived[filled].sum(axis=1)])

    return DayArrivals(times.means(ARRIVED)[filled], _cumulated(each), each.sum(axis=0))


@lru_cache(maxsize=256)
def ages_of(times: LabelTimes) -> Ages:
    """Return how old the rows of *times* are; those of one day are as old as it is."""
    labels = times.cells(LABELLED)
    rows = (labels + times.cells(WAITING)).sum(axis=2)
    filled = np.flatnonzero(rows.sum(axis=1))

    return Ages(times.means(LABELLED, WAITING)[filled], labels[filled], rows[filled])


def learn_curve(history: Mapping[str, LabelTimes]) -> ArrivalCurve | None:
    """Return how the labels of the mature days of *history* came in; None where they are few."""
    total = summed(list(history.values()))
    arrived = total.cells(ARRIVED)
    if arrived.sum() < ENOUGH:
        return None
    filled = np.flatnonzero(arrived.sum(axis=(1, 2)))
    arrived, ages = arrived[filled], ages_of(total)
    rows, labelled = ages.rows.sum(axis=0), ages.labels.sum(axis=(0, 2))
    pooled = labelled.sum() / max(rows.sum(), 1.0)

    return ArrivalCurve(
        eventual=np.where(rows >= _ENOUGH_IN_GROUP, labelled / np.maximum(rows, 1.0), pooled),
        moments=total.means(ARRIVED)[filled],
        arrived=_shares(arrived),
        known=arrived.sum(axis=0),
        days=[day_arrivals(found) for found in history.values()],
    )


def _shares(arrived: NDArray[np.float64]) -> NDArray[np.float64]:
    known = arrived.sum(axis=0)
    everyone = _cumulated(arrived.sum(axis=(1, 2)))[:, None]
    by_outcome = np.where(
        known.sum(axis=0) >= _ENOUGH_IN_GROUP, _cumulated(arrived.sum(axis=1)), everyone
    )

    return np.where(known >= _ENOUGH_IN_GROUP, _cumulated(arrived), by_outcome[:, None, :])


def _cumulated(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.cumsum(counts, axis=0) / np.maximum(counts.sum(axis=0), 1.0))


def _at(
    moments: NDArray[np.float64], values: NDArray[np.float64], ages: NDArray[np.float64]
) -> NDArray[np.float64]:
    # What is recorded at the very moment of the reading is read.
    steps = np.concatenate([np.zeros((1, *values.shape[1:])), values])

    return np.asarray(steps[np.searchsorted(moments, ages + 1e-3, side="right")])
