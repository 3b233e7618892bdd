"""A monitor file against the tables that it names: everything that would fail later, at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

import pyarrow as pa

from monitoring.spec.column_types import column_type, fits, joinable, label_fits
from monitoring.spec.facts import (
    TableFacts,
    actual_problems,
    prediction_problems,
    reference_problems,
)
from monitoring.spec.feature_check import feature_needs, unlike_features
from monitoring.spec.model import MonitorSpec
from monitoring.spec.needs import Need, column_needs, reference_table, table_fields
from monitoring.spec.problems import Problem, Source, closest, printable, shown

Tables = Mapping[str, pa.Schema | str]

_NO_FACTS: Mapping[str, TableFacts] = MappingProxyType({})

#: The most columns of a table that a message lists.
_MOST_LISTED = 12


def check_spec(
    spec: MonitorSpec,
    tables: Tables,
    *,
    facts: Mapping[str, TableFacts] = _NO_FACTS,
    as_of: datetime | None = None,
    source: Source | None = None,
) -> list[str]:
    """
    Return one line for each thing in the warehouse that does not fit *spec*, with its remedy.

    Args:
        spec: the monitor.
        tables: for each table of `table_fields`, its schema, or why it cannot be read.
        facts: what queries found out, by table; what is absent is not checked.
        as_of: the present moment; without it no timestamp is in the future.
        source: the file of *spec*; with it each line begins with file and line.
    """
    needs = [*column_needs(spec), *feature_needs(spec, tables[reference_table(spec)])]
    problems = [
        *_unread(spec, tables),
        *(problem for need in needs for problem in _unmet(need, tables)),
        *unlike_features(spec, tables),
        *_label_types(spec, tables),
        *_id_types(spec, tables),
        *_fact_problems(spec, facts, as_of=as_of),
    ]
    unique = list(dict.fromkeys(problems))

    return source.report(unique) if source is not None else [str(problem) for problem in unique]


def _unread(spec: MonitorSpec, tables: Tables) -> Iterator[Problem]:
    for field, table in table_fields(spec).items():
        found = tables[table]
        if isinstance(found, str):
            yield Problem(field, found)


def _unmet(need: Need, tables: Tables) -> Iterator[Problem]:
    schema = tables[need.table]
    if isinstance(schema, str):
        return
    kind = column_type(schema, need.column)
    if kind is None:
        yield Problem(need.field, _absent(need, schema))
    elif not fits(kind, need.use):
        msg = f"expected {need.use}, got {kind} in column {shown(need.column)} of {need.table}"
        yield Problem(need.field, f"{msg}; cast it in a view.")


def _absent(need: Need, schema: pa.Schema) -> str:
    if need.column in schema.names:
        times = schema.names.count(need.column)
        return f"{need.table} has {times} columns {shown(need.column)}; rename all but one."

    meant = closest(need.column, schema.names)
    listed = ", ".join(printable(name) for name in schema.names[:_MOST_LISTED])
    more = f" and {len(schema) - _MOST_LISTED} more" if len(schema) > _MOST_LISTED else ""
    remedy = f"did you mean {printable(meant)}?" if meant else f"it has {listed}{more}."
    if need.field == ("features",):
        remedy = "auto takes it from the reference; list the features instead."

    return f"{need.table} has no column {shown(need.column)}; {remedy}"


def _label_types(spec: MonitorSpec, tables: Tables) -> Iterator[Problem]:
    """Yield where the positive class can never be found, because it is of another type."""
    if spec.positive_class is None:
        return
    labels = {("predictions", "prediction"), ("reference", "label"), ("actuals", "label")}
    for need in column_needs(spec):
        kind = column_type(tables[need.table], need.column) if need.field in labels else None
        if kind is not None and fits(kind, need.use) and not label_fits(kind, spec.positive_class):
            found = f"column {shown(need.column)} of {need.table} is {kind}"
            msg = f"{shown(spec.positive_class)} is never equal to a label: {found}"
            yield Problem(("positive_class",), f"{msg}; write it as that column has it.")


def _id_types(spec: MonitorSpec, tables: Tables) -> Iterator[Problem]:
    if spec.actuals is None:
        return
    predicted = column_type(tables[spec.predictions.table], spec.predictions.id)
    actual = column_type(tables[spec.actuals.table], spec.actuals.id)
    if predicted is not None and actual is not None and not joinable(predicted, actual):
        msg = f"{actual} never equals {predicted}, the type of predictions.id; cast one in a view."
        yield Problem(("actuals", "id"), msg)


def _fact_problems(
    spec: MonitorSpec, facts: Mapping[str, TableFacts], *, as_of: datetime | None
) -> Iterator[Problem]:
    table = reference_table(spec)
    if table in facts:
        yield from reference_problems(spec, table, facts[table])
    if spec.predictions.table in facts:
        yield from prediction_problems(spec, facts[spec.predictions.table], as_of=as_of)
    if spec.actuals is not None and spec.actuals.table in facts:
        yield from actual_problems(spec, facts[spec.actuals.table], as_of=as_of)
