"""Outcomes of a binary classifier: counts by score bin, label and prediction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from monitoring.profile.codec import JSON, Array, pack
from monitoring.profile.outcomes.exact_scores import LIMIT, ExactScores, decoded_scores, joined
from monitoring.profile.outcomes.fingerprint import fingerprint_of, require_same_layout
from monitoring.profile.outcomes.losses import losses_if, weighted_by_tenth
from monitoring.profile.outcomes.score_bins import TENTHS, ScoreBins

#: The codes of labels and predictions along the axes of the cells.
NEGATIVE, POSITIVE, MISSING = 0, 1, 2

#: The kinds of stored blobs.
BINARY_LAYOUT, BINARY_OUTCOMES = "binary_layout", "binary_outcomes"


@dataclass(frozen=True, slots=True, eq=False)
class BinaryLayout:
    """
    What is fixed by the reference of a binary classifier.

    *negative* is ``None`` where every class but *positive* counts as negative. *scored* says
    whether the reference had a score at all. Up to *exact_limit* labelled scores are kept one by
    one.
    """

    positive: str
    negative: str | None
    bins: ScoreBins
    scored: bool
    exact_limit: int = LIMIT

    @property
    def fingerprint(self) -> str:
        """The stable name of the layout."""
        return _fingerprint(self)

    @property
    def header(self) -> dict[str, JSON]:
        """All but the arrays, as JSON."""
        return {
            "kind": BINARY_LAYOUT,
            "positive": self.positive,
            "negative": self.negative,
            "scored": self.scored,
            "exact_limit": self.exact_limit,
        }

    @property
    def arrays(self) -> dict[str, Array]:
        """The edges of the score bins."""
        return {"edges": self.bins.edges}

    def encode(self) -> bytes:
        """Return the layout as bytes for the results store."""
        return pack(self.header, self.arrays)


@dataclass(frozen=True, slots=True, eq=False)
class BinaryOutcomes:
    """
    Mergeable counts of scores, labels and predictions of a binary classifier.

    *cells* counts rows by score bin, label and prediction; behind the score bins come the rows
    without a score and those with an invalid one. *score_sums* adds up the scores of each bin.
    *losses* adds up score, squared error and log loss of the labelled rows, by tenth and label.
    *exact* holds the labelled scores one by one as long as they are few.
    *unknown_labels* counts labels that are neither class; such rows count as not labelled.
    """

    layout: BinaryLayout
    cells: NDArray[np.int64]
    score_sums: NDArray[np.float64]
    losses: NDArray[np.float64]
    exact: ExactScores | None
    unknown_labels: int = 0

    @property
    def rows(self) -> int:
        """The number of predictions."""
        return int(self.totals.sum())

    @property
    def labelled(self) -> int:
        """The number of predictions whose label is known."""
        return int(self.totals[:MISSING].sum())

    @property
    def missing_scores(self) -> int:
        """The number of rows whose score is null or NaN."""
        return int(self.cells[-2].sum())

    @property
    def invalid_scores(self) -> int:
        """The number of rows whose score is infinite or outside 0 to 1."""
        return int(self.cells[-1].sum())

    @property
    def scored_cells(self) -> NDArray[np.int64]:
        """The cells of the rows with a valid score: score bin, label, prediction."""
        return self.cells[: len(self.layout.bins)]

    @property
    def decisions(self) -> NDArray[np.int64]:
        """The labelled rows with a prediction, by label and prediction."""
        return self.totals[:MISSING, :MISSING]

    @property
    def totals(self) -> NDArray[np.int64]:
        """All rows, by label and prediction."""
        # Reductions over an axis of three: `einsum` takes a third of the time of `sum`.
        totals: NDArray[np.int64] = np.einsum("blp->lp", self.cells)
        return totals

    @property
    def by_label(self) -> NDArray[np.int64]:
        """The labelled rows, by score bin (valid or not) and label."""
        labelled: NDArray[np.int64] = np.einsum("blp->bl", self.cells[:, :MISSING])
        return labelled

    @property
    def mean_scores(self) -> NDArray[np.float64]:
        """The mean score of each bin; the lower edge of an empty one."""
        counts = np.einsum("blp->b", self.scored_cells)
        return np.where(
            counts > 0, self.score_sums / np.maximum(counts, 1), self.layout.bins.edges[:-1]
        )

    @property
    def row_losses(self) -> NDArray[np.float64]:
        """
        What one row of each score bin and label adds to *losses*, on average; 0 without rows.

        The loss of the bin's mean score, scaled so that the rows of each tenth add up exactly.
        """
        counts = self.by_label[:-2]
        # A day of a segment fills few of the bins, and logarithms take time.
        filled = np.flatnonzero(counts[:, NEGATIVE] + counts[:, POSITIVE])
        each = np.zeros((len(counts), 2, self.losses.shape[-1]))
        each[filled] = self.losses_in(filled, counts[filled])

        return each

    def losses_in(self, filled: NDArray[np.intp], counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the `row_losses` of the bins *filled*, all that hold the labelled *counts*."""
        means = self.score_sums[filled] / np.einsum("blp->b", self.cells[filled])
        tenths = self.layout.bins.tenths[filled]
        each = losses_if(means)
        total = weighted_by_tenth(tenths, counts, each)
        scale = np.divide(self.losses, total, out=np.ones_like(total), where=total > 0)

        return each * scale[tenths]

    def __add__(self, other: object) -> BinaryOutcomes:
        if not isinstance(other, BinaryOutcomes):
            return NotImplemented
        if self.layout is not other.layout:
            require_same_layout(self.layout.fingerprint, other.layout.fingerprint)

        return BinaryOutcomes(
            self.layout,
            self.cells + other.cells,
            self.score_sums + other.score_sums,
            self.losses + other.losses,
            joined(self.exact, other.exact, limit=self.layout.exact_limit),
            self.unknown_labels + other.unknown_labels,
        )

    def resampled(self, rows: int, generator: np.random.Generator) -> BinaryOutcomes:
        """
        Draw *rows* rows with replacement: a multinomial over the cells, sums by cell means.

        Nothing can be drawn from no rows: they are returned as they are.
        """
        total = self.rows
        if not total:
            return self
        cells = np.zeros(self.cells.size, dtype=np.int64)
        taken = np.flatnonzero(self.cells)
        cells[taken] = generator.multinomial(rows, self.cells.ravel()[taken] / total)

        return self.recounted(cells.reshape(self.cells.shape))

    def recounted(self, cells: NDArray[np.int64]) -> BinaryOutcomes:
        """Return the outcomes of other *cells*, whose rows are like those of these."""
        scored = cells[: len(self.layout.bins)]
        losses = weighted_by_tenth(
            self.layout.bins.tenths, np.einsum("blp->bl", scored[:, :MISSING]), self.row_losses
        )

        return BinaryOutcomes(
            self.layout, cells, self.mean_scores * scored.sum(axis=(1, 2)), losses, None
        )

    @property
    def arrays(self) -> dict[str, Array]:
        """The counts and sums, flat."""
        exact = {} if self.exact is None else self.exact.arrays
        return exact | {
            "cells": self.cells.ravel(),
            "score_sums": self.score_sums,
            "losses": self.losses.ravel(),
        }

    def encode(self) -> bytes:
        """Return the outcomes as bytes for the results store."""
        header: dict[str, JSON] = {
            "kind": BINARY_OUTCOMES,
            "layout": self.layout.fingerprint,
            "unknown_labels": self.unknown_labels,
        }
        return pack(header, self.arrays)


