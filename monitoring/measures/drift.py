"""How far each column has moved from the reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitoring.errors import LayoutError
from monitoring.measures.divergences import (
    chi_squared,
    hellinger_distance,
    jensen_shannon_distance,
    kl_divergence,
    l_infinity,
    population_stability_index,
)
from monitoring.measures.drift_intervals import (
    Samples,
    hellinger_interval,
    jensen_shannon_interval,
    kl_interval,
    kolmogorov_smirnov_interval,
    l_infinity_interval,
    psi_interval,
    wasserstein_interval,
)
from monitoring.measures.intervals import Statistic, undefined
from monitoring.measures.ordered_distances import (
    BinnedSample,
    integrated_differences,
    kolmogorov_smirnov,
    total_area,
)
from monitoring.profile.categorical import CategoricalProfile
from monitoring.profile.column_profile import ColumnProfile, UnusableProfile
from monitoring.profile.numeric import NumericProfile
from monitoring.profile.table import TableProfile
from monitoring.results import Measure

#: The drift metrics of a numeric column.
NUMERIC_DRIFT = (
    "psi",
    "jensen_shannon_distance",
    "kl_divergence",
    "hellinger_distance",
    "ks_statistic",
    "wasserstein_distance",
)

#: The drift metrics of a categorical column.
CATEGORICAL_DRIFT = (
    "psi",
    "jensen_shannon_distance",
    "kl_divergence",
    "hellinger_distance",
    "l_infinity",
    "chi_squared",
    "chi_squared_p_value",
)


@dataclass(frozen=True, eq=False)
class PairedCounts:
    """The counts of the reference and of the current rows over the same bins."""

    reference: NDArray[np.int64]
    current: NDArray[np.int64]

    @cached_property
    def samples(self) -> Samples:
        """Both as shares."""
        return Samples.of(self.reference, self.current)


class Distance(NamedTuple):
    """A distance, and how to bound it: bounds take as long as the distance, and not all ask."""

    value: float
    bounds: Callable[[], tuple[float, float] | None]

    def statistic(self, *, bounded: bool) -> Statistic:
        """Return the distance, with its interval if it is to be *bounded*."""
        bounds = self.bounds() if bounded else None

        return Statistic(self.value) if bounds is None else Statistic(self.value, *bounds)


def drift_measures(
    reference: TableProfile, current: TableProfile, *, bounded: bool = True
) -> list[Measure]:
    """
    Return the drift of every column of *current* against *reference*.

    Missing values take no part; an undefined measure bears its reason. Only a *bounded* measure
    has an interval.

    Raises:
        LayoutError: when the two profiles have different layouts.
    """
    if reference.layout.fingerprint != current.layout.fingerprint:
        msg = (
            f"Profiles of layout {reference.layout.fingerprint} and {current.layout.fingerprint} "
            "cannot be compared: profile the current rows with the reference's layout."
        )
        raise LayoutError(msg)

    return [
        measure
        for name, column in current.columns.items()
        for measure in _column_drift(name, reference.columns[name], column, bounded=bounded)
    ]


def paired_counts(
    reference: CategoricalProfile, current: CategoricalProfile, *, lump_unseen: bool = False
) -> PairedCounts:
    """
    Return the counts of both over the union of their values.

    Unseen values are bins of their own, as far as they were counted apart; the rest is one bin.
    With *lump_unseen*, or when the layout could not hold all of the reference's categories, all
    unseen values are one bin.
    """
    lump = lump_unseen or not reference.layout.complete
    names = [] if lump else sorted(reference.unseen.counts.keys() | current.unseen.counts.keys())

    def counts(profile: CategoricalProfile) -> NDArray[np.int64]:
        """Return the counts of *profile*: categories, values apart, the rest."""
        apart = [profile.unseen.counts.get(name, 0) for name in names]
        # With many new values this is a bin; with few it is empty and weighs nothing.
        rest = profile.unseen.total - sum(apart)
        return np.append(profile.counts, [*apart, rest]).astype(np.int64)

    return PairedCounts(counts(reference), counts(current))


def _column_drift(
    name: str, reference: ColumnProfile, current: ColumnProfile, *, bounded: bool
) -> Iterator[Measure]:
    for metric, found in _distances(reference, current).items():
        statistic = found if isinstance(found, Statistic) else found.statistic(bounded=bounded)
        rows = _rows(current, metric)
        yield Measure(
            name, metric, statistic.value, rows, statistic.lower, statistic.upper, statistic.reason
        )


def _rows(current: ColumnProfile, metric: str) -> int:
    """Return the rows that *metric* is made of: infinities have a place, and no distance."""
    if isinstance(current, UnusableProfile):
        return 0
    if isinstance(current, NumericProfile) and metric == "wasserstein_distance":
        return current.moments.count

    return current.present


def _distances(
    reference: ColumnProfile, current: ColumnProfile
) -> Mapping[str, Distance | Statistic]:
    match reference, current:
        case NumericProfile(), NumericProfile():
            if not reference.present or not current.present:
                return dict.fromkeys(NUMERIC_DRIFT, _empty(reference))
            return _numeric_drift(reference, current)
        case CategoricalProfile(), CategoricalProfile():
            if not reference.present or not current.present:
                return dict.fromkeys(CATEGORICAL_DRIFT, _empty(reference))
            return _categorical_drift(reference, current)
        case _:
            unusable = current if isinstance(current, UnusableProfile) else reference
            reason = unusable.reason if isinstance(unusable, UnusableProfile) else "changed kind"
            return {"psi": undefined(reason)}


def _empty(reference: NumericProfile | CategoricalProfile) -> Statistic:
    return undefined(f"no values in the {'current rows' if reference.present else 'reference'}")


def _numeric_drift(
    reference: NumericProfile, current: NumericProfile
) -> Mapping[str, Distance | Statistic]:
    layout = reference.layout
    ours, theirs = reference.extended_counts, current.extended_counts
    deciles = PairedCounts(layout.decile_counts(ours), layout.decile_counts(theirs))
    widths = PairedCounts(layout.equal_width_counts(ours), layout.equal_width_counts(theirs))
    return {
        "psi": _distance(deciles, population_stability_index, psi_interval),
        "jensen_shannon_distance": _distance(
            widths, jensen_shannon_distance, jensen_shannon_interval
        ),
        "kl_divergence": _distance(deciles, kl_divergence, kl_interval),
        "hellinger_distance": _distance(widths, hellinger_distance, hellinger_interval),
        "ks_statistic": _kolmogorov_smirnov(reference, current),
        "wasserstein_distance": _wasserstein(reference, current),
    }


def _categorical_drift(
    reference: CategoricalProfile, current: CategoricalProfile
) -> Mapping[str, Distance | Statistic]:
    return count_distances(
        paired_counts(reference, current), paired_counts(reference, current, lump_unseen=True)
    )


def count_distances(union: PairedCounts, lumped: PairedCounts) -> dict[str, Distance | Statistic]:
    """Return the distances of counts over the same values; in *lumped* unseen ones are one bin."""
    test = chi_squared(union.reference, union.current)
    return {
        "psi": _distance(union, population_stability_index, psi_interval),
        "jensen_shannon_distance": _distance(
            lumped, jensen_shannon_distance, jensen_shannon_interval
        ),
        "kl_divergence": _distance(union, kl_divergence, kl_interval),
        "hellinger_distance": _distance(lumped, hellinger_distance, hellinger_interval),
        "l_infinity": _distance(union, l_infinity, l_infinity_interval),
        "chi_squared": Statistic(float(test.statistic)),
        "chi_squared_p_value": Statistic(float(test.p_value)),
    }


def _distance(
    counts: PairedCounts,
    measure: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float64]],
    interval: Callable[[float, Samples], tuple[float, float]],
) -> Distance:
    value = float(measure(counts.reference, counts.current))
    return Distance(value, lambda: interval(value, counts.samples))


def _kolmogorov_smirnov(reference: NumericProfile, current: NumericProfile) -> Distance:
    bracket = kolmogorov_smirnov(
        reference.extended_counts, current.extended_counts, atoms=reference.layout.atoms
    )
    value = float(bracket.lower)
    return Distance(
        value,
        lambda: kolmogorov_smirnov_interval(
            value,
            float(bracket.upper),
            reference_rows=reference.present,
            current_rows=current.present,
        ),
    )


def _wasserstein(reference: NumericProfile, current: NumericProfile) -> Distance | Statistic:
    """Return the distance of the finite values in standard deviations of the reference."""
    if not reference.moments.count or not current.moments.count:
        return undefined("no finite values")
    deviation = np.sqrt(reference.moments.m2 / reference.moments.count)
    if not 0 < deviation < np.inf:
        return undefined("the reference does not vary, or it overflows")

    layout = reference.layout
    samples = [BinnedSample(side.counts, side.group_sums()) for side in (reference, current)]
    edges, groups = layout.edges - layout.mean, layout.groups
    with np.errstate(over="ignore", invalid="ignore"):
        gaps, areas, tails = integrated_differences(*samples, edges=edges, groups=groups)
        distance = float(total_area(gaps, areas, tails, edges=edges) / deviation)
    if not np.isfinite(distance):
        return undefined("the values overflow")

    def bounds() -> tuple[float, float] | None:
        """Return the interval, or None where it overflows."""
        with np.errstate(over="ignore", invalid="ignore"):
            ends = wasserstein_interval(
                distance * deviation,
                Samples.of(reference.counts, current.counts),
                gaps=gaps,
                areas=areas,
                tails=tails,
                edges=edges,
                deviation=float(deviation),
            )
        lower, upper = float(ends[0] / deviation), float(ends[1] / deviation)

        return (lower, upper) if np.isfinite([lower, upper]).all() else None

    return Distance(distance, bounds)
