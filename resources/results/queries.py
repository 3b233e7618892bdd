"""The longer questions to the results store, as SQLAlchemy statements."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from monitoring.results import ALL
from resources.results import schema
from resources.results.rows import MEASUREMENT_FIELDS


def profile_query(
    model: str,
    kind: str,
    *,
    partitions: Sequence[str] | None,
    segment: str | None,
    start: date | None,
    end: date | None,
) -> sa.Select[Any]:
    """Select the profiles of *model* and *kind* that fit, by partition, version and segment."""
    columns = schema.profile.c
    query = (
        sa.select(schema.profile)
        .where(columns.model == model, columns.kind == kind)
        .order_by(columns.partition, columns.version, columns.segment)
    )
    if partitions is not None:
        query = query.where(columns.partition.in_(partitions))
    if segment is not None:
        query = query.where(columns.segment == segment)
    if start is not None:
        query = query.where(columns.partition >= start.isoformat())
    if end is not None:
        query = query.where(columns.partition < end.isoformat())

    return query


def measurement_query(
    asked: Mapping[str, str | None], *, start: date | None, end: date | None
) -> sa.Select[Any]:
    """Select the measurements whose columns are as *asked*, where that is given, by their key."""
    columns = schema.measurement.c
    query = sa.select(*(columns[name] for name in MEASUREMENT_FIELDS)).order_by(
        *schema.measurement.primary_key.columns
    )
    query = query.where(
        *(columns[name] == value for name, value in asked.items() if value is not None)
    )
    if asked["segment"] == asked["version"] == ALL:
        query = query.where(schema.HEADLINE)
    # The window's end is the day after its last one.
    if start is not None:
        query = query.where(columns.window_end > start.isoformat())
    if end is not None:
        query = query.where(columns.window_end <= end.isoformat())

    return query
