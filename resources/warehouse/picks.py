"""Columns of a table of predictions under the names by which they travel."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from monitoring.profile.outcomes.columns import PREDICTION
from monitoring.spec.columns import age_columns
from monitoring.spec.model import MonitorSpec, Task
from resources.warehouse.ages import elapsed_days, is_time
from resources.warehouse.relation import Relation
from resources.warehouse.time import TimeColumn

VERSION = "__version__"


def segment_name(column: str) -> str:
    """Return the name under which the segment *column* travels beside the outcomes."""
    return f"__segment__{column}"


def columns_of(rows: Relation, names: Iterable[str]) -> list[sa.ColumnElement[Any]]:
    """Return the columns *names* of *rows*, once each, without those that it lacks."""
    return [rows.c[name] for name in dict.fromkeys(names) if name in rows.c]


def watched(
    spec: MonitorSpec, rows: Relation, names: Iterable[str], predicted: Callable[[], TimeColumn]
) -> list[sa.ColumnElement[Any]]:
    """
    Return the columns *names* of *rows*, times that are watched by their age as that.

    A time that has become something else stays as it is, and says so.
    """
    ages, zone = age_columns(spec), spec.predictions.timezone

    return [
        elapsed_days(TimeColumn(column, zone), predicted()).label(str(column.key))
        if column.key in ages and is_time(column.type)
        else column
        for column in columns_of(rows, names)
    ]


def identity(spec: MonitorSpec, rows: Relation, *, by_version: bool) -> sa.ColumnElement[Any]:
    """Return the id of a prediction, *by_version* with the version that made it."""
    told, version = rows.c[spec.predictions.id], spec.predictions.version
    if not by_version or version is None:
        return told
    named = sa.func.coalesce(sa.cast(rows.c[version], sa.Text), "")

    return sa.cast(told, sa.Text).concat("@").concat(named)


def answers(spec: MonitorSpec, rows: Relation) -> list[sa.Label[Any]]:
    """
    Return prediction and scores as the outcome profiles call them.

    Raises:
        ColumnNotFoundError: when the table lacks one.
    """
    return [rows.c[column].label(name) for name, column in _answers(spec).items()]


def usable_answers(spec: MonitorSpec, rows: Relation) -> list[sa.Label[Any]]:
    """
    Return the same of a table that may have lost some: what needs the others is computed.

    A score that is gone, or is a text, is left out where there is a prediction besides, and is
    missing where there is none. A prediction that is gone is missing.
    """
    told = _answers(spec)
    picked = list[sa.Label[Any]]()
    for name, column in told.items():
        numeric = name != PREDICTION or spec.task is Task.REGRESSION
        if column in rows.c and not (numeric and isinstance(rows.c[column].type, sa.String)):
            picked.append(rows.c[column].label(name))
        elif name == PREDICTION or PREDICTION not in told:
            kind = sa.Float() if numeric else sa.Text()
            picked.append(sa.cast(sa.null(), kind).label(name))

    return picked


def segments(spec: MonitorSpec, rows: Relation) -> list[sa.Label[Any]]:
    """
    Return the columns by whose values everything is measured apart.

    Raises:
        ColumnNotFoundError: when the table lacks one.
    """
    return [rows.c[name].label(segment_name(name)) for name in spec.segments]


def usable_segments(spec: MonitorSpec, rows: Relation) -> list[sa.Label[Any]]:
    """Return the same of a table that may have lost some: their values are missing."""
    return [_or_missing(rows, name).label(segment_name(name)) for name in spec.segments]


def version(spec: MonitorSpec, rows: Relation) -> list[sa.Label[Any]]:
    """Return the column of the model's version, where there is one; missing where it is gone."""
    name = spec.predictions.version

    return [] if name is None else [sa.cast(_or_missing(rows, name), sa.Text).label(VERSION)]


def _answers(spec: MonitorSpec) -> dict[str, str]:
    """Return the columns of prediction and scores by their canonical names."""
    told = spec.predictions
    names = {} if told.prediction is None else {PREDICTION: told.prediction}
    if isinstance(told.score, Mapping):
        return names | {f"score:{label}": column for label, column in told.score.items()}

    return names if told.score is None else names | {"score": told.score}


def _or_missing(rows: Relation, name: str) -> sa.ColumnElement[Any]:
    return rows.c[name] if name in rows.c else sa.cast(sa.null(), sa.Text)
