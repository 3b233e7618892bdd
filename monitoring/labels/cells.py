"""
Which rows get their labels alike: by what the model said, and by what turned out to be true.

Each task has groups of rows, known before the label is, and outcomes. Of a binary model the tenths
of the score and the two labels; of several classes the predicted and the true class; of a
regression, whose outcomes are kept by label and not by prediction, the range of the label alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitoring.profile.outcomes.binary import NEGATIVE, POSITIVE, BinaryLayout
from monitoring.profile.outcomes.columns import LABEL, SCORE, Batch, has_column, numbers
from monitoring.profile.outcomes.count_multiclass import predicted_classes
from monitoring.profile.outcomes.labels import class_codes
from monitoring.profile.outcomes.multiclass import MulticlassLayout
from monitoring.profile.outcomes.outcomes import OutcomeLayout
from monitoring.profile.outcomes.score_bins import TENTHS, valid_scores

#: The tenths of the score, and the rows without a valid one.
SCORE_GROUPS = len(TENTHS) + 1

#: With more classes the predicted one makes no difference, with more still neither does the label.
MOST_PREDICTED, MOST_CLASSES = 10, 100

Codes = NDArray[np.int64]


def cells_of(layout: OutcomeLayout) -> tuple[int, int]:
    """Return the number of groups and of outcomes."""
    match layout:
        case BinaryLayout():
            return SCORE_GROUPS, 2
        case MulticlassLayout():
            classes = len(layout.parts)
            return (
                classes + 1 if classes <= MOST_PREDICTED else 1,
                classes + 1 if classes <= MOST_CLASSES else 1,
            )
        case _:
            return 1, len(layout.label_edges) + 1


def groups_in(batch: Batch, layout: OutcomeLayout) -> Codes:
    """Return the group of each row."""
    groups = np.full(batch.num_rows, cells_of(layout)[0] - 1, dtype=np.int64)
    if isinstance(layout, BinaryLayout):
        scores = numbers(batch, SCORE)
        valid = valid_scores(scores)
        groups[valid] = layout.bins.tenths[layout.bins.locate(scores[valid])]
    elif isinstance(layout, MulticlassLayout):
        groups = np.minimum(groups, predicted_classes(batch, layout))

    return groups


def outcomes_in(batch: Batch, layout: OutcomeLayout) -> tuple[NDArray[np.bool_], Codes]:
    """Return which rows have a label that counts, and the outcome of each that has."""
    nothing = np.zeros(batch.num_rows, dtype=np.int64)
    if not has_column(batch, LABEL):
        return nothing.astype(np.bool_), nothing
    if isinstance(layout, BinaryLayout):
        known = [layout.positive] + ([] if layout.negative is None else [layout.negative])
        codes = class_codes(batch.column(LABEL), known)
        return codes <= 1, np.where(codes == 0, POSITIVE, NEGATIVE).astype(np.int64)
    if isinstance(layout, MulticlassLayout):
        codes = class_codes(batch.column(LABEL), layout.classes)
        last = cells_of(layout)[1] - 1
        return codes <= len(layout.parts), np.minimum(codes, last)
    labels = numbers(batch, LABEL)
    bins = np.searchsorted(layout.label_edges, labels, side="right")

    return np.isfinite(labels), np.where(np.isfinite(labels), bins, 0).astype(np.int64)
