"""
Thresholds learnt from the reference itself: how far a number strays when nothing changes.

Pseudo-windows are drawn from the reference and measured against it as any window would be. Whole
days are drawn where the reference has days, so that the ordinary variation from day to day is
inside the bounds; rows are drawn where it has none. Days in a row are more alike than days drawn
at random, by a factor that the reference's own weeks show.

Bounds are so wide that all columns together keep to the alarm budget of the model.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Generic, Protocol, Self, TypeVar

import numpy as np

from monitoring.profile.collecting import Mergeable, merged
from monitoring.results import Measure
from monitoring.thresholds.book import ROWS
from monitoring.thresholds.bounds import FALSE_ALARM_RATE, Basis, Sample, bounds_of
from monitoring.thresholds.memory import (
    ENOUGH_WEEKS,
    Drawn,
    Key,
    Memory,
    collected,
    memory_of,
)
from monitoring.thresholds.threshold import MINIMUM_ROWS, Threshold
from monitoring.windows import format_duration

#: Pseudo-windows for each size; the fitted bound then varies by a few per cent.
REPEATS = 100

#: The ladder of window sizes, in rows.
SIZES = (MINIMUM_ROWS, 200, 1_000, 5_000, 25_000)

#: Fewer days than this do not show how days vary.
MINIMUM_DAYS = 14

#: The days for which a budget is given: so many incidents may be false.
BUDGET_DAYS = 90

#: Of the budget, what one cause of incidents may spend.
SHARE = 0.5


class Resampled(Mergeable, Protocol):
    """A profile from which one of another size can be drawn."""

    @property
    def rows(self) -> int:
        """The rows of the profile."""

    def resampled(self, rows: int, generator: np.random.Generator) -> Self:
        """Draw *rows* rows with replacement."""


P = TypeVar("P", bound=Mergeable)
R = TypeVar("R", bound=Resampled)


@dataclass(frozen=True, slots=True)
class Learning(Generic[R]):
    """
    What thresholds are learnt from.

    *days* are the profiles of the reference's days, or one profile when it has no days; *whole* is
    their sum. *lengths* are the windows that will be judged. *budget* is how many incidents may be
    false in 90 days, *novelty* the rows of each column with a category that was new on its day.
    """

    days: Sequence[R]
    whole: R
    empty: R
    lengths: Sequence[timedelta]
    by_batch: bool
    budget: float = 1.0
    novelty: Mapping[str, float] = field(default_factory=dict)

    @property
    def full_days(self) -> list[R]:
        """
        The days that have at least half of the usual rows.

        Where local days were held out, a few of their rows fall on the next day in UTC; such stubs
        would make every threshold too wide.
        """
        usual = float(np.median([day.rows for day in self.days])) if self.days else 0.0

        return [day for day in self.days if day.rows >= usual / 2]

    @property
    def has_days(self) -> bool:
        """Whether there are days enough to show how days vary."""
        return not self.by_batch and len(self.full_days) >= MINIMUM_DAYS


def learn(
    learning: Learning[R],
    measures_of: Callable[[R], Sequence[Measure]],
    *,
    generator: np.random.Generator,
) -> dict[tuple[str, str, str], Threshold]:
    """
    Return thresholds keyed by scale, column and metric, as :class:`ThresholdBook` holds them.

    With days, one scale for each window length, and a ladder of sizes for thin windows. Without,
    the ladder alone, so that a batch is judged by bounds for its own size.
    """
    found: dict[tuple[str, str, str], Threshold] = {}
    if learning.has_days:
        for length in learning.lengths:
            bounds = _bounds_of_days(learning, length.days, measures_of, generator)
            found |= {(format_duration(length), *key): entry for key, entry in bounds.items()}
    for size in _sizes(learning):
        draws = windows_of_rows(learning.whole, rows=size, generator=generator)
        bounds = calibrate(
            map(measures_of, draws),
            basis=_of_rows(learning, size),
            budget=learning.budget,
            novelty=learning.novelty,
        )
        found |= {(f"{ROWS}{size}", *key): entry for key, entry in bounds.items()}

    return found


def _bounds_of_days(
    learning: Learning[R],
    length: int,
    measures_of: Callable[[R], Sequence[Measure]],
    generator: np.random.Generator,
) -> Mapping[Key, Threshold]:
    days, empty = learning.full_days, learning.empty
    drawn = collected(
        map(measures_of, windows_of_days(days, length=length, empty=empty, generator=generator))
    )
    basis = _of_days(learning, length)
    if length == 1 or len(days) <= length:
        return _bounds(drawn, basis, budget=learning.budget, novelty=learning.novelty)
    in_a_row = windows_in_a_row(days, length=length, empty=empty, generator=generator)
    memory = memory_of(drawn, collected(map(measures_of, in_a_row)), weeks=basis.weeks)

    return _bounds(drawn, basis, budget=learning.budget, novelty=learning.novelty, memory=memory)


def _of_days(learning: Learning[R], length: int) -> Basis:
    """
    Return what windows of *length* days drawn from the reference's are worth.

    A fresh window and the reference of D days differ by a variance of 1/length + 1/D of the days';
    a drawn window has (D - 1)/D of 1/length.
    """
    days = len(learning.full_days)
    growth = (1 + length / days) * days / (days - 1)

    return Basis(
        "calibrated on reference days", learning.whole.rows, growth, days - 1, weeks=days / length
    )


def _of_rows(learning: Learning[R], size: int) -> Basis:
    rows = learning.whole.rows

    return Basis("calibrated on reference rows", rows, 1 + size / max(rows, 1))


def _sizes(learning: Learning[R]) -> list[int]:
    """Return the sizes for which windows are drawn by rows: the ladder up to the usual sizes."""
    if not learning.has_days:
        return list(SIZES)
    usual = learning.whole.rows / len(learning.full_days)
    windows = {round(usual * length.days) for length in learning.lengths}

    return sorted({size for size in SIZES if size < min(windows)} | windows)


def windows_of_days(
    days: Sequence[P], *, length: int, empty: P, generator: np.random.Generator
) -> Iterator[P]:
    """Yield pseudo-windows of *length* whole days, drawn from *days* with replacement."""
    for _ in range(REPEATS):
        drawn = generator.integers(0, len(days), length)
        yield merged((days[index] for index in drawn), empty=empty)


def windows_in_a_row(
    days: Sequence[P], *, length: int, empty: P, generator: np.random.Generator
) -> Iterator[P]:
    """Yield pseudo-windows of *length* days in a row; after the last day comes the first."""
    for start in generator.integers(0, len(days), REPEATS):
        yield merged((days[(start + day) % len(days)] for day in range(length)), empty=empty)


def windows_of_rows(whole: R, *, rows: int, generator: np.random.Generator) -> Iterator[R]:
    """Yield pseudo-windows of *rows* rows, drawn from *whole* with replacement."""
    for _ in range(REPEATS):
        yield whole.resampled(rows, generator)


def calibrate(
    windows: Iterable[Sequence[Measure]],
    *,
    basis: Basis,
    budget: float = 1.0,
    novelty: Mapping[str, float] | None = None,
) -> Mapping[Key, Threshold]:
    """
    Return bounds for each column and metric from the measures of pseudo-windows.

    A metric that was undefined in any pseudo-window gets none: its bound would be a guess. The
    more columns have a metric, the wider its bounds (Bonferroni): over 90 days of daily windows
    no more than half of *budget* false incidents are to be expected of it, whatever the number of
    columns, and so the false discovery rate is no higher either.
    """
    return _bounds(collected(windows), basis, budget=budget, novelty=novelty or {})


def _bounds(
    drawn: Drawn,
    basis: Basis,
    *,
    budget: float,
    novelty: Mapping[str, float],
    memory: Mapping[Key, Memory] | None = None,
) -> Mapping[Key, Threshold]:
    columns = Counter(metric for _, metric in drawn.values)
    found: dict[Key, Threshold] = {}
    for key, values in drawn.values.items():
        level = min(FALSE_ALARM_RATE, SHARE * budget / BUDGET_DAYS / columns[key[1]])
        order = (memory or {}).get(key, Memory())
        own = replace(
            basis,
            growth=basis.growth * order.growth,
            freedom=_freedom(basis, order.growth),
            false_alarm=level,
            unevenness=order.unevenness,
            novel=novelty.get(key[0], 0.0),
        )
        threshold = bounds_of(key[1], Sample(values, drawn.rows[key], drawn.window_rows), own)
        if threshold is not None:
            found[key] = threshold

    return found


def _freedom(basis: Basis, growth: float) -> float:
    """
    Return the degrees of freedom of a variance that is *growth* times that of drawn windows.

    Relative errors add: of the days' variance, and of as much of it as only their order shows, of
    which the reference has no more than its own windows. Where those are too few, their ratio is
    what other columns show, and days that resemble each other count for so many times fewer.
    """
    if math.isinf(basis.freedom) or basis.weeks < ENOUGH_WEEKS:
        return basis.freedom / growth

    return 1 / (1 / basis.freedom + (1 - 1 / growth) / basis.weeks)
