"""The references of a model: which one holds on which day, decoded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitoring.errors import MonitorError
from monitoring.profile.layout import TableLayout
from monitoring.profile.outcomes.outcomes import decode_outcome_layout, decode_outcomes
from monitoring.profile.table import TableProfile
from monitoring.quality.suite import parse_suite, suite_json
from monitoring.reference import Reference, decode_segments, encode_segments
from monitoring.spec.model import MonitorSpec
from monitoring.thresholds.book import ThresholdBook
from monitoring.thresholds.threshold import Threshold
from resources.reference_basis import Basis
from resources.results.records import DecisionRecord, ReferenceRecord, Subject
from resources.results.store import ResultsStore


@dataclass(frozen=True, slots=True)
class ReferenceHistory:
    """What was and is normal for one monitored model."""

    spec: MonitorSpec
    store: ResultsStore

    def save(self, reference: Reference, basis: Basis, *, built_at: datetime, run_id: str) -> None:
        """Make *reference* the current one, from the day on that *basis* says; a change is told."""
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
            transaction.save_reference(record, valid_from=basis.valid_from, version=basis.version)
            if basis.is_new:
                transaction.record_decision(_change(self.spec.model, basis, built_at, run_id))

    def of(self, partitions: Sequence[str]) -> Reference:
        """
        Return the reference that holds for *partitions*; without any, the latest.

        Raises:
            MonitorError: when none was built yet, or for other segments; names the asset to
                materialize. When it changes within *partitions*; says where.
        """
        spans = self.store.reference_spans(self.spec.model)
        first, last = min(partitions, default=""), max(partitions, default="")
        changes = [span.valid_from for span in spans if first < span.valid_from <= last]
        if changes:
            msg = (
                f"{self.spec.model}: the reference has changed on {changes[0]}; "
                f"run the days from {first} and those from {changes[0]} to {last} apart."
            )
            raise MonitorError(msg)
        record = self.store.reference(self.spec.model, day=last or None)
        if record is None:
            msg = (
                f"{self.spec.model}: there is no reference yet; "
                f"materialize the asset {self.spec.model}/reference first."
            )
            raise MonitorError(msg)
        reference = self._decoded(record)
        if set(reference.segments) != set(self.spec.segments):
            msg = (
                f"{self.spec.model}: the reference was learnt for the segments "
                f"{_listed(reference.segments)}, the monitor file names "
                f"{_listed(self.spec.segments)}; materialize the asset "
                f"{self.spec.model}/reference again (monitor run --rebuild-reference)."
            )
            raise MonitorError(msg)

        return reference

    def all(self) -> list[Reference]:
        """Return every reference that holds on some day, once."""
        spans = self.store.reference_spans(self.spec.model)
        days = {span.fingerprint: span.valid_from for span in spans}
        records = (self.store.reference(self.spec.model, day=day) for day in days.values())

        return [self._decoded(record) for record in records if record is not None]

    def _decoded(self, record: ReferenceRecord) -> Reference:
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


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "(none)"


def _change(model: str, basis: Basis, at: datetime, run_id: str) -> DecisionRecord:
    rows = "the rows of the monitor file" if basis.version is None else f"rows of {basis.version}"

    return DecisionRecord(
        model=model,
        at=at,
        subject=Subject.REFERENCE,
        outcome="yes",
        reason=f"days from {basis.valid_from} on are judged by {rows}",
        version=basis.version,
        run_id=run_id,
    )


def fixed_thresholds(spec: MonitorSpec) -> dict[str, Threshold]:
    """Return the bounds that the monitor file sets."""
    return {
        metric: Threshold(low=bounds.low, high=bounds.high, source="fixed")
        for metric, bounds in spec.thresholds.items()
        if bounds.method is None
    }
