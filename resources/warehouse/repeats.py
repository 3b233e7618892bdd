"""Predictions that a table holds more than once: counted once, or not at all where they differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from resources.warehouse.warehouse import Statement

#: The columns of the answers to :func:`repeats` and :func:`kinds_of_repeats`.
DAY, ROWS, IDS, DUPLICATES, CONFLICTS, EXAMPLE = (
    "__day__",
    "rows",
    "ids",
    "duplicates",
    "conflicts",
    "example",
)

_ID, _COPY, _KINDS, _SAME = "__id__", "__copy__", "__kinds__", "__same_{}__"


@dataclass(frozen=True, slots=True)
class Identified:
    """Rows with an id in a partition; rows with one id that agree on *same* are one prediction."""

    partition: sa.ColumnElement[Any]
    identity: sa.ColumnElement[Any]
    same: Sequence[sa.ColumnElement[Any]]
    within: sa.ColumnElement[bool]


def repeats(rows: Identified) -> Statement:
    """Select the partitions that have an id more than once, and in how many rows."""
    found = _repeated(rows).subquery()
    counted = sa.cast(sa.func.sum(found.c[ROWS]), sa.BigInteger)

    return sa.select(found.c[DAY], counted.label(ROWS)).group_by(found.c[DAY])


def kinds_of_repeats(rows: Identified) -> Statement:
    """
    Select how many copies each partition has, and how many rows that contradict each other.

    Of the latter also how many ids they have, and one of these.
    """
    wanted = sa.select(_repeated(rows).subquery().c[_ID])
    columns = [column.label(_SAME.format(at)) for at, column in enumerate(rows.same)]
    kinds = (
        sa.select(
            rows.partition.label(DAY),
            rows.identity.label(_ID),
            *columns,
            sa.func.count().label(ROWS),
        )
        .where(rows.within, rows.identity.in_(wanted))
        .group_by(rows.partition, rows.identity, *rows.same)
        .subquery()
    )
    ids = (
        sa.select(
            kinds.c[DAY],
            kinds.c[_ID],
            sa.func.count().label(_KINDS),
            sa.cast(sa.func.sum(kinds.c[ROWS]), sa.BigInteger).label(ROWS),
        )
        .group_by(kinds.c[DAY], kinds.c[_ID])
        .subquery()
    )
    conflicting = ids.c[_KINDS] > 1

    return sa.select(
        ids.c[DAY],
        _total(sa.case((conflicting, 0), else_=ids.c[ROWS] - 1)).label(DUPLICATES),
        _total(sa.case((conflicting, ids.c[ROWS]), else_=0)).label(CONFLICTS),
        _total(sa.case((conflicting, 1), else_=0)).label(IDS),
        sa.func.min(sa.case((conflicting, sa.cast(ids.c[_ID], sa.Text)))).label(EXAMPLE),
    ).group_by(ids.c[DAY])


def once(statement: Statement, rows: Identified) -> Statement:
    """
    Return *statement* without copies of its rows, and without rows that share an id and differ.

    Rows without an id are nobody's copies. A prediction of another partition is another one.
    """
    copy = sa.func.row_number().over(
        partition_by=[rows.partition, rows.identity, *rows.same], order_by=rows.identity
    )
    names = [str(column.key) for column in statement.selected_columns]
    numbered = statement.add_columns(
        rows.identity.label(_ID), rows.partition.label(DAY), copy.label(_COPY)
    ).subquery()
    alone = numbered.c[_ID].is_(None)
    kinds = sa.func.count().over(partition_by=[numbered.c[DAY], numbered.c[_ID]])
    kept = (
        sa.select(*numbered.c, kinds.label(_KINDS))
        .where(sa.or_(alone, numbered.c[_COPY] == 1))
        .subquery()
    )

    return sa.select(*(kept.c[name] for name in names)).where(
        sa.or_(kept.c[_ID].is_(None), kept.c[_KINDS] == 1)
    )


def _repeated(rows: Identified) -> Statement:
    return (
        sa.select(rows.partition.label(DAY), rows.identity.label(_ID), sa.func.count().label(ROWS))
        .where(rows.within, rows.identity.is_not(None))
        .group_by(rows.partition, rows.identity)
        .having(sa.func.count() > 1)
    )


def _total(number: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.sum(number), sa.BigInteger)
