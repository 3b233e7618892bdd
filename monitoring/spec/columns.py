"""Which columns of a monitor's tables mean what, and which of them are watched."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from monitoring.errors import ColumnNotFoundError, ColumnTypeError
from monitoring.profile.layout import infer_type
from monitoring.spec.model import FeatureSpec, FeatureType, MonitorSpec, PredictionsSpec, Task


def score_columns(predictions: PredictionsSpec) -> tuple[str, ...]:
    """Return the columns with scores: none, one, or one for each class."""
    if isinstance(predictions.score, Mapping):
        return tuple(predictions.score.values())

    return () if predictions.score is None else (predictions.score,)


def reserved_columns(spec: MonitorSpec) -> frozenset[str]:
    """Return the columns that have a use of their own, and are therefore no features."""
    predictions, actuals = spec.predictions, spec.actuals
    named = {
        predictions.id,
        predictions.timestamp,
        predictions.batch,
        predictions.prediction,
        predictions.version,
        spec.reference.label,
        *score_columns(predictions),
    }
    if actuals is not None:
        named |= {actuals.id, actuals.label, actuals.timestamp}

    return frozenset(column for column in named if column is not None)


def feature_entries(spec: MonitorSpec, reference_schema: pa.Schema) -> list[str | FeatureSpec]:
    """
    Return the features as the monitor file lists them.

    ``auto`` takes every column of the reference that has no use of its own and is no date or time:
    those move on by themselves, which is no drift.
    """
    if spec.features != "auto":
        return spec.features
    reserved = reserved_columns(spec)

    return [
        field.name
        for field in reference_schema
        if field.name not in reserved and not pa.types.is_temporal(field.type)
    ]


def feature_columns(spec: MonitorSpec, reference_schema: pa.Schema) -> dict[str, FeatureType]:
    """
    Return the features and their types, in the order of the monitor file or of the table.

    An age is numeric: see :func:`age_columns`.

    Raises:
        ColumnNotFoundError: when the reference lacks a feature whose type is not stated.
        ColumnTypeError: when a column cannot be profiled.
    """
    return dict(
        (entry.name, _summarised_as(entry.type))
        if isinstance(entry, FeatureSpec)
        else (entry, _inferred(entry, spec, reference_schema))
        for entry in feature_entries(spec, reference_schema)
    )


def age_columns(spec: MonitorSpec) -> frozenset[str]:
    """Return the features that count as the days from their time to that of the prediction."""
    listed = () if spec.features == "auto" else spec.features

    return frozenset(
        entry.name
        for entry in listed
        if isinstance(entry, FeatureSpec) and entry.type is FeatureType.AGE
    )


def answer_columns(spec: MonitorSpec) -> dict[str, FeatureType]:
    """
    Return the columns with what the model answers: its prediction and its scores.

    A class label is categorical, also where classes are numbers.
    """
    predicted = FeatureType.NUMERIC if spec.task is Task.REGRESSION else FeatureType.CATEGORICAL
    prediction = spec.predictions.prediction
    answers = {} if prediction is None else {prediction: predicted}

    return answers | dict.fromkeys(score_columns(spec.predictions), FeatureType.NUMERIC)


def watched_columns(spec: MonitorSpec, schema: pa.Schema) -> dict[str, FeatureType]:
    """
    Return the columns whose drift is watched: the features, and what the model answers.

    Raises:
        ColumnNotFoundError: when the reference lacks a feature whose type is not stated.
        ColumnTypeError: when a column cannot be profiled.
    """
    return feature_columns(spec, schema) | answer_columns(spec)


def _summarised_as(stated: FeatureType) -> FeatureType:
    return FeatureType.NUMERIC if stated is FeatureType.AGE else stated


def _inferred(column: str, spec: MonitorSpec, schema: pa.Schema) -> FeatureType:
    if schema.names.count(column) != 1:
        table = spec.reference.table or spec.predictions.table
        msg = f"{table} has no single column {column!r}, which the monitor of {spec.model} lists."
        raise ColumnNotFoundError(msg, table=table, column=column)

    try:
        return infer_type(schema.field(column).type, column=column)
    except ColumnTypeError:
        # A column that nothing can be made of says so itself, and stops no other.
        return FeatureType.CATEGORICAL
