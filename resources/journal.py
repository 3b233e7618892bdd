"""What a model's monitor has seen so far: references, profiles and measurements, decoded."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from monitoring.errors import MonitorError
from monitoring.labels.times import LabelTimes, decode_label_times
from monitoring.measures.judging import WindowKey
from monitoring.profile.grouping import Group
from monitoring.profile.layout import TableLayout
from monitoring.profile.outcomes.outcomes import Outcomes, decode_outcome_layout, decode_outcomes
from monitoring.profile.table import TableProfile
from monitoring.quality.suite import parse_suite, suite_json
from monitoring.reference import Reference, decode_segments, encode_segments
from monitoring.results import ALL, Measurement
from monitoring.spec.model import MonitorSpec
from monitoring.thresholds.book import ThresholdBook
from monitoring.thresholds.threshold import Threshold
from monitoring.windows import Window
from resources.results.records import PartitionRecord, ProfileRecord, ReferenceRecord
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

    def save_reference(self, reference: Reference, *, built_at: datetime, run_id: str) -> None:
        """Make *reference* the current one."""
        outcome_layout, outcomes = reference.outcome_layout, reference.outcomes
        record = ReferenceRecord(
            model=self.spec.model,
            fingerprint=reference.fingerprint,
            table_layout=reference.layout.encode(),
            table_profile=reference.profile.encode(),
            outcome_layout=None if outcome_layout is None else outcome_layout.encode(),
            outcomes=None if outcomes is None else outcomes.encode(),
            thresholds=reference.thresholds.encode(),
            segments=encode_segments(reference.segments),
            suite=suite_json(self.spec.model, reference.suite),
            built_at=built_at,
            run_id=run_id,
        )
        with self.store.transaction() as transaction:
            transaction.lock(self.spec.model)
            transaction.save_reference(record)

    def has_reference(self) -> bool:
        """Whether the model has a reference."""
        return self.store.reference(self.spec.model) is not None

    def reference(self) -> Reference:
        """
        Return the current reference.

        Raises:
            MonitorError: when none was built yet; names the asset to materialize.
        """
        record = self.store.reference(self.spec.model)
        if record is None:
            msg = (
                f"{self.spec.model}: there is no reference yet; "
                f"materialize the asset {self.spec.model}/reference first."
            )
            raise MonitorError(msg)

        layout = TableLayout.decode(record.table_layout)
        outcome_layout = (
            None if record.outcome_layout is None else decode_outcome_layout(record.outcome_layout)
        )
        outcomes = (
            None
            if record.outcomes is None or outcome_layout is None
            else decode_outcomes(record.outcomes, outcome_layout)
        )

        return Reference(
            layout=layout,
            profile=TableProfile.decode(record.table_profile, layout),
            outcome_layout=outcome_layout,
            outcomes=outcomes,
            thresholds=ThresholdBook.decode(record.thresholds, fixed=fixed_thresholds(self.spec)),
            segments=decode_segments(record.segments),
            suite=tuple(parse_suite(record.suite, source=f"{self.spec.model}: stored suite")),
        )

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

    def label_times(self, partitions: Sequence[str], *, layout: str) -> dict[Group, LabelTimes]:
        """Return the times of the labels of *partitions* that were counted under *layout*."""
        return self.load(LABEL_TIMES, partitions, layout=layout, decode=decode_label_times)

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
        if not self.has_reference():
            return 0
        days = [day.isoformat() for day in window.days]
        outcomes = self.outcomes(days, reference=self.reference(), segment=ALL)

        return sum(
            found.labelled for group, found in outcomes.items() if group == Group(group.partition)
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

    def save_measurements(
        self, step: str, windows: Iterable[WindowKey], measurements: Iterable[Measurement]
    ) -> None:
        """Put *measurements* in place of what *step* said of *windows*."""
        with self.store.transaction() as transaction:
            transaction.lock(self.spec.model)
            transaction.replace_measurements(self.spec.model, step, windows, measurements)

    def blocked(self) -> frozenset[str]:
        """Return the partitions whose rows failed a check that the monitor blocks on."""
        rows = self.store.measurements(
            model=self.spec.model, step="quality", metric="blocked", segment=ALL, version=ALL
        )

        return frozenset(row.window_start for row in rows if row.value)

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


def fixed_thresholds(spec: MonitorSpec) -> dict[str, Threshold]:
    """Return the bounds that the monitor file sets."""
    return {
        metric: Threshold(low=bounds.low, high=bounds.high, source="fixed")
        for metric, bounds in spec.thresholds.items()
        if bounds.method is None
    }
