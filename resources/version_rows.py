"""Labelled rows as a version would have answered them, under the names of the monitor's tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from monitoring.profile.outcomes.columns import LABEL, PREDICTION
from monitoring.profile.outcomes.count_binary import DECISION
from monitoring.profile.outcomes.labels import class_codes, class_key
from monitoring.spec.model import Task
from resources.training_rows import TrainingRows
from resources.warehouse.picks import segment_name
from resources.warehouse.query import PREDICTED_AT


def version_rows(
    rows: TrainingRows, answers: NDArray[np.float64], *, version: str, kept: Sequence[str]
) -> pa.Table:
    """
    Return the columns *kept* of *rows* with the *answers* of *version* in place of those deployed.

    It predicts the likeliest class; of two, the one that the deployed model predicts at the same
    score, where its predictions follow from its scores.
    """
    spec, told = rows.spec, rows.spec.predictions
    columns: dict[str, Any] = {name: rows.table[segment_name(name)] for name in spec.segments}
    columns |= {name: rows.table[name] for name in kept}
    if told.timestamp is not None:
        columns[told.timestamp] = rows.table[PREDICTED_AT].cast(pa.timestamp("us", "UTC"))
    if told.version is not None:
        columns[told.version] = pa.array([version] * rows.table.num_rows, pa.string())
    label = {spec.reference.label or LABEL: rows.table[LABEL]}

    return pa.table(columns | _answered(rows, answers) | label)


def _answered(rows: TrainingRows, answers: NDArray[np.float64]) -> dict[str, Any]:
    """Return scores and prediction under the names of the table of predictions."""
    told, found = rows.spec.predictions, dict[str, Any]()
    if rows.spec.task is Task.REGRESSION:
        return {str(told.prediction): pa.array(answers)}
    if isinstance(told.score, Mapping):
        for at, column in enumerate(told.score.values()):
            found[column] = pa.array(answers[:, at])
        said, classes = answers.argmax(axis=1), rows.answers.classes
    else:
        found[str(told.score)] = pa.array(answers)
        positive = str(class_key(rows.spec.positive_class))
        said = (answers < _decision(rows, positive)).astype(np.int64)
        classes = (positive, _other(rows, positive))
    if told.prediction is not None:
        found[told.prediction] = _spelled(rows, classes).take(pa.array(said))

    return found


def _decision(rows: TrainingRows, positive: str) -> float:
    """Return the score from which the deployed model says *positive*, else one half."""
    if PREDICTION not in rows.table.column_names:
        return DECISION
    said = class_codes(rows.table[PREDICTION], [positive]) == 0
    above, below = rows.deployed[said], rows.deployed[~said]
    if not len(above) or (len(below) and below.max() >= above.min()):
        return DECISION

    return float(above.min())


def _other(rows: TrainingRows, positive: str) -> str:
    keys = {class_key(value) for value in rows.table[LABEL].unique().to_pylist()}

    return next((key for key in sorted(filter(None, keys)) if key != positive), "")


def _spelled(rows: TrainingRows, classes: Sequence[str]) -> "pa.Array[Any]":
    """Return *classes* as the table of predictions spells them, else as the labels do."""
    columns = [rows.table[LABEL], rows.table[PREDICTION]]
    spelled = {
        class_key(value): value for column in columns for value in column.unique().to_pylist()
    }
    values = [spelled.get(name) for name in classes]

    named: pa.Array[Any] = pa.array(values, columns[-1].type)

    return named
