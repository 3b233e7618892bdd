"""Counting the rows of a multiclass classifier in the bins that its reference has fixed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from monitoring.errors import LayoutError
from monitoring.profile.outcomes.binary import MISSING, NEGATIVE, POSITIVE, BinaryLayout
from monitoring.profile.outcomes.columns import (
    LABEL,
    PREDICTION,
    Batch,
    has_column,
    numbers,
    score_column,
)
from monitoring.profile.outcomes.correlations import class_correlations
from monitoring.profile.outcomes.count_binary import count_binary
from monitoring.profile.outcomes.exact_scores import LIMIT
from monitoring.profile.outcomes.labels import class_codes, class_key, class_keys, class_order
from monitoring.profile.outcomes.multiclass import MulticlassLayout, MulticlassOutcomes
from monitoring.profile.outcomes.score_bins import score_bins, valid_scores

#: The bins and the exact scores of all classes together: a class of many gets fewer.
TOTAL_BINS = 10_000

_MOST_BINS, _FEWEST_BINS = 1000, 50


def multiclass_layout(reference: Batch) -> MulticlassLayout:
    """
    Fix classes and score bins by the *reference*.

    The classes are those of its labels, its predictions and its score columns.

    Raises:
        LayoutError: when the reference shows no class at all.
    """
    classes = _classes(reference)
    if not classes:
        msg = "The reference of a multiclass classifier has no label, prediction or score column."
        raise LayoutError(msg)

    scores = _scores(reference, classes)
    bins = min(_MOST_BINS, max(_FEWEST_BINS, TOTAL_BINS // len(classes)))
    parts = tuple(
        BinaryLayout(
            positive=name,
            negative=None,
            bins=score_bins(scores[:, at], bins=bins),
            scored=bool(valid_scores(scores[:, at]).any()),
            exact_limit=LIMIT // len(classes),
        )
        for at, name in enumerate(classes)
    )
    labels = _codes(reference, LABEL, classes)

    return MulticlassLayout(parts, class_correlations(parts, scores, labels))


def multiclass_outcomes(batch: Batch, layout: MulticlassLayout) -> MulticlassOutcomes:
    """Count the rows of *batch*, whose columns have their canonical names."""
    classes = layout.classes
    scores = _scores(batch, classes)
    labels = _codes(batch, LABEL, classes)
    predictions = predicted_classes(batch, layout)
    size = len(classes) + 2
    confusion = np.bincount(labels * size + predictions, minlength=size**2)
    parts = (
        count_binary(
            part,
            scores=scores[:, at],
            labels=_against_rest(labels, at, size),
            predictions=_against_rest(predictions, at, size),
        )
        for at, part in enumerate(layout.parts)
    )

    return MulticlassOutcomes(layout, confusion.reshape(size, size), tuple(parts))


def predicted_classes(batch: Batch, layout: MulticlassLayout) -> NDArray[np.int64]:
    """
    Return the position of the predicted class of each row; behind them, other and missing ones.

    Without a prediction column, it is the class with the highest score.
    """
    if has_column(batch, PREDICTION):
        return _codes(batch, PREDICTION, layout.classes)

    return _likeliest(_scores(batch, layout.classes))


def empty_multiclass(layout: MulticlassLayout) -> MulticlassOutcomes:
    """Return the outcomes of no rows."""
    size = len(layout.parts) + 2
    nothing = np.empty(0, dtype=np.int64)
    parts = (
        count_binary(part, scores=np.empty(0), labels=nothing, predictions=nothing)
        for part in layout.parts
    )
    return MulticlassOutcomes(layout, np.zeros((size, size), dtype=np.int64), tuple(parts))


def _classes(reference: Batch) -> list[str]:
    prefix = score_column("")
    scored = {
        name.removeprefix(prefix) for name in reference.schema.names if name.startswith(prefix)
    }
    named = {key for name in scored if (key := class_key(name)) is not None}
    seen = {
        key
        for name in (LABEL, PREDICTION)
        if has_column(reference, name)
        for key in class_keys(reference.column(name))
    }

    return sorted(named | seen, key=class_order)


def _scores(batch: Batch, classes: Sequence[str]) -> NDArray[np.float64]:
    # One column for each class. A row with one bad score is bad for every class.
    scores = np.full((batch.num_rows, len(classes)), np.nan)
    present = np.zeros(len(classes), dtype=np.bool_)
    prefix = score_column("")
    for name in batch.schema.names:
        key = class_key(name.removeprefix(prefix)) if name.startswith(prefix) else None
        if key is not None and key in classes:
            scores[:, classes.index(key)] = numbers(batch, name)
            present[classes.index(key)] = True

    bad = ~valid_scores(scores[:, present]).all(axis=1)
    missing = np.isnan(scores[:, present]).any(axis=1)
    scores[bad] = np.where(missing[bad, None] | ~present, np.nan, np.inf)
    return scores


def _codes(batch: Batch, name: str, classes: Sequence[str]) -> NDArray[np.int64]:
    if not has_column(batch, name):
        return np.full(batch.num_rows, len(classes) + 1, dtype=np.int64)
    return class_codes(batch.column(name), classes)


def _likeliest(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    valid = valid_scores(scores)
    best: NDArray[np.int64] = np.where(valid, scores, -1.0).argmax(axis=1)
    best[~valid.any(axis=1)] = scores.shape[1] + 1
    return best


def _against_rest(codes: NDArray[np.int64], at: int, size: int) -> NDArray[np.int64]:
    side = np.full(size, NEGATIVE, dtype=np.int64)
    side[at], side[-1] = POSITIVE, MISSING
    return side.take(codes)
