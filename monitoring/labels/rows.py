"""Rows with their labels, counted twice in one reading: what came out, and when that was known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from monitoring.labels.times import NO_TIMES, LabelTimes, label_times
from monitoring.profile.grouping import Group
from monitoring.profile.outcomes.columns import Batch
from monitoring.profile.outcomes.outcomes import (
    OutcomeLayout,
    Outcomes,
    empty_outcomes,
    outcomes_of,
)
from monitoring.results import ALL


@dataclass(frozen=True, slots=True, eq=False)
class LabelledRows:
    """The outcomes of some rows, and the times of their labels."""

    outcomes: Outcomes
    times: LabelTimes

    @property
    def rows(self) -> int:
        """The number of predictions."""
        return self.outcomes.rows

    def __add__(self, other: object) -> LabelledRows:
        if not isinstance(other, LabelledRows):
            return NotImplemented

        return LabelledRows(self.outcomes + other.outcomes, self.times + other.times)


def labelled_rows(
    batch: Batch, *, layout: OutcomeLayout, as_of: datetime, predicted: str, recorded: str
) -> LabelledRows:
    """
    Count the rows of *batch* as they were known at *as_of*.

    *predicted* and *recorded* are the columns with the times of prediction and label.

    Raises:
        ColumnTypeError: when a score or a value is not a number.
    """
    times = label_times(batch, layout, as_of=as_of, predicted=predicted, recorded=recorded)

    return LabelledRows(outcomes_of(batch, layout), times)


def no_rows(layout: OutcomeLayout) -> LabelledRows:
    """Return the counts of no rows."""
    return LabelledRows(empty_outcomes(layout), NO_TIMES)


def outcomes_in(rows: Mapping[Group, LabelledRows]) -> dict[Group, Outcomes]:
    """Return the outcomes of each group."""
    return {group: found.outcomes for group, found in rows.items()}


def times_in(rows: Mapping[Group, LabelledRows]) -> dict[Group, LabelTimes]:
    """Return the times of the labels of each group."""
    return {group: found.times for group, found in rows.items()}


@dataclass(frozen=True, slots=True, eq=False)
class PlacedOutcomes:
    """
    The outcomes of some rows, and whose they are.

    So the times of their labels are found, and those that segments share are added up once.
    """

    outcomes: Outcomes
    partitions: frozenset[str] = frozenset()
    version: str = ALL
    segment: str = ALL

    @property
    def rows(self) -> int:
        """The number of predictions."""
        return self.outcomes.rows

    def __add__(self, other: object) -> PlacedOutcomes:
        if not isinstance(other, PlacedOutcomes):
            return NotImplemented

        return replace(
            self,
            outcomes=self.outcomes + other.outcomes,
            partitions=self.partitions | other.partitions,
        )


def placed(outcomes: Mapping[Group, Outcomes]) -> dict[Group, PlacedOutcomes]:
    """Return *outcomes*, each with the group that it is of."""
    return {
        group: PlacedOutcomes(found, frozenset({group.partition}), group.version, group.segment)
        for group, found in outcomes.items()
    }
