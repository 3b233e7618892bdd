"""Outcomes of a regression: sums over its errors, in cells of alike errors and labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.profile.codec import JSON, Array, pack
from monitoring.profile.outcomes.columns import LABEL, PREDICTION, Batch, numbers
from monitoring.profile.outcomes.fingerprint import fingerprint_of, require_same_layout
from monitoring.profile.outcomes.moments import Moment, moments

#: The kinds of stored blobs.
REGRESSION_LAYOUT, REGRESSION_OUTCOMES = "regression_layout", "regression_outcomes"

# Few rows make up most of a squared error: the cells are finest in the tails.
_TAIL_LEVELS = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03)
_ERROR_LEVELS = (
    *_TAIL_LEVELS,
    *(0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9),
    *(1 - level for level in reversed(_TAIL_LEVELS)),
)
_LABEL_LEVELS = (0.003, 0.03, 0.2, 0.5, 0.8, 0.97, 0.997)


@dataclass(frozen=True, slots=True, eq=False)
class RegressionLayout:
    """What is fixed by the reference of a regression: the centre of its labels, and the cells."""

    centre: float
    error_edges: NDArray[np.float64]
    label_edges: NDArray[np.float64]

    @property
    def cells(self) -> int:
        """The number of cells of labelled rows with a prediction."""
        return (len(self.error_edges) + 1) * (len(self.label_edges) + 1)

    @property
    def fingerprint(self) -> str:
        """The stable name of the layout."""
        return fingerprint_of({"kind": REGRESSION_LAYOUT}, self.arrays)

    @property
    def arrays(self) -> dict[str, Array]:
        """The centre and the edges."""
        return {
            "centre": np.array([self.centre]),
            "error_edges": self.error_edges,
            "label_edges": self.label_edges,
        }

    def encode(self) -> bytes:
        """Return the layout as bytes for the results store."""
        return pack({"kind": REGRESSION_LAYOUT}, self.arrays)


@dataclass(frozen=True, slots=True, eq=False)
class RegressionOutcomes:
    """
    Mergeable sums over the errors of a regression.

    *counts* are the rows of each cell, then the labelled rows without a usable prediction, then
    the rows that are not labelled. *sums* adds up the moments of each cell. *invalid_labels* and
    *invalid_predictions* count infinite values, which are left out.
    """

    layout: RegressionLayout
    counts: NDArray[np.int64]
    sums: NDArray[np.float64]
    invalid_labels: int = 0
    invalid_predictions: int = 0

    @property
    def rows(self) -> int:
        """The number of predictions."""
        return int(self.counts.sum())

    @property
    def labelled(self) -> int:
        """The number of predictions whose label is known."""
        return int(self.counts[:-1].sum())

    @property
    def used(self) -> int:
        """The number of labelled rows with a usable prediction."""
        return int(self.counts[:-2].sum())

    def total(self, moment: Moment) -> float:
        """Return the sum of *moment* over the labelled rows with a prediction."""
        # Cells may have overflowed, to infinities of either sign.
        with np.errstate(over="ignore", invalid="ignore"):
            return float(self.sums[:, moment].sum())

    def __add__(self, other: object) -> RegressionOutcomes:
        if not isinstance(other, RegressionOutcomes):
            return NotImplemented
        if self.layout is not other.layout:
            require_same_layout(self.layout.fingerprint, other.layout.fingerprint)

        with np.errstate(over="ignore", invalid="ignore"):
            sums = self.sums + other.sums
        return RegressionOutcomes(
            self.layout,
            self.counts + other.counts,
            sums,
            self.invalid_labels + other.invalid_labels,
            self.invalid_predictions + other.invalid_predictions,
        )

    def resampled(self, rows: int, generator: np.random.Generator) -> RegressionOutcomes:
        """
        Draw *rows* rows with replacement: a multinomial over the cells, sums by cell means.

        Nothing can be drawn from no rows: they are returned as they are.
        """
        total = self.rows
        if not total:
            return self
        counts = generator.multinomial(rows, self.counts / total).astype(np.int64)
        means = self.sums / np.maximum(self.counts[:-2, None], 1)

        return RegressionOutcomes(self.layout, counts, means * counts[:-2, None])

    def encode(self) -> bytes:
        """Return the outcomes as bytes for the results store."""
        header: dict[str, JSON] = {
            "kind": REGRESSION_OUTCOMES,
            "layout": self.layout.fingerprint,
            "invalid_labels": self.invalid_labels,
            "invalid_predictions": self.invalid_predictions,
        }
        return pack(header, {"counts": self.counts, "sums": self.sums.T.ravel()})


def regression_layout(reference: Batch) -> RegressionLayout:
    """
    Fix the cells by the quantiles of the *reference*'s errors and labels.

    Without labels (or predictions) there is one cell in place of several.
    """
    labels, predictions = numbers(reference, LABEL), numbers(reference, PREDICTION)
    known = labels[np.isfinite(labels)]
    errors = (predictions - labels)[np.isfinite(predictions) & np.isfinite(labels)]

    return RegressionLayout(
        centre=float(known.mean()) if len(known) else 0.0,
        error_edges=_quantiles(errors, _ERROR_LEVELS),
        label_edges=_quantiles(known, _LABEL_LEVELS),
    )


def regression_outcomes(batch: Batch, layout: RegressionLayout) -> RegressionOutcomes:
    """Sum up the rows of *batch*, whose columns have their canonical names."""
    labels, predictions = numbers(batch, LABEL), numbers(batch, PREDICTION)
    labelled = np.isfinite(labels)
    used = labelled & np.isfinite(predictions)
    each = moments(predictions[used], labels[used], centre=layout.centre)

    cells = np.searchsorted(layout.error_edges, each[:, Moment.ERROR], side="right")
    cells *= len(layout.label_edges) + 1
    cells += np.searchsorted(layout.label_edges, labels[used], side="right")
    counts = np.bincount(cells, minlength=layout.cells)
    others = [labelled.sum() - used.sum(), len(labels) - labelled.sum()]

    return RegressionOutcomes(
        layout,
        np.append(counts, others).astype(np.int64),
        np.stack(
            [np.bincount(cells, column, layout.cells) for column in each.T], 1, dtype=np.float64
        ),
        invalid_labels=int(np.isinf(labels).sum()),
        invalid_predictions=int(np.isinf(predictions).sum()),
    )


def empty_regression(layout: RegressionLayout) -> RegressionOutcomes:
    """Return the outcomes of no rows."""
    return RegressionOutcomes(
        layout,
        np.zeros(layout.cells + 2, dtype=np.int64),
        np.zeros((layout.cells, len(Moment))),
    )


def decode_regression_layout(arrays: dict[str, Array]) -> RegressionLayout:
    """Return the layout that `RegressionLayout.encode` wrote."""
    return RegressionLayout(
        centre=float(arrays["centre"][0]),
        error_edges=arrays["error_edges"].astype(np.float64, copy=False),
        label_edges=arrays["label_edges"].astype(np.float64, copy=False),
    )


def decode_regression(
    header: dict[str, JSON], arrays: dict[str, Array], layout: RegressionLayout
) -> RegressionOutcomes:
    """Return the outcomes that `RegressionOutcomes.encode` wrote, of the same *layout*."""
    require_same_layout(layout.fingerprint, str(header["layout"]))
    sums = arrays["sums"].astype(np.float64, copy=False).reshape(len(Moment), layout.cells)

    return RegressionOutcomes(
        layout,
        arrays["counts"].astype(np.int64, copy=False),
        np.ascontiguousarray(sums.T),
        invalid_labels=int(str(header["invalid_labels"])),
        invalid_predictions=int(str(header["invalid_predictions"])),
    )


def _quantiles(values: NDArray[np.float64], levels: tuple[float, ...]) -> NDArray[np.float64]:
    return np.unique(np.quantile(values, levels)) if len(values) else np.empty(0)
