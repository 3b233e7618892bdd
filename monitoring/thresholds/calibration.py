"""
Thresholds learnt from the reference itself: how far a number strays when nothing changes.

Pseudo-windows are drawn from the reference and measured against it as any window would be. Whole
days are drawn where the reference has days, so that the ordinary variation from day to day is
inside the bounds; rows are drawn where it has none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, Protocol, Self, TypeVar

import numpy as np
from scipy import stats

from monitoring.metrics import METRICS, Direction
from monitoring.profile.collecting import Mergeable, merged
from monitoring.results import Measure
from monitoring.thresholds.threshold import Threshold
from monitoring.windows import format_duration

#: Pseudo-windows for each size; the fitted bound then varies by a few per cent.
REPEATS = 100

#: The share of windows that may cross a bound although nothing changed.
FALSE_ALARM_RATE = 0.001

#: The ladder of window sizes, in rows.
SIZES = (200, 1_000, 5_000, 25_000)

#: Fewer days than this do not show how days vary.
MINIMUM_DAYS = 14

#: Differences below these are trifles, however certain they are at a large sample size.
EFFECT_FLOORS = {"psi": 0.02}

_KEY = tuple[str, str]


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
    their sum. *lengths* are the windows that will be judged.
    """

    days: Sequence[R]
    whole: R
    empty: R
    lengths: Sequence[timedelta]
    by_batch: bool

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

    With days, one scale for each window length, and small sizes for thin days. Without, a ladder
    of sizes, so that a batch is judged by bounds for about as many rows.
    """
    found: dict[tuple[str, str, str], Threshold] = {}
    if learning.has_days:
        for length in learning.lengths:
            windows = windows_of_days(
                learning.full_days, length=length.days, empty=learning.empty, generator=generator
            )
            bounds = calibrate(map(measures_of, windows), source="calibrated on reference days")
            found |= {(format_duration(length), *key): entry for key, entry in bounds.items()}
    for size in _sizes(learning):
        draws = windows_of_rows(learning.whole, rows=size, generator=generator)
        bounds = calibrate(map(measures_of, draws), source="calibrated on reference rows")
        found |= {(f"rows:{size}", *key): entry for key, entry in bounds.items()}

    return found


def _sizes(learning: Learning[R]) -> list[int]:
    """Return the sizes that windows may have and that no window length stands for."""
    usual = learning.whole.rows / len(learning.full_days) if learning.has_days else np.inf

    return [size for size in SIZES if size < usual]


def windows_of_days(
    days: Sequence[P], *, length: int, empty: P, generator: np.random.Generator
) -> Iterator[P]:
    """Yield pseudo-windows of *length* whole days, drawn from *days* with replacement."""
    for _ in range(REPEATS):
        drawn = generator.integers(0, len(days), length)
        yield merged((days[index] for index in drawn), empty=empty)


def windows_of_rows(whole: R, *, rows: int, generator: np.random.Generator) -> Iterator[R]:
    """Yield pseudo-windows of *rows* rows, drawn from *whole* with replacement."""
    for _ in range(REPEATS):
        yield whole.resampled(rows, generator)


def calibrate(windows: Iterable[Sequence[Measure]], *, source: str) -> Mapping[_KEY, Threshold]:
    """
    Return bounds for each column and metric from the measures of pseudo-windows.

    Metrics without a direction (a minimum, a count) get none. A metric that was undefined in any
    pseudo-window gets none either: its bound would be a guess.
    """
    values: dict[_KEY, list[float]] = defaultdict(list)
    undefined: set[_KEY] = set()
    sizes: list[int] = []
    for measures in windows:
        sizes.append(max((measure.rows for measure in measures), default=0))
        for measure in measures:
            key = (measure.column, measure.metric)
            if measure.value is None:
                undefined.add(key)
            else:
                values[key].append(measure.value)
    rows = int(np.mean(sizes)) if sizes else 0
    bounds = {
        key: _bounds(key[1], np.array(found), source=source, rows=rows)
        for key, found in values.items()
        if key not in undefined
    }

    return {key: threshold for key, threshold in bounds.items() if threshold is not None}


def _bounds(
    metric: str, values: np.ndarray[tuple[int], np.dtype[np.float64]], *, source: str, rows: int
) -> Threshold | None:
    entry = METRICS.get(metric)
    if entry is None or entry.direction is Direction.NONE:
        return None

    mean, deviation = float(values.mean()), float(values.std(ddof=1))
    low = high = None
    if entry.direction is Direction.TWO_SIDED:
        spread = float(stats.norm.isf(FALSE_ALARM_RATE / 2)) * deviation
        low, high = mean - spread, mean + spread
    elif entry.direction is Direction.HIGHER_IS_BETTER:
        low = mean - float(stats.norm.isf(FALSE_ALARM_RATE)) * deviation
    else:
        high = max(_upper(mean, deviation), EFFECT_FLOORS.get(metric, 0.0))

    return Threshold(low=low, high=high, source=source, rows=rows)


def _upper(mean: float, deviation: float) -> float:
    """
    Return the upper bound of a number that is never negative, by a gamma law fitted by moments.

    The null distribution of a divergence is a sum of scaled chi-squared variables, which a gamma
    law with its mean and variance follows closely (Satterthwaite 1946); for losses it is nearly
    normal, as the gamma law is at a large shape.
    """
    if deviation == 0.0 or mean <= 0.0:
        return mean

    return float(
        stats.gamma.isf(FALSE_ALARM_RATE, (mean / deviation) ** 2, scale=deviation**2 / mean)
    )
