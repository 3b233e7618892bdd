"""Drift of the joint distribution, which no single column shows."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from monitoring.errors import LayoutError
from monitoring.measures.intervals import Statistic, undefined
from monitoring.profile.column_profile import UnusableProfile
from monitoring.profile.comoments import CoMoments
from monitoring.profile.table import TableProfile
from monitoring.results import ALL, Measure

#: The components that are kept explain at least this share of the reference's variance.
EXPLAINED_VARIANCE = 0.65


def multivariate_measures(reference: TableProfile, current: TableProfile) -> list[Measure]:
    """
    Return the PCA reconstruction error and the distance of the correlation matrices.

    They bear no interval: the variance of a product needs fourth co-moments. Compare them with
    their own history.

    Raises:
        LayoutError: when the two profiles have different layouts.
    """
    if reference.layout.fingerprint != current.layout.fingerprint:
        msg = (
            f"Profiles of layout {reference.layout.fingerprint} and {current.layout.fingerprint} "
            "cannot be compared: profile the current rows with the reference's layout."
        )
        raise LayoutError(msg)

    lost = sorted(
        {each.column for each in current.layout.dimensions}
        & {name for name, column in current.columns.items() if isinstance(column, UnusableProfile)}
    )
    statistics = (
        # Without its column a dimension stands still, which is no distance.
        _both(undefined(f"{', '.join(lost)} cannot be read"))
        if lost
        else _statistics(reference.comoments, current.comoments)
    )
    return [
        Measure(ALL, metric, statistic.value, current.rows, reason=statistic.reason)
        for metric, statistic in statistics.items()
    ]


def pca_reconstruction_error(
    reference: NDArray[np.float64],
    current: NDArray[np.float64],
    *,
    explained: float = EXPLAINED_VARIANCE,
) -> float:
    """
    Return how far current rows lie from the plane of the reference's principal components.

    The root of the mean squared distance: sqrt(tr(R · S)), where R projects onto the components
    that are left out and S holds the *current* second moments around the reference's means. The
    plane has as few components as explain the share *explained* of the *reference*'s variance.
    Range 0 to infinity, in standard deviations; compare it with the reference's own. Source:
    Jackson and Mudholkar, "Control procedures for residuals associated with principal component
    analysis" (1979).
    """
    return _root_mean_square(_left_out(reference, explained), current)


def correlation_distance(reference: NDArray[np.float64], current: NDArray[np.float64]) -> float:
    """
    Return the root mean square of the differences of two correlation matrices off the diagonal.

    Range 0 (the same correlations) to 2 (all reversed); sampling noise alone makes it about
    sqrt(1/n + 1/m).
    """
    pairs = np.triu_indices(len(reference), k=1)
    differences = current[pairs] - reference[pairs]
    return float(np.sqrt(np.mean(differences * differences)))


def _left_out(reference: NDArray[np.float64], explained: float) -> NDArray[np.float64]:
    """Return the matrix that projects onto the components that are left out."""
    variances, components = np.linalg.eigh(reference)
    # Smallest first: the residual space is what may be left out.
    left_out = np.cumsum(np.clip(variances, 0.0, None)) <= (1 - explained) * variances.sum()
    residual = components[:, left_out]
    projector: NDArray[np.float64] = residual @ residual.T
    return projector


def _root_mean_square(projector: NDArray[np.float64], current: NDArray[np.float64]) -> float:
    # tr(R · S) of symmetric matrices is the sum of the products of their entries.
    return float(np.sqrt(max(float((projector * current).sum()), 0.0)))


@lru_cache(maxsize=16)
def _projector(reference: CoMoments) -> NDArray[np.float64]:
    # Every window meets the same reference, and the threads of an eigendecomposition go on spinning
    # long after it: it would double the price of a window.
    return _left_out(reference.second_moments(), EXPLAINED_VARIANCE)


def _statistics(reference: CoMoments | None, current: CoMoments | None) -> dict[str, Statistic]:
    if reference is None or current is None:
        missing = undefined("the columns were drawn apart from each other")
    elif len(reference.sums) <= 1:
        missing = undefined("fewer than two columns vary in the reference")
    elif reference.count <= 1 or current.count <= 1:
        missing = undefined("fewer than two rows")
    else:
        return {
            "pca_reconstruction_error": Statistic(
                _root_mean_square(_projector(reference), current.second_moments())
            ),
            "correlation_distance": Statistic(
                correlation_distance(reference.correlations(), current.correlations())
            ),
        }

    return _both(missing)


def _both(statistic: Statistic) -> dict[str, Statistic]:
    return dict.fromkeys(("pca_reconstruction_error", "correlation_distance"), statistic)
