"""What a model's monitor has seen so far: references, profiles and measurements, decoded."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from monitoring.labels.times import LabelTimes, decode_label_times
from monitoring.measures.judging import WindowKey
from monitoring.measures.spans import partitions_in, windows_to_compute
from monitoring.partitions import Partitions
from monitoring.profile.grouping import Group
from monitoring.profile.layout import TableLayout
from monitoring.profile.outcomes.outcomes import Outcomes, decode_outcomes
from monitoring.profile.table import TableProfile
from monitoring.reference import Reference
from monitoring.results import ALL, Measurement
from monitoring.spec.model import MonitorSpec
from monitoring.windows import Window
from resources.reference_history import ReferenceHistory
from resources.results.records import PartitionRecord, ProfileRecord
from resources.results.store import ResultsStore

#: The kinds of profiles that are kept for each partition.
TABLE = "predictions"
OUTCOMES = "outcomes"
LABEL_TIMES = "label_times"

P = TypeVar("P")


class Encodable(Protocol):
    """Counts of rows that can be kept."""

    @property
    def rows(self) -> int:
        """The number of rows."""

    def encode(self) -> bytes:
        """Return the counts as bytes."""


@dataclass(frozen=True, slots=True)
class Journal:
    """The stored past of one monitored model."""

    spec: MonitorSpec
    store: ResultsStore

    def has_reference(self) -> bool:
        """Whether the model has a reference."""
        return self.store.reference(self.spec.model) is not None

    def reference(self, partitions: Sequence[str] = ()) -> Reference:
        """
        Return the reference that holds for *partitions*; by default the latest.

        Raises:
            MonitorError: when none was built yet, or it changes within *partitions*; says what to
                do.
        """
        return ReferenceHistory(self.spec, self.store).of(partitions)

    def save_table_profiles(
        self, profiles: Mapping[Group, TableProfile], *, layout: str, as_of: datetime
    ) -> None:
        """Keep *profiles*, each partition in a transaction of its own."""
        self.save(TABLE, profiles, layout=layout, as_of=as_of)

    def save_outcomes(
        self, outcomes: Mapping[Group, Outcomes], *, layout: str, as_of: datetime
    ) -> None:
        """Keep *outcomes*, each partition in a transaction of its own."""
        self.save(OUTCOMES, outcomes, layout=layout, as_of=as_of)

    def save_label_times(
        self, times: Mapping[Group, LabelTimes], *, layout: str, as_of: datetime
    ) -> None:
        """Keep *times*, each partition in a transaction of its own."""
        self.save(LABEL_TIMES, times, layout=layout, as_of=as_of)

    def label_times(
        self, partitions: Sequence[str], *, layout: str, segment: str | None = None
    ) -> dict[Group, LabelTimes]:
        """
        Return the times of the labels of *partitions* that were counted under *layout*.

        With *segment*, only those of one segment; :data:`ALL` for those of all rows.
        """
        return self.load(
            LABEL_TIMES, partitions, layout=layout, segment=segment, decode=decode_label_times
        )

    def table_profiles(
        self, partitions: Sequence[str], *, layout: TableLayout
    ) -> dict[Group, TableProfile]:
        """Return the profiles of *partitions* that were made under *layout*."""
        return self.load(
            TABLE,
            partitions,
            layout=layout.fingerprint,
            decode=lambda blob: TableProfile.decode(blob, layout),
        )

    def outcomes(
        self, partitions: Sequence[str], *, reference: Reference, segment: str | None = None
    ) -> dict[Group, Outcomes]:
        """
        Return the outcomes of *partitions* that were made under the reference's layout.

        With *segment*, only those of one segment; :data:`ALL` for those of all rows.
        """
        layout = reference.outcome_layout
        if layout is None:
            return {}

        return self.load(
            OUTCOMES,
            partitions,
            layout=layout.fingerprint,
            segment=segment,
            decode=lambda blob: decode_outcomes(blob, layout),
        )

    def labels_in(self, window: Window) -> int:
        """Return how many predictions of *window* had a label when they were last read."""
        days = [day.isoformat() for day in window.days]
        counted = [
            self.outcomes(days, reference=reference, segment=ALL)
            for reference in ReferenceHistory(self.spec, self.store).all()
        ]

        return sum(
            found.labelled
            for outcomes in counted
            for group, found in outcomes.items()
            if group == Group(group.partition)
        )

    def seen(
        self, kind: str, *, layout: str | None = None, by: datetime | None = None
    ) -> dict[str, PartitionRecord]:
        """
        Return the partitions that have profiles of *kind*, and when they were read.

        With *layout*, only those that were profiled under it: a window must not count days whose
        profiles a new reference has made useless. With *by*, only those that were read by then: a
        run that is to know no more than was known at a moment must not count what was read later.
        """
        records = self.store.partitions(self.spec.model, kind, layout=layout)

        return {each.partition: each for each in records if by is None or each.as_of <= by}

    def windows(
        self,
        partitions: Partitions,
        lengths: Iterable[timedelta],
        kind: str,
        *,
        layout: str | None = None,
        by: datetime,
    ) -> tuple[list[WindowKey], list[str], dict[str, str]]:
        """
        Return the windows that a run of *partitions* computes, and the partitions read of them.

        Beside them which partitions are blocked, and why; see :meth:`blocked`.

        The run knows what was known at the moment *by*. Of partitions that were read again, or
        checked again, after it that is gone, and windows with such stay as they are.
        """
        records = self.store.partitions(self.spec.model, kind, layout=layout)
        seen = {each.partition for each in records if each.as_of <= by}
        gone = {each.partition for each in records} - seen
        checked = self._checked()
        gone |= {row.window_start for row in checked if row.as_of > by}
        windows = windows_to_compute(
            partitions, lengths, start=self.spec.start, seen=seen, overwritten=gone
        )

        return windows, partitions_in(windows, seen=seen), _blocked(checked, by=by)

    def save_measurements(
        self, step: str, windows: Iterable[WindowKey], measurements: Iterable[Measurement]
    ) -> None:
        """Put *measurements* in place of what *step* said of *windows*."""
        with self.store.transaction() as transaction:
            transaction.lock(self.spec.model)
            transaction.replace_measurements(self.spec.model, step, windows, measurements)

    def blocked(self, *, by: datetime | None = None) -> dict[str, str]:
        """
        Return the partitions whose rows failed a check that the monitor blocks on, and why.

        With *by*, only those of which that was known by then.
        """
        return _blocked(self._checked(), by=by)

    def _checked(self) -> list[Measurement]:
        rows = self.store.measurements(
            model=self.spec.model, step="quality", metric="blocked", segment=ALL, version=ALL
        )

        return list(rows)

    def load(
        self,
        kind: str,
        partitions: Sequence[str],
        *,
        layout: str,
        decode: Callable[[bytes], P],
        segment: str | None = None,
    ) -> dict[Group, P]:
        """Return what :meth:`save` kept of *partitions* under *layout*, each as *decode* reads."""
        records = self.store.profiles(self.spec.model, kind, partitions=partitions, segment=segment)

        return {
            Group(record.partition, record.version, record.segment): decode(record.blob)
            for record in records
            if record.layout == layout
        }

    def save(
        self, kind: str, profiles: Mapping[Group, Encodable], *, layout: str, as_of: datetime
    ) -> None:
        """Keep *profiles* of one *kind*, each partition in a transaction of its own."""
        records: dict[str, list[ProfileRecord]] = {}
        for group, profile in profiles.items():
            record = ProfileRecord(
                model=self.spec.model,
                kind=kind,
                partition=group.partition,
                version=group.version,
                segment=group.segment,
                layout=layout,
                rows=profile.rows,
                as_of=as_of,
                blob=profile.encode(),
            )
            records.setdefault(group.partition, []).append(record)
        for partition, group_records in records.items():
            with self.store.transaction() as transaction:
                transaction.lock(self.spec.model)
                transaction.replace_profiles(self.spec.model, kind, partition, group_records)


def _blocked(checked: Iterable[Measurement], *, by: datetime | None) -> dict[str, str]:
    return {
        row.window_start: row.reason or "blocked"
        for row in checked
        if row.value and (by is None or row.as_of <= by)
    }
