"""All measures of a binary classifier, from counts of labelled rows: real ones or expected ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.measures.calibration import expected_calibration_error, mean_loss
from monitoring.measures.classification import (
    Confusion,
    accuracy,
    f1,
    mcc,
    precision,
    recall,
    specificity,
)
from monitoring.measures.intervals import Statistic, farther, proportion
from monitoring.measures.ranking import average_precision, roc_auc, roc_auc_bound
from monitoring.profile.outcomes.binary import MISSING, NEGATIVE, POSITIVE, BinaryOutcomes
from monitoring.profile.outcomes.losses import (
    HIGHEST_SQUARED_ERROR,
    LOG_LOSS,
    SCORE,
    SQUARED_ERROR,
    sums_by_tenth,
)

_DECISION_MEASURES = {
    "accuracy": accuracy,
    "precision": precision,
    "recall": recall,
    "specificity": specificity,
    "f1": f1,
    "mcc": mcc,
}


@dataclass(frozen=True, slots=True, eq=False)
class LabelledCounts:
    """
    Labelled rows of a binary classifier.

    *decisions* counts them by label and prediction, *scored* by score bin and label; each row of
    a score bin and label adds *losses*. *tenths* says in which tenth a bin lies, *single* which
    bins hold a single score. *ranked* counts the rows by score and label where that is known
    better than by bin. *unit* is the weight of one row, 0 for expected counts.
    """

    tenths: NDArray[np.int64]
    single: NDArray[np.bool_]
    labels: NDArray[np.float64]
    decisions: NDArray[np.float64]
    scored: NDArray[np.float64]
    losses: NDArray[np.float64]
    ranked: NDArray[np.float64] | None = None
    unit: float = 1.0

    @property
    def confusion(self) -> Confusion:
        """The confusion matrix of the rows with a prediction."""
        return Confusion(
            true_positives=float(self.decisions[POSITIVE, POSITIVE]),
            false_positives=float(self.decisions[NEGATIVE, POSITIVE]),
            false_negatives=float(self.decisions[POSITIVE, NEGATIVE]),
            true_negatives=float(self.decisions[NEGATIVE, NEGATIVE]),
        )

    @property
    def ranking(self) -> NDArray[np.float64]:
        """Negatives and positives (columns) by score or score bin (rows), lowest first."""
        return self.scored if self.ranked is None else self.ranked

    @property
    def atoms(self) -> NDArray[np.bool_]:
        """Which rows of the ranking are a single score."""
        if self.ranked is None:
            return self.single
        return np.ones(len(self.ranked), dtype=np.bool_)


def labelled_counts(outcomes: BinaryOutcomes) -> LabelledCounts:
    """Return the labelled rows of *outcomes*; bins without any are left out."""
    totals, bins, by_label = outcomes.totals, outcomes.layout.bins, outcomes.by_label[:-2]
    filled = np.flatnonzero(by_label[:, NEGATIVE] + by_label[:, POSITIVE])
    scored = by_label[filled]

    return LabelledCounts(
        tenths=bins.tenths[filled],
        single=bins.atoms[filled],
        labels=totals[:MISSING].sum(axis=1).astype(np.float64),
        decisions=totals[:MISSING, :MISSING].astype(np.float64),
        scored=scored.astype(np.float64),
        losses=outcomes.losses_in(filled, scored),
        ranked=None if outcomes.exact is None else outcomes.exact.counts().astype(np.float64),
    )


def decision_statistics(counts: LabelledCounts) -> dict[str, Statistic]:
    """Return the measures of predictions under their metric names."""
    confusion = counts.confusion
    statistics = {name: measure(confusion) for name, measure in _DECISION_MEASURES.items()}
    statistics["positive_rate"] = proportion(
        confusion.predicted_positives, confusion.rows, empty="no labelled predictions"
    )

    return statistics


def score_statistics(counts: LabelledCounts) -> dict[str, Statistic]:
    """Return the measures of scores under their metric names."""
    error = expected_calibration_error(calibration_table(counts))

    return {**estimable_statistics(counts), "expected_calibration_error": error}


def estimable_statistics(counts: LabelledCounts) -> dict[str, Statistic]:
    """Return the measures of scores but for their calibration, which estimates take for granted."""
    negatives, positives = counts.ranking.T
    bound = roc_auc_bound(positives, negatives, counts.atoms)

    return {
        "roc_auc": farther(roc_auc(positives, negatives), below=bound, above=bound),
        "average_precision": average_precision(
            positives, negatives, counts.atoms, unit=counts.unit
        ),
        "log_loss": mean_loss(counts.scored, counts.losses[:, :, LOG_LOSS]),
        "brier_score": mean_loss(
            counts.scored, counts.losses[:, :, SQUARED_ERROR], highest=HIGHEST_SQUARED_ERROR
        ),
    }


def label_statistics(counts: LabelledCounts) -> dict[str, Statistic]:
    """Return the measures of the labels alone."""
    rate = proportion(float(counts.labels[POSITIVE]), float(counts.labels.sum()), empty="no labels")
    return {"actual_positive_rate": rate}


def calibration_table(counts: LabelledCounts) -> NDArray[np.float64]:
    """Return by tenth: rows, sum of scores, positives."""
    rows = sums_by_tenth(counts.tenths, counts.scored)
    scores = sums_by_tenth(counts.tenths, counts.scored * counts.losses[:, :, SCORE])

    return np.stack([rows.sum(axis=1), scores.sum(axis=1), rows[:, POSITIVE]], axis=1)
