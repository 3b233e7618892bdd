"""Columns of a table of predictions under the names by which they travel."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from monitoring.spec.model import MonitorSpec
from resources.warehouse.relation import Relation

VERSION = "__version__"


def segment_name(column: str) -> str:
    """Return the name under which the segment *column* travels beside the outcomes."""
    return f"__segment__{column}"


def columns_of(rows: Relation, names: Iterable[str]) -> list[sa.ColumnElement[Any]]:
    """Return the columns *names* of *rows*, once each, without those that it lacks."""
    return [rows.c[name] for name in dict.fromkeys(names) if name in rows.c]


def answers(spec: MonitorSpec, rows: Relation) -> list[sa.Label[Any]]:
    """Return prediction and scores as the outcome profiles call them."""
    told = spec.predictions
    names: dict[str, str] = {}
    if told.prediction is not None:
        names["prediction"] = told.prediction
    if isinstance(told.score, Mapping):
        names |= {f"score:{label}": column for label, column in told.score.items()}
    elif told.score is not None:
        names["score"] = told.score

    return [rows.c[column].label(name) for name, column in names.items()]


def segments(spec: MonitorSpec, rows: Relation) -> list[sa.Label[Any]]:
    """Return the columns by whose values everything is measured apart."""
    return [rows.c[name].label(segment_name(name)) for name in spec.segments]


def version(spec: MonitorSpec, rows: Relation) -> list[sa.Label[Any]]:
    """Return the column of the model's version, where there is one."""
    name = spec.predictions.version

    return [] if name is None else [sa.cast(rows.c[name], sa.Text).label(VERSION)]
