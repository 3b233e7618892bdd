"""The questions that a monitor asks of its tables, as SQLAlchemy Core statements."""

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

import sqlalchemy as sa

from monitoring.partitions import Partitions
from monitoring.profile.grouping import GroupKeys, SegmentColumn
from monitoring.spec.model import ActualsSpec, MonitorSpec, PredictionsSpec
from monitoring.windows import days_between
from resources.warehouse import picks
from resources.warehouse.latest_labels import (
    ID,
    RECORDED_AT,
    LabelRows,
    comparable,
    latest_labels,
)
from resources.warehouse.lenient import unreadable
from resources.warehouse.relation import Relation
from resources.warehouse.repeats import Identified, once
from resources.warehouse.time import TimeColumn
from resources.warehouse.types import groupable
from resources.warehouse.warehouse import Warehouse

#: What travels beside the columns of a table; no table of a user has such names.
PARTITION = "__partition__"
PREDICTED_AT = "__predicted_at__"
COUNTED = "__counted__"
RECENT = "__recent__"


def group_keys(
    spec: MonitorSpec, segments: Mapping[str, frozenset[str]] | None = None
) -> GroupKeys:
    """Return how the rows of *spec* are grouped; without *segments*, by version only."""
    return GroupKeys(
        partition=PARTITION,
        version=picks.VERSION if spec.predictions.version is not None else None,
        segments=tuple(
            SegmentColumn(column, picks.segment_name(column), known)
            for column, known in (segments or {}).items()
        ),
    )


