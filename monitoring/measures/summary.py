"""What the values of each column are like, whatever the reference says."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from monitoring.measures.intervals import (
    Statistic,
    Z,
    normal,
    proportion,
    undefined,
    widened,
    within,
)
from monitoring.profile.categorical import CategoricalProfile
from monitoring.profile.column_profile import ColumnProfile, UnusableProfile
from monitoring.profile.moments import Moments
from monitoring.profile.numeric import NumericProfile
from monitoring.profile.table import TableProfile
from monitoring.results import ALL, Measure

_NO_ROWS = "no rows"
_NO_VALUES = "no values"

# That of two values is always 1, that of three 1.5.
_LEAST_FOR_KURTOSIS = 4


def summary_measures(current: TableProfile, *, bounded: bool = True) -> list[Measure]:
    """
    Return the number of rows, and what each column's values are like.

    An unusable column gives one measure, ``missing_fraction`` without a value, with the reason.
    Only *bounded* means and deviations have intervals, which take longer than they do.
    """
    measures = [Measure(ALL, "rows", float(current.rows), current.rows)]
    for name, column in current.columns.items():
        measures += _column_measures(name, column, bounded=bounded)
    return measures


def _column_measures(name: str, column: ColumnProfile, *, bounded: bool) -> Iterator[Measure]:
    rows = 0 if isinstance(column, UnusableProfile) else column.rows
    for metric, (statistic, sample) in _statistics(column, bounded=bounded).items():
        yield Measure(
            name,
            metric,
            statistic.value,
            rows if sample is None else sample,
            statistic.lower,
            statistic.upper,
            statistic.reason,
        )


def _statistics(column: ColumnProfile, *, bounded: bool) -> dict[str, tuple[Statistic, int | None]]:
    match column:
        case NumericProfile():
            return _numeric(column, bounded=bounded)
        case CategoricalProfile():
            return _categorical(column)
        case UnusableProfile():
            return {"missing_fraction": (undefined(column.reason), 0)}


def _numeric(column: NumericProfile, *, bounded: bool) -> dict[str, tuple[Statistic, int | None]]:
    finite = column.moments.count
    # An infinity lies outside every range.
    outside = column.layout.outside(column.counts) + column.infinities
    statistics: dict[str, tuple[Statistic, int | None]] = {
        "missing_fraction": (proportion(column.missing, column.rows, empty=_NO_ROWS), None),
        "out_of_range_fraction": (
            proportion(outside, column.present, empty=_NO_VALUES),
            column.present,
        ),
        "mean": (_mean(column, bounded=bounded), finite),
        "std": (_standard_deviation(column, bounded=bounded), finite),
        "min": (_extreme(column.minimum), finite),
        "max": (_extreme(column.maximum), finite),
    }
    if column.layout.discrete:
        statistics["distinct"] = (_distinct_numbers(column), finite)
    return statistics


def _categorical(column: CategoricalProfile) -> dict[str, tuple[Statistic, int | None]]:
    present = column.present
    fresh = proportion(column.unseen.total, present, empty=_NO_VALUES)
    if not column.layout.complete:
        fresh = undefined(f"the reference has more than {len(column.layout.categories)} categories")
    seen = int(np.count_nonzero(column.counts))
    unseen, lower, upper = column.unseen.distinct()
    return {
        "missing_fraction": (proportion(column.missing, column.rows, empty=_NO_ROWS), None),
        "new_category_fraction": (fresh, present),
        "distinct": (Statistic(seen + unseen, seen + lower, seen + upper), present),
    }


def _mean(column: NumericProfile, *, bounded: bool) -> Statistic:
    """Return the mean of the finite values, with Student's interval, Hall's where it is wider."""
    moments = column.moments
    if not moments.count:
        return undefined(_NO_VALUES)
    mean = column.layout.mean + moments.mean
    if not math.isfinite(mean):
        return undefined("the values overflow")

    if not bounded:
        return Statistic(mean)

    variance = moments.m2 / max(moments.count - 1, 1) / moments.count
    statistic = normal(mean, variance, rows=moments.count)
    if not 0 < variance < math.inf:
        return statistic
    # Not a power of 1.5: of Python's numbers, powers raise where products overflow.
    skewness = moments.m3 / moments.m2 / math.sqrt(moments.m2 / moments.count)
    return widened(statistic, variance, skewness=skewness, rows=moments.count)


def _standard_deviation(column: NumericProfile, *, bounded: bool) -> Statistic:
    """
    Return the sample standard deviation (ddof 1) of the finite values.

    The interval is Bonett's, from the kurtosis (about the mean, as profiles know no trimmed one);
    Hall's for the mean squared deviation, with the skewness that the bins show, where it is wider.
    Undefined for fewer than two values. Source: Bonett, "Approximate confidence interval for
    standard deviation of nonnormal distributions" (2006).
    """
    moments, count = column.moments, column.moments.count
    if count <= 1:
        return undefined("fewer than two values")
    variance = moments.m2 / (count - 1)
    if not math.isfinite(variance):
        return undefined("the values overflow")
    deviation, kurtosis = math.sqrt(variance), _kurtosis(moments)
    if not bounded or not math.isfinite(kurtosis):
        return Statistic(deviation)

    correction = count / (count - Z)
    error = correction * math.sqrt((kurtosis - (count - 3) / count) / (count - 1))
    factor, centre = math.exp(Z * error), correction * variance
    bonett = Statistic(variance, min(centre / factor, variance), centre * factor)
    spread = (kurtosis - 1) * (moments.m2 / count) ** 2 / (count - 1)
    skewness = _skewness_of_squares(column)
    squared = within(widened(bonett, spread, skewness=skewness, rows=count))
    return Statistic(deviation, math.sqrt(squared.lower or 0.0), math.sqrt(squared.upper or 0.0))


def _kurtosis(moments: Moments) -> float:
    """Return the kurtosis, 3 for normal values; NaN where it overflows, or is what it must be."""
    squared = moments.m2 * moments.m2
    if moments.count < _LEAST_FOR_KURTOSIS or not 0 < squared < math.inf:
        return math.nan
    # Resampled moments may contradict each other: that of n values lies between 1 and n.
    return min(max(moments.m4 * moments.count / squared, 1.0), float(moments.count))


def _skewness_of_squares(column: NumericProfile) -> float:
    """Return the skewness of the squared deviations from the mean, as if bins were points."""
    counts = column.group_counts()
    counts, sums = counts[counts > 0], column.group_sums()[counts > 0]
    with np.errstate(all="ignore"):
        squares = (sums / counts - column.moments.mean) ** 2
        squares -= np.average(squares, weights=counts)
        second, third = (np.average(squares**power, weights=counts) for power in (2, 3))
        return float(third / second**1.5)


def _extreme(value: float | None) -> Statistic:
    return undefined(_NO_VALUES) if value is None else Statistic(value)


def _distinct_numbers(column: NumericProfile) -> Statistic:
    """Return how many bins are occupied: values that the reference lacks may share one."""
    known = column.counts[column.layout.atoms]
    occupied = int(np.count_nonzero(column.counts))
    strange = column.moments.count - int(known.sum())
    return Statistic(float(occupied), float(occupied), float(np.count_nonzero(known) + strange))
