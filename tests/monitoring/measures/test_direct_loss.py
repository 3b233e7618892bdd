"""Estimated performance of a regression from the losses that a model expects."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from monitoring.errors import LayoutError
from monitoring.measures.direct_loss import (
    ExpectedLosses,
    decode_expected_losses,
    estimated_loss_measures,
    row_losses,
    summed_losses,
)
from monitoring.profile.outcomes.columns import Batch, numbers


@dataclass(frozen=True)
class TenthOfPrice:
    """Expects every error to be a tenth of the price."""

    fingerprint: str = "tenth"
    rows: int = 100
    noise: NDArray[np.float64] = field(default_factory=lambda: np.array([4.0, 100.0]))

    def losses(self, batch: Batch) -> NDArray[np.float64]:
        """Return the expected absolute and squared error."""
        errors = numbers(batch, "price") / 10
        return np.stack([errors, errors**2], axis=1)


def expected_losses(rows: pa.Table, model: TenthOfPrice) -> ExpectedLosses:
    """Return the sums of what *model* expects of *rows*."""
    return summed_losses(row_losses(rows, model), model)


PRICES = pa.table({"price": [100.0, 200.0, 300.0]})


class TestEstimatedLossMeasures:
    """Tests of estimates from sums of expected losses."""

    def test_values(self) -> None:
        """
        Errors of 10, 20 and 30 are 20 on average, and 466.7 squared.
        """
        model = TenthOfPrice()
        measures = estimated_loss_measures(expected_losses(PRICES, model), model)

        assert {each.metric: each.value for each in measures} == pytest.approx(
            {
                "estimated_mae": 20.0,
                "estimated_mse": 1400 / 3,
                "estimated_rmse": np.sqrt(1400 / 3),
            }
        )

    def test_stream(self) -> None:
        """
        Batches add up to the whole, also after storage.
        """
        model = TenthOfPrice()
        first = decode_expected_losses(expected_losses(PRICES.slice(0, 1), model).encode())
        parts = first + expected_losses(PRICES.slice(1), model)

        assert estimated_loss_measures(expected_losses(PRICES, model), model) == (
            estimated_loss_measures(parts, model)
        )

    def test_squares(self) -> None:
        """
        Where the model of the squares expects less than the square of the mean, that is the least.
        """
        model = TenthOfPrice()
        sums = ExpectedLosses(model.fingerprint, 10, np.array([20.0, -1.0]))
        mae, mse, rmse = (each.value for each in estimated_loss_measures(sums, model))

        assert (2.0, 4.0, 2.0) == (mae, mse, rmse)

    def test_no_rows(self) -> None:
        """
        Without rows there is nothing to estimate.
        """
        model = TenthOfPrice()
        measures = estimated_loss_measures(expected_losses(PRICES.slice(0, 0), model), model)

        assert {"no rows"} == {each.reason for each in measures}

    def test_other_model(self) -> None:
        """
        Sums of one model are not added to, or read with, those of another.
        """
        sums = expected_losses(PRICES, TenthOfPrice())
        other = TenthOfPrice(fingerprint="other")

        with pytest.raises(LayoutError, match="other"):
            estimated_loss_measures(sums, other)
        with pytest.raises(LayoutError, match="other"):
            sums + expected_losses(PRICES, other)
