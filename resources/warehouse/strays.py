"""Rows that are not counted as the others: without a time, a prediction, or a readable value."""

import operator
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from monitoring.partitions import Partitions
from resources.warehouse.latest_labels import LabelRows, comparable
from resources.warehouse.time import TimeColumn
from resources.warehouse.warehouse import Statement

#: The columns of the answers.
DAY, ROWS, UNDATED, FUTURE = "day", "rows", "undated", "future"

#: A row dated further ahead than this is a mistake, and not a replay of the past.
FAR = timedelta(days=366)


def undated(time: TimeColumn, *, as_of: datetime) -> Statement:
    """Select how many rows have no usable *time*, and how many one that is long after *as_of*."""
    missing, ahead = time.instant.is_(None), time.compare(operator.ge, as_of + FAR)

    return sa.select(
        _counted(missing).label(UNDATED),
        _counted(ahead).label(FUTURE),
    ).where(sa.or_(missing, ahead))


def unreadable(day: sa.ColumnElement[Any], odd: Sequence[sa.ColumnElement[bool]]) -> Statement:
    """Select how many rows of each *day* meet any of the conditions *odd*, and each by number."""
    return (
        sa.select(
            day.label(DAY),
            sa.func.count().label(ROWS),
            *(_counted(condition).label(str(at)) for at, condition in enumerate(odd)),
        )
        .where(sa.or_(*odd))
        .group_by(day)
    )


def orphans(
    labels: LabelRows,
    prediction: sa.ColumnElement[Any],
    partitions: Partitions,
    *,
    batch: sa.ColumnElement[Any] | None,
    as_of: datetime,
) -> Statement | None:
    """
    Select of which of *partitions* there are how many labels that have no *prediction*.

    They are of the day on which they were recorded, or of the *batch* that they name. ``None``
    where they tell neither: which of them are new could be found by reading all of them only.
    """
    recorded = labels.recorded
    known = [] if recorded is None else [recorded.compare(operator.le, as_of)]
    if partitions.by_batch and batch is not None:
        partition: sa.ColumnElement[Any] = sa.cast(batch, sa.Text)
        within: list[sa.ColumnElement[bool]] = [partition.in_(partitions.keys)]
    elif not partitions.by_batch and recorded is not None:
        partition = recorded.day
        within = [
            recorded.compare(operator.ge, partitions.start),
            recorded.compare(operator.lt, partitions.end),
        ]
    else:
        return None
    pair = comparable(prediction, labels.identity)
    joined = sa.join(labels.identity.table, prediction.table, operator.eq(*pair), isouter=True)

    return (
        sa.select(partition.label(DAY), sa.func.count().label(ROWS))
        .select_from(joined)
        .where(*within, *known, prediction.is_(None))
        .group_by(partition)
    )


def _counted(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.cast(
        sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0), sa.BigInteger
    )
