"""
Measures of decisions: how many labelled rows were predicted to be what they are.

Source of all formulas: Powers, "Evaluation: from precision, recall and F-measure to ROC,
informedness, markedness and correlation" (2011), and the functions of scikit-learn that bear
the same names. Counts may be fractional: expected counts have the same measures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from monitoring.measures.intervals import (
    Statistic,
    proportion,
    student,
    undefined,
    wilson,
)


@dataclass(frozen=True, slots=True)
class Confusion:
    """The confusion matrix of two classes."""

    true_positives: float
    false_positives: float
    false_negatives: float
    true_negatives: float

    @property
    def rows(self) -> float:
        """The number of rows."""
        return self.predicted_positives + self.false_negatives + self.true_negatives

    @property
    def positives(self) -> float:
        """The number of rows whose label is positive."""
        return self.true_positives + self.false_negatives

    @property
    def negatives(self) -> float:
        """The number of rows whose label is negative."""
        return self.true_negatives + self.false_positives

    @property
    def predicted_positives(self) -> float:
        """The number of rows whose prediction is positive."""
        return self.true_positives + self.false_positives


def accuracy(confusion: Confusion) -> Statistic:
    """
    Return the share of rows that were predicted to be what they are: (TP + TN) / rows.

    Range 0 to 1, Wilson interval. Undefined without rows.
    """
    right = confusion.true_positives + confusion.true_negatives
    return proportion(right, confusion.rows, empty="no labelled predictions")


def precision(confusion: Confusion) -> Statistic:
    """
    Return the share of positive predictions that are positive: TP / (TP + FP).

    Range 0 to 1, Wilson interval. Undefined without a positive prediction.
    """
    return proportion(
        confusion.true_positives, confusion.predicted_positives, empty="no positive prediction"
    )


def recall(confusion: Confusion) -> Statistic:
    """
    Return the share of positive labels that were predicted: TP / (TP + FN).

    Range 0 to 1, Wilson interval. Undefined without a positive label.
    """
    return proportion(confusion.true_positives, confusion.positives, empty="no positive label")


def specificity(confusion: Confusion) -> Statistic:
    """
    Return the share of negative labels that were predicted: TN / (TN + FP).

    Range 0 to 1, Wilson interval. Undefined without a negative label.
    """
    return proportion(confusion.true_negatives, confusion.negatives, empty="no negative label")


def f1(confusion: Confusion) -> Statistic:
    """
    Return the harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN).

    Range 0 to 1. Undefined without a positive label and a positive prediction. It is a rising
    function, 2 J / (1 + J), of Jaccard's J = TP / (TP + FP + FN), which is a proportion: its
    bounds are the images of J's Wilson bounds.
    """
    union = confusion.predicted_positives + confusion.false_negatives
    jaccard = proportion(confusion.true_positives, union, empty="no positive label or prediction")
    if jaccard.value is None:
        return jaccard

    lower, upper = (2 * share / (1 + share) for share in wilson(jaccard.value, union))
    return Statistic(2 * jaccard.value / (1 + jaccard.value), lower, upper)


def mcc(confusion: Confusion) -> Statistic:
    """
    Return Matthews' correlation of labels and predictions.

    (TP TN - FP FN) / sqrt((TP + FP)(TP + FN)(TN + FP)(TN + FN)). Range -1 to 1, 0 for guessing.
    Undefined when all labels or all predictions are of one class. The interval is the delta
    method over the four counts on Fisher's scale (atanh). Source: Matthews (1975).
    """
    sides = (
        confusion.predicted_positives,
        confusion.positives,
        confusion.negatives,
        confusion.rows - confusion.predicted_positives,
    )
    scale = math.sqrt(math.prod(max(side, 0.0) for side in sides))
    if not scale:
        return undefined("one class only")

    value = _determinant(confusion) / scale
    return _fisher(max(-1.0, min(1.0, value)), _mcc_variance(confusion, value, scale), confusion)


def _determinant(counts: Confusion) -> float:
    return (
        counts.true_positives * counts.true_negatives
        - counts.false_positives * counts.false_negatives
    )


def _mcc_variance(counts: Confusion, value: float, scale: float) -> float:
    # Counts that sum to a fixed total have the variance of independent Poisson counts here,
    # because the correlation does not change when all four grow in proportion.
    predicted, actual = 1 / counts.predicted_positives, 1 / counts.positives
    unpredicted, other = 1 / (counts.rows - counts.predicted_positives), 1 / counts.negatives
    slopes = (
        counts.true_negatives / scale - value / 2 * (predicted + actual),
        -counts.false_negatives / scale - value / 2 * (predicted + other),
        -counts.false_positives / scale - value / 2 * (unpredicted + actual),
        counts.true_positives / scale - value / 2 * (unpredicted + other),
    )
    cells = (
        counts.true_positives,
        counts.false_positives,
        counts.false_negatives,
        counts.true_negatives,
    )

    return sum(cell * slope * slope for cell, slope in zip(cells, slopes, strict=True))


def _fisher(value: float, variance: float, counts: Confusion) -> Statistic:
    smaller = min(counts.positives, counts.negatives)
    if abs(value) >= 1:
        # Without a mistake there is no spread to see: as many rows as the rarer class has, all
        # right, is what is known.
        bound = 2 * wilson(1.0, smaller)[0] - 1
        return (
            Statistic(value, min(value, bound), 1.0)
            if value > 0
            else Statistic(value, -1.0, -bound)
        )
    if smaller <= 1:
        return Statistic(value)

    half = student(smaller - 1) * math.sqrt(variance) / (1 - value**2)
    if not math.isfinite(half):
        return Statistic(value)

    centre = math.atanh(value)
    return Statistic(value, math.tanh(centre - half), math.tanh(centre + half))
