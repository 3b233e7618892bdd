"""The label of each prediction: the latest that was recorded, unless the latest disagree."""

import operator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from resources.warehouse.lenient import readable
from resources.warehouse.time import TimeColumn

#: What travels beside a label; no table of a user has such names.
RECORDED_AT = "__recorded_at__"
CONFLICTS = "__conflicts__"
UNREADABLE = "__unreadable__"
ID = "__id__"


@dataclass(frozen=True, slots=True)
class LabelRows:
    """
    The columns of a table of actuals.

    *recorded* is ``None`` where labels are known at once, *unreadable* where every label is of the
    type of its column.
    """

    identity: sa.ColumnElement[Any]
    label: sa.ColumnElement[Any]
    recorded: TimeColumn | None
    unreadable: sa.ColumnElement[bool] | None = None


def latest_labels(
    rows: LabelRows,
    predictions: sa.ColumnElement[Any],
    within: sa.ColumnElement[bool],
    *,
    as_of: datetime,
) -> sa.Subquery:
    """
    Return one row for each id of *predictions* *within* that has labels known at *as_of*.

    Labels that were recorded last, and at once, and differ are a conflict: there is then no label,
    and ``CONFLICTS`` is 1. So are a label and a null. ``UNREADABLE``, which is there where labels
    may be of another type than their column, is 1 where there are only such.
    """
    identity, wanted = comparable(rows.identity, predictions)
    known: list[sa.ColumnElement[bool]] = [identity.in_(sa.select(wanted).where(within))]
    recorded: sa.ColumnElement[Any] = sa.cast(sa.null(), sa.DateTime(timezone=True))
    if rows.recorded is not None:
        recorded = rows.recorded.instant
        known.append(rows.recorded.compare(operator.le, as_of))
    age = sa.func.rank().over(partition_by=rows.identity, order_by=recorded.desc()).label("age")
    odd = [] if rows.unreadable is None else [_flag(rows.unreadable).label(UNREADABLE)]
    ranked = (
        sa.select(
            rows.identity.label(ID),
            _sortable(rows.label).label("label"),
            recorded.label(RECORDED_AT),
            age,
            *odd,
        )
        .where(*known)
        .subquery()
    )
    lowest, highest = sa.func.min(ranked.c.label), sa.func.max(ranked.c.label)
    # A null is no value to min and max, but beside a value it contradicts that.
    values, rows_at_once = sa.func.count(ranked.c.label), sa.func.count()
    differ = sa.or_(lowest != highest, sa.and_(values > 0, values < rows_at_once))
    same = sa.and_(lowest == highest, values == rows_at_once)

    return (
        sa.select(
            ranked.c[ID],
            sa.case((same, lowest)).label("label"),
            sa.case((same, sa.func.max(ranked.c[RECORDED_AT]))).label(RECORDED_AT),
            _flag(differ).label(CONFLICTS),
            *(
                sa.case((values == 0, sa.func.max(ranked.c[each.key])), else_=0).label(each.key)
                for each in odd
            ),
        )
        .where(ranked.c.age == 1)
        .group_by(ranked.c[ID])
        .subquery()
    )


def comparable(
    one: sa.ColumnElement[Any], other: sa.ColumnElement[Any]
) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    """Return both columns as they can be compared: as texts, where just one of them is a text."""
    if isinstance(one.type, sa.String) == isinstance(other.type, sa.String):
        return one, other

    return sa.cast(one, sa.Text), sa.cast(other, sa.Text)


def _sortable(label: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return *label* as something that has a least value: PostgreSQL's booleans have none."""
    label = readable(label)

    return sa.cast(label, sa.Integer) if isinstance(label.type, sa.Boolean) else label


def _flag(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.case((condition, 1), else_=0)
