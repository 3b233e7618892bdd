"""Counting the rows of a binary classifier in the bins that its reference has fixed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitoring.errors import LayoutError
from monitoring.profile.outcomes.binary import (
    MISSING,
    NEGATIVE,
    POSITIVE,
    BinaryLayout,
    BinaryOutcomes,
)
from monitoring.profile.outcomes.columns import LABEL, PREDICTION, SCORE, Batch, has_column, numbers
from monitoring.profile.outcomes.exact_scores import exact_scores
from monitoring.profile.outcomes.labels import class_codes, class_key, class_keys, class_order
from monitoring.profile.outcomes.losses import losses_by_tenth
from monitoring.profile.outcomes.score_bins import score_bins, valid_scores
from monitoring.spec.model import Label

#: A score is a positive prediction from here on, where no prediction was recorded.
DECISION = 0.5

_CLASSES = 2


def binary_layout(reference: Batch, *, positive_class: Label | None) -> BinaryLayout:
    """
    Fix classes and score bins by the *reference*.

    Raises:
        LayoutError: when the positive class cannot be told, or there are more than two classes.
    """
    classes = {
        key
        for name in (LABEL, PREDICTION)
        if has_column(reference, name)
        for key in class_keys(reference.column(name))
    }
    positive = _positive(classes, positive_class)
    others = sorted(classes - {positive}, key=class_order)
    if len(others) >= _CLASSES:
        msg = (
            f"A binary classifier has two classes: the positive one is {positive}, and the "
            f"reference has {', '.join(others[:10])} besides. Correct positive_class, or set "
            "task: multiclass_classification."
        )
        raise LayoutError(msg)

    scores = numbers(reference, SCORE)
    thresholds = _thresholds(scores, _codes(reference, PREDICTION, positive, None))
    return BinaryLayout(
        positive,
        others[0] if others else None,
        score_bins(scores, thresholds=thresholds),
        scored=bool(valid_scores(scores).any()),
    )


def binary_outcomes(batch: Batch, layout: BinaryLayout) -> BinaryOutcomes:
    """
    Count the rows of *batch*, whose columns have their canonical names.

    Without a prediction column, a score of at least one half counts as a positive prediction.
    """
    scores = numbers(batch, SCORE)
    labels = _codes(batch, LABEL, layout.positive, layout.negative)
    predictions = _codes(batch, PREDICTION, layout.positive, layout.negative)
    if not has_column(batch, PREDICTION):
        predictions = np.where(valid_scores(scores), scores >= DECISION, MISSING)

    return count_binary(layout, scores=scores, labels=labels, predictions=predictions)


def count_binary(
    layout: BinaryLayout,
    *,
    scores: NDArray[np.float64],
    labels: NDArray[np.int64],
    predictions: NDArray[np.int64],
) -> BinaryOutcomes:
    """Count rows whose *labels* and *predictions* are coded; code 3 is an unknown class."""
    bins = len(layout.bins)
    unknown = int((labels > MISSING).sum())
    labels, predictions = np.minimum(labels, MISSING), np.minimum(predictions, MISSING)

    valid = valid_scores(scores)
    located = np.where(np.isnan(scores), bins, bins + 1)
    located[valid] = layout.bins.locate(scores[valid])
    codes = (located * 3 + labels) * 3 + predictions
    used = valid & (labels != MISSING)

    return BinaryOutcomes(
        layout,
        np.bincount(codes, minlength=(bins + 2) * 9).reshape(bins + 2, 3, 3),
        np.bincount(located[valid], scores[valid], bins).astype(np.float64, copy=False),
        losses_by_tenth(scores[used], labels[used], layout.bins.tenths[located[used]]),
        exact_scores(scores[used], labels[used], limit=layout.exact_limit),
        unknown,
    )


def empty_binary(layout: BinaryLayout) -> BinaryOutcomes:
    """Return the outcomes of no rows."""
    nothing = np.empty(0, dtype=np.int64)
    return count_binary(layout, scores=np.empty(0), labels=nothing, predictions=nothing)


def _positive(classes: set[str], positive_class: Label | None) -> str:
    given = class_key(positive_class)
    if given is not None:
        return given
    if "1" in classes or not classes:
        return "1"

    msg = (
        f"Which class is positive? The reference has {', '.join(sorted(classes)[:10])}: "
        "set positive_class."
    )
    raise LayoutError(msg)


def _codes(batch: Batch, name: str, positive: str, negative: str | None) -> NDArray[np.int64]:
    if not has_column(batch, name):
        return np.full(batch.num_rows, MISSING, dtype=np.int64)

    # class_codes knows: positive 0, negative 1 (when it is known), then another one, missing.
    known = [positive] if negative is None else [positive, negative]
    meaning = (
        [POSITIVE, NEGATIVE, MISSING]
        if negative is None
        else [POSITIVE, NEGATIVE, MISSING + 1, MISSING]
    )
    return np.array(meaning, dtype=np.int64)[class_codes(batch.column(name), known)]


def _thresholds(scores: NDArray[np.float64], predictions: NDArray[np.int64]) -> tuple[float, ...]:
    # The lowest score of a positive prediction, where predictions do follow from a threshold.
    valid = valid_scores(scores)
    positive, negative = (
        scores[valid & (predictions == POSITIVE)],
        scores[valid & (predictions == NEGATIVE)],
    )
    if not len(positive) or (len(negative) and negative.max() >= positive.min()):
        return ()

    return (float(positive.min()),)
