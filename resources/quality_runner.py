"""Runs a model's suite on the rows of each partition, one partition in memory at a time."""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from numpy.typing import NDArray

from monitoring.errors import MonitorError
from monitoring.partitions import Partitions
from monitoring.profile.columns import texts
from monitoring.quality.day import for_day, labels_for_day
from monitoring.quality.expectation import Expectation, Subject
from monitoring.quality.outcome import ExpectationOutcome, OutcomeState
from monitoring.quality.result import errored, unread
from monitoring.quality.verdict import PartitionQuality
from monitoring.spec.model import Task
from monitoring.windows import DAY, midnight
from resources.batches import Rows
from resources.expectations import Validator
from resources.quality_suites import CurrentSuite
from resources.results.records import PartitionRecord
from resources.spark_rows import rows_in_spark
from resources.sql_rows import rows_in_database
from resources.warehouse.query import Query
from resources.warehouse.relation import Relation
from resources.warehouse.session import session_of
from resources.warehouse.warehouse import read_table

#: How many earlier days of the same weekday say how many rows are usual.
WEEKS = 8


@dataclass(frozen=True, slots=True)
class QualityRun:
    """What validating needs to know of a model, whatever the partition."""

    query: Query
    validator: Validator
    suite: CurrentSuite
    seen: Mapping[str, PartitionRecord]
    now: datetime

    def validate(self, partitions: Partitions) -> dict[str, PartitionQuality]:
        """Return the quality of each of *partitions*."""
        with session_of(self.query.warehouse):
            return {
                key: self._partition(Partitions((key,), by_batch=partitions.by_batch))
                for key in partitions.keys
            }

    def _partition(self, partition: Partitions) -> PartitionQuality:
        (key,) = partition.keys
        rows = self._rows(partition)
        day = None if partition.by_batch else date.fromisoformat(key)
        expectations = for_day(
            self._about(Subject.ROWS, Subject.COLUMNS),
            start=None if day is None else midnight(day),
            end=None if day is None else midnight(day + DAY),
            rows=rows.num_rows,
            weekday_history=[] if day is None else weekday_rows(self.seen, day),
            now=self.now,
        )
        outcomes = [
            *self._outcomes(rows, expectations),
            *([] if day is None else self._labels(day)),
            *(unread(problem, number) for number, problem in enumerate(self.suite.problems)),
        ]

        return PartitionQuality(key, rows.num_rows, tuple(outcomes), missing_fraction(rows))

    def _rows(self, partition: Partitions) -> Rows:
        statement, warehouse = self.query.whole_rows(partition), self.query.warehouse
        engine = self.query.spec.quality.engine
        if engine == "pandas":
            return read_table(warehouse, statement)

        schema = warehouse.schema(self.query.spec.predictions.table)
        rows_there = rows_in_spark if engine == "spark" else rows_in_database
        return rows_there(warehouse, statement, schema)

    def _labels(self, day: date) -> list[ExpectationOutcome]:
        expected = self._about(Subject.ACTUALS)
        start, end = midnight(day), midnight(day + DAY)
        try:
            rows = _recorded(self.query, start, end) if expected else pa.table({})
        except MonitorError as error:
            # Predictions can be trusted without labels: only what is expected of these is unknown.
            return [errored(each, str(error)) for each in expected]
        expectations = labels_for_day(
            expected, start=start, end=end, rows=rows.num_rows, now=self.now
        )

        return self._outcomes(rows, expectations) if expectations else []

    def _about(self, *subjects: Subject) -> list[Expectation]:
        return [each for each in self.suite.expectations if each.subject in subjects]

    def _outcomes(
        self, rows: Rows, expectations: Sequence[Expectation]
    ) -> list[ExpectationOutcome]:
        shown = self.query.spec.quality.show_values
        outcomes = self.validator.validate(rows, expectations, show_values=shown)

        return [_with_remedy(outcome, self.suite) for outcome in outcomes]


def weekday_rows(seen: Mapping[str, PartitionRecord], day: date) -> list[int]:
    """Return the rows of the latest days before *day* that fall on its weekday, oldest first."""
    weeks = (day - 7 * back * DAY for back in range(WEEKS, 0, -1))

    return [seen[key].rows for week in weeks if (key := week.isoformat()) in seen]


def missing_fraction(rows: Rows) -> float | None:
    """
    Return the share of missing values, NaN included, in the column that misses most.

    ``None`` without rows, and of rows that stay where they are.
    """
    if not isinstance(rows, pa.Table) or rows.num_rows == 0:
        return None

    return max((_missing(column) for column in rows.columns), default=0) / rows.num_rows


def _missing(column: "pa.ChunkedArray[Any]") -> int:
    if not pa.types.is_floating(column.type):
        return column.null_count

    return int(np.count_nonzero(pc.is_null(column, nan_is_null=True)))


def _recorded(query: Query, start: datetime, end: datetime) -> pa.Table:
    """Return the labels recorded from *start* to before *end*, classes in canonical text."""
    spec = query.spec
    actuals = spec.actuals
    if actuals is None or actuals.timestamp is None:
        return pa.table({})

    rows = Relation.of(query.warehouse, actuals.table)
    time = query.time_of(rows, actuals)
    statement = sa.select(
        rows.c[actuals.id], rows.c[actuals.label], time.instant.label(actuals.timestamp)
    ).where(time.compare(operator.ge, start), time.compare(operator.lt, end))
    found = read_table(query.warehouse, statement)
    if spec.task is Task.REGRESSION or not found.num_rows:
        return found

    label = texts(found[actuals.label].combine_chunks(), name=actuals.label)
    place = found.column_names.index(actuals.label)

    return found.set_column(place, actuals.label, label.values.take(_indices(label.codes)))


def _indices(codes: NDArray[np.int64]) -> "pa.Array[Any]":
    return pa.array(codes, mask=codes < 0)


def _with_remedy(outcome: ExpectationOutcome, suite: CurrentSuite) -> ExpectationOutcome:
    """Say of a hand-written expectation that cannot be evaluated where it stands."""
    if outcome.state is not OutcomeState.ERRORED or not outcome.expectation.edited:
        return outcome

    place = f"Correct {outcome.expectation.id} in {suite.path}."

    return replace(outcome, message=f"{outcome.message} {place}") if suite.path else outcome
