"""Outcomes of a regression."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from monitoring.profile.outcomes.moments import Moment
from monitoring.profile.outcomes.regression import regression_layout, regression_outcomes


def sample(rows: int, seed: int = 0) -> pa.Table:
    """Return labels around 100 and predictions that are off by about 5."""
    generator = np.random.default_rng(seed)
    labels = generator.normal(100, 20, rows)
    return pa.table({"prediction": labels + generator.normal(1, 5, rows), "label": labels})


LAYOUT = regression_layout(sample(5_000))


class TestRegressionOutcomes:
    """Tests of regression outcomes."""

    def test_sums(self) -> None:
        """
        The moments add up to those of the raw rows.
        """
        table = sample(1_000, seed=1)
        outcomes = regression_outcomes(table, LAYOUT)
        errors = table["prediction"].to_numpy() - table["label"].to_numpy()

        np.testing.assert_allclose(np.abs(errors).sum(), outcomes.total(Moment.ABSOLUTE_ERROR))
        np.testing.assert_allclose((errors**4).sum(), outcomes.total(Moment.FOURTH_POWER_ERROR))

    def test_missing_and_infinite(self) -> None:
        """
        Infinite values are counted and left out; a null label is not known yet.
        """
        table = pa.table(
            {
                "prediction": [1.0, np.inf, 1.0, None, 1.0],
                "label": [2.0, 2.0, np.inf, 2.0, None],
            }
        )
        outcomes = regression_outcomes(table, LAYOUT)

        assert (5, 3, 1) == (outcomes.rows, outcomes.labelled, outcomes.used)
        assert (1, 1) == (outcomes.invalid_labels, outcomes.invalid_predictions)

    def test_resampled(self) -> None:
        """
        The spread of a mean over resamples is that of the bootstrap: sigma over root n.
        """
        outcomes = regression_outcomes(sample(5_000), LAYOUT)
        generator = np.random.default_rng(2)
        means = [
            drawn.total(Moment.ERROR) / drawn.used
            for drawn in (outcomes.resampled(400, generator) for _ in range(500))
        ]

        np.testing.assert_allclose(5 / np.sqrt(400), np.std(means), rtol=0.15)

    def test_unlabelled_reference(self) -> None:
        """
        Without labels in the reference there is one cell, and the sums are the same.
        """
        layout = regression_layout(pa.table({"prediction": [1.0]}))
        outcomes = regression_outcomes(sample(10), layout)

        assert 1 == layout.cells
        assert 10 == outcomes.used

    def test_huge_values(self) -> None:
        """
        Values whose squares overflow are summed without a warning.
        """
        outcomes = regression_outcomes(pa.table({"prediction": [1e200], "label": [1.0]}), LAYOUT)

        assert np.isinf(outcomes.total(Moment.SQUARED_ERROR))
