"""How many labels each day has, where nobody knows when they were recorded."""

from datetime import datetime
from operator import eq

import sqlalchemy as sa

from monitoring.spec.model import ActualsSpec
from resources.warehouse.latest_labels import comparable
from resources.warehouse.query import COUNTED, PARTITION, RECENT, Query
from resources.warehouse.relation import Relation
from resources.warehouse.warehouse import Statement


def labels_there(
    query: Query, actuals: ActualsSpec, *, since: datetime, recent_from: datetime
) -> Statement:
    """
    Select how many labels the predictions made after *since* have, by their day.

    Beside it how many of them are of predictions made after *recent_from*.
    """
    told = query.spec.predictions
    rows, labels = (Relation.of(query.warehouse, name) for name in (told.table, actuals.table))
    made = query.time_of(rows, told)
    known = labels.c[actuals.label].is_not(None)
    recent = sa.case((made.after(recent_from), 1), else_=0)
    same = eq(*comparable(rows.c[told.id], labels.c[actuals.id]))

    return (
        sa.select(
            made.day.label(PARTITION),
            sa.func.count().label(COUNTED),
            sa.func.sum(recent).label(RECENT),
        )
        .select_from(rows.source.join(labels.source, same))
        .where(made.after(since), known)
        .group_by(made.day)
    )
