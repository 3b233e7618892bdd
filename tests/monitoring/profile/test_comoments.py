"""Tests of the matrix of co-moments."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from monitoring.profile.columns import Numbers, Texts, numbers, texts
from monitoring.profile.comoments import LIMIT, CoMoments, Dimension

GENERATOR = np.random.default_rng(9)
X = GENERATOR.normal(3.0, 2.0, size=40_000)
Y = 0.5 * X + GENERATOR.normal(size=40_000)
CITY = GENERATOR.choice(["Bonn", "Ulm"], 40_000, p=[0.25, 0.75])
COLUMNS: dict[str, Numbers | Texts] = {
    "x": numbers(pa.array(X), name="x"),
    "y": numbers(pa.array(Y), name="y"),
    "city": texts(pa.array(CITY), name="city"),
}
DIMENSIONS = [
    Dimension("x", None, 3.0, 2.0),
    Dimension("y", None, 1.5, 1.4),
    Dimension("city", "Bonn", 0.25, 0.75**0.5 / 2),
]


class TestCoMoments:
    """Tests of the products of standardised columns."""

    def test_correlations_are_numpys(self) -> None:
        """
        The correlations are those of the columns and of the indicator.
        """
        comoments = CoMoments.of(COLUMNS, DIMENSIONS, rows=40_000)

        expected = np.corrcoef([X, Y, CITY == "Bonn"])

        np.testing.assert_allclose(expected, comoments.correlations(), atol=1e-12)

    def test_missing_counts_as_the_mean(self) -> None:
        """
        Missing values, and columns that are not there, add nothing.
        """
        columns: dict[str, Numbers | Texts] = {
            "x": numbers(pa.array([None, np.nan, 5.0]), name="x"),
            "city": texts(pa.array([None, "Bonn", None]), name="city"),
        }

        comoments = CoMoments.of(columns, DIMENSIONS, rows=3)

        assert (3, 1.0, 0.0) == (comoments.count, *comoments.sums[:2])
        assert pytest.approx(comoments.sums[2]) == 0.75 / (0.75**0.5 / 2)

    def test_outliers_are_held(self) -> None:
        """
        One infinite value counts no more than the limit.
        """
        columns: dict[str, Numbers | Texts] = {"x": numbers(pa.array([np.inf, -1e308]), name="x")}

        comoments = CoMoments.of(columns, DIMENSIONS, rows=2)

        assert 2 * LIMIT**2 == comoments.products[0, 0]

    def test_constant(self) -> None:
        """
        What does not vary correlates with nothing.
        """
        columns: dict[str, Numbers | Texts] = {
            "x": numbers(pa.array([4.0, 4.0]), name="x"),
            "y": COLUMNS["y"],
        }

        correlations = CoMoments.of(columns, DIMENSIONS[:1], rows=2).correlations()

        assert [[1.0]] == correlations.tolist()
