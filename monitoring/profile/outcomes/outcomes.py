"""The outcomes of any task: one door to layouts, counting and stored bytes."""

from __future__ import annotations

from monitoring.profile.codec import unpack
from monitoring.profile.outcomes.binary import (
    BINARY_LAYOUT,
    BINARY_OUTCOMES,
    BinaryLayout,
    BinaryOutcomes,
    decode_binary,
    decode_binary_layout,
)
from monitoring.profile.outcomes.columns import Batch
from monitoring.profile.outcomes.count_binary import binary_layout, binary_outcomes, empty_binary
from monitoring.profile.outcomes.count_multiclass import (
    empty_multiclass,
    multiclass_layout,
    multiclass_outcomes,
)
from monitoring.profile.outcomes.fingerprint import require_kind
from monitoring.profile.outcomes.multiclass import (
    MULTICLASS_LAYOUT,
    MULTICLASS_OUTCOMES,
    MulticlassLayout,
    MulticlassOutcomes,
    decode_multiclass,
    decode_multiclass_layout,
)
from monitoring.profile.outcomes.regression import (
    REGRESSION_LAYOUT,
    REGRESSION_OUTCOMES,
    RegressionLayout,
    RegressionOutcomes,
    decode_regression,
    decode_regression_layout,
    empty_regression,
    regression_layout,
    regression_outcomes,
)
from monitoring.spec.model import Label, Task

OutcomeLayout = BinaryLayout | MulticlassLayout | RegressionLayout
Outcomes = BinaryOutcomes | MulticlassOutcomes | RegressionOutcomes


def outcome_layout(task: Task, reference: Batch, *, positive_class: Label | None) -> OutcomeLayout:
    """
    Fix by the *reference*, whose columns have their canonical names, how outcomes are counted.

    Raises:
        LayoutError: when its classes do not fit the *task*.
        ColumnTypeError: when a score or a value is not a number.
    """
    match task:
        case Task.BINARY:
            return binary_layout(reference, positive_class=positive_class)
        case Task.MULTICLASS:
            return multiclass_layout(reference)
        case Task.REGRESSION:
            return regression_layout(reference)


def outcomes_of(batch: Batch, layout: OutcomeLayout) -> Outcomes:
    """
    Count the rows of *batch*, whose columns have their canonical names.

    Raises:
        ColumnTypeError: when a score or a value is not a number.
    """
    match layout:
        case BinaryLayout():
            return binary_outcomes(batch, layout)
        case MulticlassLayout():
            return multiclass_outcomes(batch, layout)
        case RegressionLayout():
            return regression_outcomes(batch, layout)


def empty_outcomes(layout: OutcomeLayout) -> Outcomes:
    """Return the outcomes of no rows."""
    match layout:
        case BinaryLayout():
            return empty_binary(layout)
        case MulticlassLayout():
            return empty_multiclass(layout)
        case RegressionLayout():
            return empty_regression(layout)


def decode_outcome_layout(blob: bytes) -> OutcomeLayout:
    """
    Return the layout that its ``encode`` wrote.

    Raises:
        LayoutError: when the bytes are something else.
    """
    header, arrays = unpack(blob)
    kind = require_kind(header, (BINARY_LAYOUT, MULTICLASS_LAYOUT, REGRESSION_LAYOUT))
    if kind == BINARY_LAYOUT:
        return decode_binary_layout(header, arrays)
    if kind == MULTICLASS_LAYOUT:
        return decode_multiclass_layout(header, arrays)
    return decode_regression_layout(arrays)


def decode_outcomes(blob: bytes, layout: OutcomeLayout) -> Outcomes:
    """
    Return the outcomes that their ``encode`` wrote.

    Raises:
        LayoutError: when they were counted in another *layout*.
    """
    header, arrays = unpack(blob)
    match layout:
        case BinaryLayout():
            require_kind(header, (BINARY_OUTCOMES,))
            return decode_binary(header, arrays, layout)
        case MulticlassLayout():
            require_kind(header, (MULTICLASS_OUTCOMES,))
            return decode_multiclass(header, arrays, layout)
        case RegressionLayout():
            require_kind(header, (REGRESSION_OUTCOMES,))
            return decode_regression(header, arrays, layout)
