"""
Estimated performance of a regression, before labels are known: direct loss estimation.

A model of the reference's errors on its features says how large the error of each current row
should be. Rows are scored batch by batch; only sums are kept. Source: NannyML's DLE.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from monitoring.measures.estimation import PREFIX
from monitoring.measures.intervals import Statistic, positive, undefined
from monitoring.measures.performance import as_measure
from monitoring.profile.codec import pack, unpack
from monitoring.profile.outcomes.columns import Batch
from monitoring.profile.outcomes.fingerprint import require_kind, require_same_layout
from monitoring.results import Measure

_KIND = "expected_losses"


class LossModel(Protocol):
    """A model of the losses of a regression, fitted on the labelled reference."""

    @property
    def fingerprint(self) -> str:
        """The stable name of the fitted model: sums of different models are not added."""
        ...

    @property
    def rows(self) -> int:
        """How many labelled rows it was fitted on."""
        ...

    @property
    def noise(self) -> NDArray[np.float64]:
        """The mean squared difference, on held-out rows, of each loss from its expectation."""
        ...

    def losses(self, batch: Batch) -> NDArray[np.float64]:
        """Return the expected absolute error and squared error (columns) of each row."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class ExpectedLosses:
    """Mergeable sums of the losses that a model expects: absolute error and squared error."""

    model: str
    rows: int
    sums: NDArray[np.float64]

    def __add__(self, other: ExpectedLosses) -> ExpectedLosses:
        require_same_layout(self.model, other.model)
        return ExpectedLosses(self.model, self.rows + other.rows, self.sums + other.sums)

    def encode(self) -> bytes:
        """Return the sums as bytes for the results store."""
        return pack({"kind": _KIND, "model": self.model, "rows": self.rows}, {"sums": self.sums})


def row_losses(batch: Batch, model: LossModel) -> NDArray[np.float64]:
    """Return the absolute and the squared error (columns) that *model* expects of each row."""
    return model.losses(batch) if batch.num_rows else np.zeros((0, 2))


def summed_losses(losses: NDArray[np.float64], model: LossModel) -> ExpectedLosses:
    """Return the sums of the *losses* that *model* expects of some rows."""
    return ExpectedLosses(model.fingerprint, len(losses), losses.sum(axis=0))


def no_losses(model: LossModel) -> ExpectedLosses:
    """Return the losses of no rows."""
    return ExpectedLosses(model.fingerprint, 0, np.zeros(2))


def decode_expected_losses(blob: bytes) -> ExpectedLosses:
    """Return the sums that `ExpectedLosses.encode` wrote."""
    header, arrays = unpack(blob)
    require_kind(header, (_KIND,))
    sums = arrays["sums"].astype(np.float64, copy=False)
    return ExpectedLosses(str(header["model"]), int(header["rows"]), sums)


def estimated_loss_measures(expected: ExpectedLosses, model: LossModel) -> list[Measure]:
    """
    Return the estimated MAE, MSE and RMSE of the rows in *expected*.

    The 95 % interval holds the noise of as many realised losses, and that of the rows on which
    the model was fitted; it does not hold a change of what the features mean.

    Raises:
        LayoutError: when the sums are those of another model.
    """
    require_same_layout(expected.model, model.fingerprint)
    mae = _mean(expected, model, 0)
    # No mean of squares is below the square of the mean, whatever the two models say.
    mse = _mean(expected, model, 1, least=(mae.value or 0.0) ** 2)
    statistics = {"mae": mae, "mse": mse, "rmse": _root(mse)}

    return [
        as_measure(f"{PREFIX}{name}", statistic, rows=expected.rows)
        for name, statistic in statistics.items()
    ]


def _mean(expected: ExpectedLosses, model: LossModel, at: int, *, least: float = 0.0) -> Statistic:
    if not expected.rows:
        return undefined("no rows")

    # A model may expect a mean below zero where errors vanish; no loss is less than nothing.
    value = max(float(expected.sums[at]) / expected.rows, least)
    variance = float(model.noise[at]) * (1 / expected.rows + 1 / model.rows)
    return positive(value, variance, rows=expected.rows)


def _root(mean: Statistic) -> Statistic:
    value, lower, upper = (
        None if each is None else math.sqrt(each) for each in (mean.value, mean.lower, mean.upper)
    )
    return Statistic(value, lower, upper, mean.reason)
