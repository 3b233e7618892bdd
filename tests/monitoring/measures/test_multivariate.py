"""Tests of the drift of the joint distribution."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from monitoring.errors import LayoutError
from monitoring.measures.drift import drift_measures
from monitoring.measures.multivariate import (
    correlation_distance,
    multivariate_measures,
    pca_reconstruction_error,
)
from monitoring.profile.layout import TableLayout
from monitoring.profile.table import TableProfile
from monitoring.spec.model import FeatureType

GENERATOR = np.random.default_rng(1)
TYPES = dict.fromkeys(("x", "y", "z"), FeatureType.NUMERIC)


def joint(correlation: float, rows: int = 20_000) -> pa.Table:
    """Return standard normal columns, x and y correlated."""
    x, e, z = GENERATOR.normal(size=(3, rows))
    y = correlation * x + np.sqrt(1 - correlation**2) * e
    return pa.table({"x": pa.array(x), "y": pa.array(y), "z": pa.array(z)})


REFERENCE = joint(0.9)
LAYOUT = TableLayout.of(REFERENCE, TYPES)


def measured(current: pa.Table) -> dict[str, float | None]:
    """Return both measures of *current* by metric."""
    profiles = [TableProfile.of(table, LAYOUT) for table in (REFERENCE, current)]
    return {measure.metric: measure.value for measure in multivariate_measures(*profiles)}


class TestMultivariateMeasures:
    """Tests of what no single column shows."""

    def test_joint_shift(self) -> None:
        """
        A reversed correlation is seen, though no column has drifted.
        """
        same, reversed_sign = joint(0.9), joint(-0.9)

        calm, drifted = measured(same), measured(reversed_sign)

        current = TableProfile.of(reversed_sign, LAYOUT)
        psi = drift_measures(TableProfile.of(REFERENCE, LAYOUT), current)
        assert all(m.value is not None and m.value < 0.01 for m in psi if m.metric == "psi")
        assert calm["correlation_distance"] == pytest.approx(0, abs=0.02)
        assert drifted["correlation_distance"] == pytest.approx(1.8 / 3**0.5, abs=0.02)
        assert calm["pca_reconstruction_error"] is not None
        assert drifted["pca_reconstruction_error"] is not None
        assert drifted["pca_reconstruction_error"] > 2 * calm["pca_reconstruction_error"]

    def test_lost_column(self) -> None:
        """
        Without one of its columns there is no joint distribution; the column is named.
        """
        profiles = [
            TableProfile.of(table, LAYOUT) for table in (REFERENCE, REFERENCE.drop_columns(["y"]))
        ]

        for measure in multivariate_measures(*profiles):
            assert (None, "y cannot be read") == (measure.value, measure.reason)

    def test_resampled(self) -> None:
        """
        A resampled profile has no joint distribution, and says so.
        """
        profile = TableProfile.of(REFERENCE, LAYOUT)

        for measure in multivariate_measures(profile, profile.resampled(9, GENERATOR)):
            assert measure.value is None
            assert measure.reason == "the columns were drawn apart from each other"

    def test_one_column(self) -> None:
        """
        One column has no joint distribution.
        """
        layout = TableLayout.of(REFERENCE, {"x": FeatureType.NUMERIC})
        profile = TableProfile.of(REFERENCE, layout)

        assert ["fewer than two columns vary in the reference"] * 2 == [
            measure.reason for measure in multivariate_measures(profile, profile)
        ]

    def test_other_layout(self) -> None:
        """
        Profiles of different references are not compared.
        """
        other = TableLayout.of(REFERENCE.slice(0, 50), TYPES)

        with pytest.raises(LayoutError):
            multivariate_measures(TableProfile.empty(LAYOUT), TableProfile.empty(other))


class TestPcaReconstructionError:
    """Tests of the distance from the plane of the principal components."""

    def test_agrees_with_scikit_learn(self) -> None:
        """
        It is the root mean squared distance to scikit-learn's reconstruction.
        """
        from sklearn.decomposition import PCA

        data = np.random.default_rng(2).multivariate_normal(
            np.zeros(4), np.eye(4) + 0.8 * (1 - np.eye(4)), size=3000
        )
        standard = (data - data.mean(axis=0)) / data.std(axis=0)
        components = PCA(n_components=0.9, svd_solver="full").fit(standard)
        rebuilt = components.inverse_transform(components.transform(standard))
        expected = np.sqrt(((standard - rebuilt) ** 2).sum(axis=1).mean())
        moments = standard.T @ standard / 3000

        found = pca_reconstruction_error(moments, moments, explained=0.9)

        assert expected == pytest.approx(found, rel=1e-9)


class TestCorrelationDistance:
    """Tests of the distance of correlation matrices."""

    def test_by_hand(self) -> None:
        """
        The root of the mean of 0.3² and twice 0.
        """
        reference, current = np.eye(3), np.eye(3)
        current[0, 1] = current[1, 0] = 0.3

        assert 0.3 / 3**0.5 == pytest.approx(correlation_distance(reference, current))
