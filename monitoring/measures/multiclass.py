"""
Measures of more than two classes: macro means over the classes, and each class on its own.

A class for which a measure is undefined is left out of its macro mean, as scikit-learn does with
``zero_division=nan``. Intervals are the delta method over the confusion matrix; for scores, over
the score bins of each class and the correlations of the classes on the reference.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from monitoring.measures.binary import LabelledCounts, calibration_table
from monitoring.measures.calibration import expected_calibration_error, mean_loss
from monitoring.measures.intervals import (
    Statistic,
    positive,
    proportion,
    share,
    student,
    undefined,
    within,
)
from monitoring.measures.ranking import (
    average_precision,
    average_precision_influence,
    roc_auc_influence,
)
from monitoring.profile.outcomes.binary import POSITIVE, BinaryOutcomes
from monitoring.profile.outcomes.losses import LOG_LOSS, SQUARED_ERROR

Matrix = NDArray[np.float64]


def multiclass_decision_statistics(confusion: Matrix, *, classes: int) -> dict[str, Statistic]:
    """
    Return the measures of predictions over all classes, under their metric names.

    *confusion* counts the labelled rows by label and prediction; the first *classes* are those of
    the reference, behind them may come one for all others.
    """
    right = float(np.trace(confusion[:classes, :classes]))
    return {
        "accuracy": proportion(right, float(confusion.sum()), empty="no labelled predictions"),
        "precision": _macro_precision(confusion, classes),
        "recall": _macro_precision(confusion.T, classes),
        "specificity": _macro_specificity(confusion, classes),
        "f1": _macro_f1(confusion, classes),
        "mcc": multiclass_mcc(confusion, classes=classes),
    }


def multiclass_mcc(confusion: Matrix, *, classes: int) -> Statistic:
    """
    Return Matthews' correlation for any number of classes, Gorodkin's R_K.

    Of an unseen class, behind the first *classes* of *confusion*, no prediction is right.

    Range about -1 to 1, 0 for guessing. Undefined when all labels or all predictions are of one
    class. The interval is the delta method on Fisher's scale. Source: Gorodkin (2004).
    """
    rows, right = float(confusion.sum()), float(np.trace(confusion[:classes, :classes]))
    actual, predicted = confusion.sum(axis=1), confusion.sum(axis=0)
    spread = (rows**2 - float(actual @ actual)) * (rows**2 - float(predicted @ predicted))
    if spread <= 0:
        return undefined("one class only")

    scale = math.sqrt(spread)
    value = (right * rows - float(actual @ predicted)) / scale
    if rows <= 1 or abs(value) >= 1:
        return Statistic(max(-1.0, min(1.0, value)))

    known = np.arange(len(confusion)) < classes
    hit = np.diag(known * rows) + right - (actual[None, :] + predicted[:, None])
    actual_share = 2 * (rows - actual) / (rows**2 - float(actual @ actual))
    predicted_share = 2 * (rows - predicted) / (rows**2 - float(predicted @ predicted))
    slope = hit / scale - value / 2 * (actual_share[:, None] + predicted_share[None, :])
    half = student(rows - 1) * math.sqrt(float((confusion * slope**2).sum())) / (1 - value**2)
    centre = math.atanh(value)
    return Statistic(value, math.tanh(centre - half), math.tanh(centre + half))


def multiclass_score_statistics(
    parts: Sequence[LabelledCounts], correlations: Mapping[str, Matrix]
) -> dict[str, Statistic]:
    """
    Return the measures of scores over all classes, under their metric names.

    AUC, average precision and calibration error are macro means of one class against the rest;
    the Brier score is the sum over the classes (range 0 to 2), as scikit-learn's; the log loss is
    that of the probability that was given to the label.
    """
    error = _macro_calibration_error(parts, correlations["expected_calibration_error"])
    estimable = estimable_multiclass_statistics(parts, correlations)

    return {**estimable, "expected_calibration_error": error}


def estimable_multiclass_statistics(
    parts: Sequence[LabelledCounts], correlations: Mapping[str, Matrix]
) -> dict[str, Statistic]:
    """Return the same but for the calibration, which estimates take for granted."""
    hits = np.concatenate([part.scored[:, POSITIVE] for part in parts])
    losses = np.concatenate([part.losses[:, POSITIVE, LOG_LOSS] for part in parts])
    return {
        "roc_auc": _macro_rank(parts, correlations["roc_auc"], _auc_of),
        "average_precision": _macro_rank(
            parts, correlations["average_precision"], _average_precision_of
        ),
        "log_loss": mean_loss(hits, losses),
        "brier_score": _total_brier(parts, correlations["brier_score"]),
    }


def lost_class(parts: Sequence[BinaryOutcomes], scored: Sequence[int]) -> str | None:
    """
    Return the first class without scores, where other classes have them; else ``None``.

    *scored* counts the rows with a score of each class. Nothing is lost of a class that *parts*
    have no label of and the reference had no score of.
    """
    lost = [
        part.layout.positive
        for part, rows in zip(parts, scored, strict=True)
        if not rows and (part.layout.scored or part.totals[POSITIVE].any())
    ]
    return lost[0] if lost and any(scored) else None


def macro_mean(statistics: Sequence[Statistic]) -> Statistic:
    """
    Return the mean of the defined *statistics*, with the means of their bounds.

    As wide as if all classes erred together: at least 95 %. Undefined when all of them are.
    """
    defined = [each for each in statistics if each.value is not None]
    values = [each.value for each in defined if each.value is not None]
    lower = [each.lower for each in defined if each.lower is not None]
    upper = [each.upper for each in defined if each.upper is not None]
    if not values:
        return undefined("undefined for every class")
    if min(len(lower), len(upper)) < len(values):
        return Statistic(float(np.mean(values)))

    return Statistic(float(np.mean(values)), float(np.mean(lower)), float(np.mean(upper)))


def _macro(confusion: Matrix, values: Matrix, slope: Matrix, defined: int) -> Statistic:
    if not defined:
        return undefined("undefined for every class")
    variance = float((confusion * (slope / defined) ** 2).sum())
    return share(float(values.sum()) / defined, variance, rows=float(confusion.sum()))


def _macro_precision(confusion: Matrix, classes: int) -> Statistic:
    predicted = confusion.sum(axis=0)
    known = (predicted > 0) & (np.arange(len(confusion)) < classes)
    inverse = np.divide(1.0, predicted, out=np.zeros_like(predicted), where=known)
    values = np.diagonal(confusion) * inverse
    slope = (np.eye(len(confusion)) - values[None, :]) * inverse[None, :]

    return _macro(confusion, values, slope, int(known.sum()))


def _macro_f1(confusion: Matrix, classes: int) -> Statistic:
    either = confusion.sum(axis=0) + confusion.sum(axis=1)
    known = (either > 0) & (np.arange(len(confusion)) < classes)
    inverse = np.divide(1.0, either, out=np.zeros_like(either), where=known)
    values = 2 * np.diagonal(confusion) * inverse
    pull = values * inverse
    slope = np.diag(2 * inverse) - pull[:, None] - pull[None, :]

    return _macro(confusion, values, slope, int(known.sum()))


def _macro_specificity(confusion: Matrix, classes: int) -> Statistic:
    actual, predicted = confusion.sum(axis=1), confusion.sum(axis=0)
    others = confusion.sum() - actual
    known = (others > 0) & (np.arange(len(confusion)) < classes)
    inverse = np.divide(1.0, others, out=np.zeros_like(others), where=known)
    values = (others - predicted + np.diagonal(confusion)) * inverse

    # A row is a negative of every class but its own; it lowers that of a wrong prediction.
    gain = ((1 - values) * inverse)[known].sum() - ((1 - values) * inverse)
    slope = gain[:, None] - inverse[None, :] * (1 - np.eye(len(confusion)))
    return _macro(confusion, values, slope, int(known.sum()))


def _macro_rank(
    parts: Sequence[LabelledCounts],
    correlation: Matrix,
    measure: Callable[[LabelledCounts], tuple[float, float]],
) -> Statistic:
    known = [at for at, part in enumerate(parts) if part.ranking.sum(axis=0).all()]
    if not known:
        return undefined("one class only")

    moments = np.array([measure(parts[at]) for at in known])
    rarest = min(float(parts[at].ranking.sum(axis=0).min()) for at in known)
    value, deviations = float(moments[:, 0].mean()), np.sqrt(moments[:, 1])
    variance = deviations @ correlation[np.ix_(known, known)] @ deviations / len(known) ** 2
    return share(value, float(variance), rows=rarest)


def _auc_of(part: LabelledCounts) -> tuple[float, float]:
    negatives, positives = part.ranking.T
    value, influence = roc_auc_influence(positives, negatives)
    return value, _variance(part.ranking, influence)


def _average_precision_of(part: LabelledCounts) -> tuple[float, float]:
    negatives, positives = part.ranking.T
    value = average_precision(positives, negatives, part.atoms, unit=part.unit).value
    influence = average_precision_influence(positives, negatives)
    return value or 0.0, _variance(part.ranking, influence)


def _variance(counts: Matrix, influence: Matrix) -> float:
    return float((counts * influence**2).sum())


def _macro_calibration_error(parts: Sequence[LabelledCounts], correlation: Matrix) -> Statistic:
    # Were the classes independent, the correlations would sum up to their number.
    inflation = math.sqrt(max(float(correlation.mean()) * len(parts), 1.0))
    tables = [calibration_table(part) for part in parts]
    return expected_calibration_error(np.concatenate(tables), inflation=inflation)


def _total_brier(parts: Sequence[LabelledCounts], correlation: Matrix) -> Statistic:
    scored = [part for part in parts if part.scored.any()]
    if not scored:
        return undefined("no labelled scores")

    rows = float(scored[0].scored.sum())
    losses = [part.losses[:, :, SQUARED_ERROR] for part in parts]
    means = [
        float((part.scored * loss).sum()) / rows for part, loss in zip(parts, losses, strict=True)
    ]
    deviations = np.array(
        [
            math.sqrt(float((part.scored * (loss - mean) ** 2).sum())) / rows
            for part, loss, mean in zip(parts, losses, means, strict=True)
        ]
    )
    total = positive(sum(means), float(deviations @ correlation @ deviations), rows=rows)
    return within(total, highest=2.0)
