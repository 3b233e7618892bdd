"""The questions that a monitor asks of its tables, as SQLAlchemy Core statements."""

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitoring.partitions import Partitions
from monitoring.profile.grouping import GroupKeys, SegmentColumn
from monitoring.spec.model import ActualsSpec, MonitorSpec
from monitoring.windows import days_between
from resources.warehouse.relation import Relation
from resources.warehouse.time import TimeColumn
from resources.warehouse.warehouse import Warehouse

#: What travels beside the columns of a table; no table of a user has such names.
PARTITION = "__partition__"
VERSION = "__version__"
RECORDED_AT = "__recorded_at__"
PREDICTED_AT = "__predicted_at__"

_ID = "__id__"


def segment_name(column: str) -> str:
    """Return the name under which the segment *column* travels beside the outcomes."""
    return f"__segment__{column}"


def group_keys(
    spec: MonitorSpec, segments: Mapping[str, frozenset[str]] | None = None
) -> GroupKeys:
    """Return how the rows of *spec* are grouped; without *segments*, by version only."""
    return GroupKeys(
        partition=PARTITION,
        version=VERSION if spec.predictions.version is not None else None,
        segments=tuple(
            SegmentColumn(column, segment_name(column), known)
            for column, known in (segments or {}).items()
        ),
    )


@dataclass(frozen=True, slots=True)
class Query:
    """The statements of one monitor against one warehouse."""

    spec: MonitorSpec
    warehouse: Warehouse

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
        picked = [*_columns(rows, columns), *self._day(rows)]

        return sa.select(*picked).where(*self._within(rows, self.reference_partitions))

    def reference_outcomes(self, *, as_of: datetime) -> sa.Select[Any]:
        """Select prediction, scores and label of the reference under their canonical names."""
        days = self.reference_partitions
        if days is not None:
            return self.outcomes(days, as_of=as_of)

        rows = self._table(self.reference_table)
        picked = [*self._answers(rows), *self._day(rows), *self._segments(rows)]
        if self.spec.reference.label is not None:
            picked.append(rows.c[self.spec.reference.label].label("label"))

        return sa.select(*picked)

    def predictions(self, columns: Iterable[str], partitions: Partitions) -> sa.Select[Any]:
        """Select *columns* of the predictions of *partitions*, with partition and version."""
        rows = self._table(self.spec.predictions.table)
        picked = [*_columns(rows, columns), self._partition(rows), *self._version(rows)]

        return sa.select(*picked).where(*self._within(rows, partitions))

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
        self, partitions: Partitions, *, as_of: datetime, features: Iterable[str] = ()
    ) -> sa.Select[Any]:
        """
        Select the predictions of *partitions* beside the labels known at *as_of*.

        Of several labels of one prediction the latest recorded counts; where the latest contradict
        each other, the prediction stays unlabelled.
        """
        rows = self._table(self.spec.predictions.table)
        picked = [
            *(rows.c[name] for name in features),
            *self._answers(rows),
            self._partition(rows),
            *self._version(rows),
            *self._segments(rows),
        ]
        if self.spec.predictions.timestamp is not None:
            picked.append(self._time(rows).instant.label(PREDICTED_AT))
        within = self._within(rows, partitions)
        if self.spec.actuals is None:
            return sa.select(*picked).where(*within)

        identity = rows.c[self.spec.predictions.id]
        wanted = sa.select(identity).where(*within)
        labels = self._latest_labels(self.spec.actuals, wanted, as_of=as_of)
        picked += [labels.c.label, labels.c[RECORDED_AT]]

        return (
            sa.select(*picked)
            .select_from(rows.source.outerjoin(labels, identity == labels.c[_ID]))
            .where(*within)
        )

    def label_arrivals(self, *, since: datetime | None, until: datetime) -> sa.Select[Any] | None:
        """
        Select the days that labels recorded after *since* touch, and when the last one came.

        ``None`` where labels carry no time: they are then known at once.
        """
        spec = self.spec
        if spec.actuals is None or spec.actuals.timestamp is None:
            return None

        rows = self._table(spec.predictions.table)
        actuals = self._table(spec.actuals.table)
        recorded = self._recorded(actuals, spec.actuals)
        partition = self._partition(rows)
        arrived: list[sa.ColumnElement[bool]] = [recorded.compare(operator.le, until)]
        if since is not None:
            arrived.append(recorded.compare(operator.gt, since))
        same = rows.c[spec.predictions.id] == actuals.c[spec.actuals.id]

        return (
            sa.select(partition, sa.func.max(recorded.instant).label(RECORDED_AT))
            .select_from(rows.source.join(actuals.source, same))
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

    def _latest_labels(
        self, actuals: ActualsSpec, wanted: sa.Select[Any], *, as_of: datetime
    ) -> sa.Subquery:
        rows = self._table(actuals.table)
        identity, label = rows.c[actuals.id], rows.c[actuals.label]
        known: list[sa.ColumnElement[bool]] = [identity.in_(wanted)]
        recorded: sa.ColumnElement[Any] = sa.cast(sa.null(), sa.DateTime(timezone=True))
        if actuals.timestamp is not None:
            time = self._recorded(rows, actuals)
            recorded = time.instant
            known.append(time.compare(operator.le, as_of))
        age = sa.func.rank().over(partition_by=identity, order_by=recorded.desc()).label("age")
        ranked = (
            sa.select(identity.label(_ID), label.label("label"), recorded.label(RECORDED_AT), age)
            .where(*known)
            .subquery()
        )

        return (
            sa.select(
                ranked.c[_ID],
                sa.func.min(ranked.c.label).label("label"),
                sa.func.max(ranked.c[RECORDED_AT]).label(RECORDED_AT),
            )
            .where(ranked.c.age == 1)
            .group_by(ranked.c[_ID])
            .having(sa.func.min(ranked.c.label) == sa.func.max(ranked.c.label))
            .subquery()
        )

    def _answers(self, rows: Relation) -> list[sa.Label[Any]]:
        """Return prediction and scores as the outcome profiles call them."""
        answers = self.spec.predictions
        names: dict[str, str] = {}
        if answers.prediction is not None:
            names["prediction"] = answers.prediction
        if isinstance(answers.score, Mapping):
            names |= {f"score:{label}": column for label, column in answers.score.items()}
        elif answers.score is not None:
            names["score"] = answers.score

        return [rows.c[column].label(name) for name, column in names.items()]

    def _segments(self, rows: Relation) -> list[sa.Label[Any]]:
        return [rows.c[name].label(segment_name(name)) for name in self.spec.segments]

    def _version(self, rows: Relation) -> list[sa.Label[Any]]:
        version = self.spec.predictions.version

        return [] if version is None else [sa.cast(rows.c[version], sa.Text).label(VERSION)]

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
        answers = self.spec.predictions
        column = rows.c[str(answers.timestamp)]

        return TimeColumn(column, answers.timezone, answers.timestamp_unit)

    def _recorded(self, rows: Relation, actuals: ActualsSpec) -> TimeColumn:
        column = rows.c[str(actuals.timestamp)]

        return TimeColumn(column, self.spec.predictions.timezone, actuals.timestamp_unit)


def _columns(rows: Relation, names: Iterable[str]) -> list[sa.ColumnElement[Any]]:
    return [rows.c[name] for name in dict.fromkeys(names) if name in rows.c]
