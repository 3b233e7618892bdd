"""What the order of a reference's days tells: days in a row are more alike than days at random."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.results import Measure
from monitoring.thresholds.bounds import variances

#: A column and a metric.
Key = tuple[str, str]

#: Of what the columns say, the quantile that all of them get at least.
_CAUTION = 0.75

#: Fewer windows than this in the reference say nothing of a single column.
ENOUGH_WEEKS = 8


@dataclass(frozen=True, slots=True)
class Drawn:
    """The values of each column and metric in pseudo-windows, and the rows behind them."""

    values: Mapping[Key, NDArray[np.float64]]
    rows: Mapping[Key, float]
    window_rows: float


def collected(windows: Iterable[Sequence[Measure]]) -> Drawn:
    """Return the measures of pseudo-windows, but for those that were undefined in one of them."""
    values: dict[Key, list[float]] = defaultdict(list)
    rows: dict[Key, list[int]] = defaultdict(list)
    undefined: set[Key] = set()
    sizes: list[int] = []
    for measures in windows:
        sizes.append(max((measure.rows for measure in measures), default=0))
        for measure in measures:
            key = (measure.column, measure.metric)
            if measure.value is None:
                undefined.add(key)
            else:
                values[key].append(measure.value)
                rows[key].append(measure.rows)
    kept = {key: np.array(found) for key, found in values.items() if key not in undefined}

    return Drawn(
        kept, {key: float(np.mean(rows[key])) for key in kept}, float(np.mean(sizes or [0]))
    )


@dataclass(frozen=True, slots=True)
class Memory:
    """
    What days in a row do that drawn days do not.

    *growth* is the ratio of the variances of their windows, and *unevenness* that of the variances'
    own coefficients of variation; both are 1 where days know nothing of each other.
    """

    growth: float = 1.0
    unevenness: float = 1.0


def memory_of(drawn: Drawn, in_a_row: Drawn, *, weeks: float) -> dict[Key, Memory]:
    """
    Return what the order of days does to each column and metric.

    *weeks* is the number of windows that fit into the reference. They are few for one column, which
    gets at least what three quarters of the columns have; less than eight say nothing of it, and
    it gets just that.
    """
    # Windows of the reference are a part of what they are compared with.
    apart = 1 - 1 / weeks
    found: dict[str, dict[Key, tuple[float, float]]] = defaultdict(dict)
    for key in drawn.values.keys() & in_a_row.values.keys():
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            before, after = (variances(key[1], side.values[key]) for side in (drawn, in_a_row))
            growth = after.mean() / before.mean() / apart
            unevenness = (after.std() / after.mean()) / (before.std() / before.mean())
        if np.isfinite([growth, unevenness]).all():
            found[key[1]][key] = float(growth), float(unevenness)
    memories: dict[Key, Memory] = {}
    for of_metric in found.values():
        own = np.array(list(of_metric.values()))
        usual = np.quantile(own, _CAUTION, axis=0)
        if weeks < ENOUGH_WEEKS:
            own = np.ones_like(own)
        for key, each in zip(of_metric, own, strict=True):
            growth, unevenness = np.maximum(np.maximum(each, usual), 1.0)
            memories[key] = Memory(float(growth), float(unevenness))

    return memories
