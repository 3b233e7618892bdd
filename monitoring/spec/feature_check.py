"""The features of a monitor in the reference and in the predictions, which have to be alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa

from monitoring.errors import ColumnTypeError
from monitoring.profile.layout import infer_type
from monitoring.spec.column_types import FEATURE_USES, Use, column_type
from monitoring.spec.columns import feature_entries
from monitoring.spec.model import FeatureSpec, FeatureType, MonitorSpec
from monitoring.spec.needs import Need, reference_table, tables_with_answers, time_use
from monitoring.spec.problems import FieldPath, Problem, shown


def feature_needs(spec: MonitorSpec, reference: pa.Schema | str) -> Iterator[Need]:
    """
    Yield the columns of the features, which predictions and *reference* share.

    Nobody has listed what `auto` finds: a column that cannot be profiled is told by each run.
    """
    if isinstance(reference, str):
        return
    for field, entry in _entries(spec, reference):
        name = entry.name if isinstance(entry, FeatureSpec) else entry
        if spec.features == "auto" and _inferred(column_type(reference, name)) is None:
            continue
        use, tables = _use(entry, reference), tables_with_answers(spec)
        for table in tables:
            yield Need(field, table, name, use)
        if use is Use.TIME and spec.predictions.timestamp is not None:
            # The age of a row of the reference is that at its own time.
            yield Need(field, tables[-1], spec.predictions.timestamp, time_use(spec.predictions))


def unlike_features(spec: MonitorSpec, tables: Mapping[str, pa.Schema | str]) -> Iterator[Problem]:
    """Yield the features of no stated type that are of one type here and of another there."""
    reference, predictions = tables[reference_table(spec)], tables[spec.predictions.table]
    if isinstance(reference, str):
        return
    for field, entry in _entries(spec, reference):
        if isinstance(entry, FeatureSpec):
            continue
        here, there = column_type(reference, entry), column_type(predictions, entry)
        types = {_inferred(here), _inferred(there)}
        if (
            types == {FeatureType.NUMERIC, FeatureType.CATEGORICAL}
            and _inferred(here) is FeatureType.CATEGORICAL
        ):
            msg = f"{shown(entry)} is {here} in {reference_table(spec)}"
            there_too = f"but {there} in {spec.predictions.table}"
            yield Problem(field, f"{msg}, {there_too}; state its type, or cast it in a view.")


def _entries(
    spec: MonitorSpec, reference: pa.Schema
) -> Iterator[tuple[FieldPath, str | FeatureSpec]]:
    for position, entry in enumerate(feature_entries(spec, reference)):
        yield ("features",) if spec.features == "auto" else ("features", position), entry


def _use(entry: str | FeatureSpec, reference: pa.Schema) -> Use:
    if isinstance(entry, FeatureSpec):
        return FEATURE_USES[entry.type]

    # What is in no reference, or cannot be profiled, is told as such by the widest use.
    kind = _inferred(column_type(reference, entry))
    return FEATURE_USES[kind or FeatureType.CATEGORICAL]


def _inferred(kind: pa.DataType | None) -> FeatureType | None:
    try:
        return None if kind is None else infer_type(kind)
    except ColumnTypeError:
        return None