@lru_cache(maxsize=256)
def _fingerprint(layout: BinaryLayout) -> str:
    # Every stored day of every segment asks for it.
    return fingerprint_of(layout.header, layout.arrays)


def decode_binary_layout(header: dict[str, JSON], arrays: dict[str, Array]) -> BinaryLayout:
    """Return the layout that `BinaryLayout.encode` wrote."""
    negative = header["negative"]
    return BinaryLayout(
        positive=str(header["positive"]),
        negative=None if negative is None else str(negative),
        bins=ScoreBins(arrays["edges"].astype(np.float64, copy=False)),
        scored=bool(header["scored"]),
        exact_limit=int(str(header["exact_limit"])),
    )


def decode_binary(
    header: dict[str, JSON], arrays: dict[str, Array], layout: BinaryLayout
) -> BinaryOutcomes:
    """Return the outcomes that `BinaryOutcomes.encode` wrote, of the same *layout*."""
    require_same_layout(layout.fingerprint, str(header["layout"]))
    return binary_from_arrays(arrays, layout, unknown_labels=int(str(header["unknown_labels"])))


def binary_from_arrays(
    arrays: Mapping[str, Array], layout: BinaryLayout, *, unknown_labels: int = 0
) -> BinaryOutcomes:
    """Return the outcomes whose flat *arrays* are those of `BinaryOutcomes.arrays`."""
    return BinaryOutcomes(
        layout,
        arrays["cells"].astype(np.int64, copy=False).reshape(len(layout.bins) + 2, 3, 3),
        arrays["score_sums"].astype(np.float64, copy=False),
        arrays["losses"].astype(np.float64, copy=False).reshape(len(TENTHS), 2, 3),
        decoded_scores(arrays),
        unknown_labels,
    )