@dataclass(frozen=True, slots=True)
class Query:
    """
    The statements of one monitor against one warehouse.

    Where *watched* columns are given, rows that agree on them and share an id count as one; those
    that do not are left out. With *by_version*, each version may answer to an id once.
    """

    spec: MonitorSpec
    warehouse: Warehouse
    watched: tuple[str, ...] | None = None
    by_version: bool = False

    @property
    def reference_table(self) -> str:
        """The table that says what is normal."""
        return self.spec.reference.table or self.spec.predictions.table

    @property
    def reference_partitions(self) -> Partitions | None:
        """The days of the reference when it is a window of the predictions."""
        window = self.spec.reference.window

        return Partitions.of_days(days_between(window.start, window.end)) if window else None

    def reference(self, columns: Iterable[str]) -> sa.Select[Any]:
        """Select *columns* of the reference and, where it has a timestamp, the day."""
        rows = self._table(self.reference_table)
        picked = [*self._watched(rows, columns), *self._day(rows)]

        return sa.select(*picked).where(*self._within(rows, self.reference_partitions))

    def reference_outcomes(self, *, as_of: datetime) -> sa.Select[Any]:
        """Select prediction, scores and label of the reference under their canonical names."""
        rows, days = self._table(self.reference_table), self.reference_partitions
        # A column that the reference lacks is a mistake, and not a bad day.
        told = [*picks.answers(self.spec, rows), *picks.segments(self.spec, rows)]
        if days is not None:
            return self.outcomes(days, as_of=as_of)
        picked = [*told, *self._day(rows)]
        if self.spec.reference.label is not None:
            picked.append(rows.c[self.spec.reference.label].label("label"))

        return sa.select(*picked)

    def predictions(self, columns: Iterable[str], partitions: Partitions) -> sa.Select[Any]:
        """Select *columns* of the predictions of *partitions*, with partition and version."""
        rows = self._table(self.spec.predictions.table)
        picked = [
            *self._watched(rows, columns),
            self._partition(rows),
            *picks.version(self.spec, rows),
        ]
        statement = sa.select(*picked).where(*self._within(rows, partitions))

        return self._once(statement, rows, partitions)

    def without_repeats(self, watched: Iterable[str]) -> Self:
        """Return the same query, of each prediction once; see :func:`once`."""
        return replace(self, watched=tuple(watched))

    def identified(
        self, partitions: Partitions, watched: Iterable[str], rows: Relation | None = None
    ) -> Identified:
        """Return the predictions of *partitions* by their id and what is *watched* of them."""
        rows = rows or self._table(self.spec.predictions.table)
        told = self.spec.predictions
        named = [*watched, *filter(None, (told.timestamp, told.version)), *self.spec.segments]

        return Identified(
            partition=self._partition(rows).element,
            identity=picks.identity(self.spec, rows, by_version=self.by_version),
            same=[groupable(column) for column in picks.columns_of(rows, named)],
            within=sa.and_(*self._within(rows, partitions)),
        )

    def whole_rows(self, partitions: Partitions) -> sa.Select[Any]:
        """Select every column of the predictions of *partitions*: what a suite looks at."""
        rows = self._table(self.spec.predictions.table)

        times = {
            name: self._time(rows).instant.label(name)
            for name in (self.spec.predictions.timestamp,)
            if name is not None
        }
        # A suite expects times in UTC.
        picked = [times.get(column.key, column) for column in rows.c]

        return sa.select(*picked).where(*self._within(rows, partitions))

    def outcomes(
        self,
        partitions: Partitions,
        *,
        as_of: datetime,
        features: Iterable[str] = (),
        watched: Iterable[str] = (),
    ) -> sa.Select[Any]:
        """
        Select the predictions of *partitions* beside the labels known at *as_of*.

        Beside them the *features* as they are in the table, and others as they are *watched*.

        Of several labels of one prediction the latest recorded counts; where the latest contradict
        each other, the prediction stays unlabelled.
        """
        rows = self._table(self.spec.predictions.table)
        picked = [
            *(rows.c[name] for name in features),
            *self._watched(rows, watched),
            *picks.usable_answers(self.spec, rows),
            self._partition(rows),
            *picks.version(self.spec, rows),
            *picks.usable_segments(self.spec, rows),
        ]
        if self.spec.predictions.timestamp is not None:
            picked.append(self._time(rows).instant.label(PREDICTED_AT))
        within = self._within(rows, partitions)
        if self.spec.actuals is None:
            return self._once(sa.select(*picked).where(*within), rows, partitions)

        identity = rows.c[self.spec.predictions.id]
        actuals = self.labels(self.spec.actuals)
        labels = latest_labels(actuals, identity, sa.and_(*within), as_of=as_of)
        picked += [column for column in labels.c if column.key != ID]
        same = operator.eq(*comparable(identity, labels.c[ID]))
        joined = sa.select(*picked).select_from(rows.source.outerjoin(labels, same))

        return self._once(joined.where(*within), rows, partitions)

    def labels(self, actuals: ActualsSpec) -> LabelRows:
        """Return the columns of *actuals*."""
        rows = self._table(actuals.table)
        recorded = None if actuals.timestamp is None else self.time_of(rows, actuals)
        label, odd = rows.c[actuals.label], unreadable(rows.source.c, actuals.label)

        return LabelRows(rows.c[actuals.id], label, recorded, odd)

    def label_arrivals(
        self,
        *,
        since: datetime | None,
        until: datetime,
        counted_until: datetime | None = None,
        recent_from: datetime | None = None,
    ) -> sa.Select[Any] | None:
        """
        Select the days that labels recorded after *since* touch, and when the last one came.

        Beside it how many came until *counted_until* and how many after *recent_from*; all, where
        these are not given. ``None`` where labels carry no time: they are then known at once.
        """
        spec = self.spec
        if spec.actuals is None or spec.actuals.timestamp is None:
            return None

        rows = self._table(spec.predictions.table)
        actuals = self._table(spec.actuals.table)
        recorded = self.time_of(actuals, spec.actuals)
        partition = self._partition(rows)
        arrived: list[sa.ColumnElement[bool]] = [recorded.compare(operator.le, until)]
        if since is not None:
            arrived.append(recorded.after(since))
        counted = recorded.compare(operator.le, counted_until or until)
        recent = recorded.after(recent_from) if recent_from else sa.true()
        ids = comparable(rows.c[spec.predictions.id], actuals.c[spec.actuals.id])

        return (
            sa.select(
                partition,
                sa.func.max(recorded.instant).label(RECORDED_AT),
                sa.func.sum(sa.case((counted, 1), else_=0)).label(COUNTED),
                sa.func.sum(sa.case((recent, 1), else_=0)).label(RECENT),
            )
            .select_from(rows.source.join(actuals.source, operator.eq(*ids)))
            .where(*arrived)
            .group_by(partition.element)
        )

    def batches(self) -> sa.Select[Any]:
        """Select the batch ids of the predictions in the order in which they began."""
        rows = self._table(self.spec.predictions.table)
        partition = self._partition(rows)
        timestamp = self.spec.predictions.timestamp
        order = sa.func.min(rows.c[timestamp]) if timestamp else partition.element

        return sa.select(partition).group_by(partition.element).order_by(order, partition.element)

    def _table(self, name: str) -> Relation:
        return Relation.of(self.warehouse, name)

    def _once(
        self, statement: sa.Select[Any], rows: Relation, partitions: Partitions
    ) -> sa.Select[Any]:
        if self.watched is None:
            return statement

        return once(statement, self.identified(partitions, self.watched, rows))

    def predicted_at(self) -> TimeColumn | None:
        """Return the time of the predictions; ``None`` for a monitor by batch without times."""
        told = self.spec.predictions

        return None if told.timestamp is None else self._time(self._table(told.table))

    def _watched(self, rows: Relation, names: Iterable[str]) -> list[sa.ColumnElement[Any]]:
        return picks.watched(self.spec, rows, names, lambda: self._time(rows))

    def _day(self, rows: Relation) -> list[sa.Label[Any]]:
        timestamp = self.spec.predictions.timestamp
        if timestamp is None or timestamp not in rows.c:
            return []

        return [self._time(rows).day.label(PARTITION)]

    def _partition(self, rows: Relation) -> sa.Label[Any]:
        answers = self.spec.predictions
        if answers.batch is not None:
            return sa.cast(rows.c[answers.batch], sa.Text).label(PARTITION)

        return self._time(rows).day.label(PARTITION)

    def _within(
        self, rows: Relation, partitions: Partitions | None
    ) -> Sequence[sa.ColumnElement[bool]]:
        if partitions is None:
            return ()
        if partitions.by_batch:
            batch = sa.cast(rows.c[str(self.spec.predictions.batch)], sa.Text)
            return (batch.in_(partitions.keys),)

        time = self._time(rows)

        return (
            time.compare(operator.ge, partitions.start),
            time.compare(operator.lt, partitions.end),
        )

    def _time(self, rows: Relation) -> TimeColumn:
        return self.time_of(rows, self.spec.predictions)

    def time_of(self, rows: Relation, told: PredictionsSpec | ActualsSpec) -> TimeColumn:
        """Return when each of the *rows* of what is *told* was predicted, or recorded."""
        column = rows.c[str(told.timestamp)]

        return TimeColumn(column, self.spec.predictions.timezone, told.timestamp_unit)
