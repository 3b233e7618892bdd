"""What the values of each column are like, whatever the reference says."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from monitoring.measures.intervals import Statistic, normal, proportion, undefined
from monitoring.profile.categorical import CategoricalProfile
from monitoring.profile.column_profile import ColumnProfile, UnusableProfile
from monitoring.profile.numeric import NumericProfile
from monitoring.profile.table import TableProfile
from monitoring.results import ALL, Measure

_NO_ROWS = "no rows"
_NO_VALUES = "no values"


def summary_measures(current: TableProfile) -> list[Measure]:
    """
    Return the number of rows, and what each column's values are like.

    An unusable column gives one measure, ``missing_fraction`` without a value, with the reason.
    """
    measures = [Measure(ALL, "rows", float(current.rows), current.rows)]
    for name, column in current.columns.items():
        measures += _column_measures(name, column)
    return measures


def _column_measures(name: str, column: ColumnProfile) -> Iterator[Measure]:
    rows = 0 if isinstance(column, UnusableProfile) else column.rows
    for metric, (statistic, sample) in _statistics(column).items():
        yield Measure(
            name,
            metric,
            statistic.value,
            rows if sample is None else sample,
            statistic.lower,
            statistic.upper,
            statistic.reason,
        )


def _statistics(column: ColumnProfile) -> dict[str, tuple[Statistic, int | None]]:
    match column:
        case NumericProfile():
            return _numeric(column)
        case CategoricalProfile():
            return _categorical(column)
        case UnusableProfile():
            return {"missing_fraction": (undefined(column.reason), 0)}


def _numeric(column: NumericProfile) -> dict[str, tuple[Statistic, int | None]]:
    finite = column.moments.count
    # An infinity lies outside every range.
    outside = column.layout.outside(column.counts) + column.infinities
    statistics: dict[str, tuple[Statistic, int | None]] = {
        "missing_fraction": (proportion(column.missing, column.rows, empty=_NO_ROWS), None),
        "out_of_range_fraction": (
            proportion(outside, column.present, empty=_NO_VALUES),
            column.present,
        ),
        "mean": (_mean(column), finite),
        "std": (_standard_deviation(column), finite),
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


def _mean(column: NumericProfile) -> Statistic:
    """Return the mean of the finite values, with Student's interval."""
    moments = column.moments
    if not moments.count:
        return undefined(_NO_VALUES)
    mean = column.layout.mean + moments.mean
    if not math.isfinite(mean):
        return undefined("the values overflow")

    variance = moments.m2 / max(moments.count - 1, 1) / moments.count
    return normal(mean, variance, rows=moments.count)


def _standard_deviation(column: NumericProfile) -> Statistic:
    """
    Return the sample standard deviation (ddof 1) of the finite values.

    Its interval comes from the delta method: var(s²) = (m4 - s⁴) / n. Heavy tails make it too
    narrow. Undefined for fewer than two values.
    """
    moments = column.moments
    if moments.count <= 1:
        return undefined("fewer than two values")
    variance = moments.m2 / (moments.count - 1)
    if not math.isfinite(variance):
        return undefined("the values overflow")

    deviation = math.sqrt(variance)
    spread = (moments.m4 / moments.count - variance * variance) / moments.count
    if deviation == 0 or not math.isfinite(spread):
        return Statistic(deviation)
    return _never_negative(normal(deviation, spread / (4 * variance), rows=moments.count))


def _never_negative(statistic: Statistic) -> Statistic:
    if statistic.lower is None:
        return statistic

    return Statistic(statistic.value, max(0.0, statistic.lower), statistic.upper)


def _extreme(value: float | None) -> Statistic:
    return undefined(_NO_VALUES) if value is None else Statistic(value)


def _distinct_numbers(column: NumericProfile) -> Statistic:
    """Return how many bins are occupied: values that the reference lacks may share one."""
    known = column.counts[column.layout.atoms]
    occupied = int(np.count_nonzero(column.counts))
    strange = column.moments.count - int(known.sum())
    return Statistic(float(occupied), float(occupied), float(np.count_nonzero(known) + strange))
