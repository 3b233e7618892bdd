"""What a model's monitor knows of its labels: how they came in, and how late they are by that."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from monitoring.alerting.incident import Cause
from monitoring.labels.history import HISTORY, ArrivalHistory
from monitoring.labels.lateness import lateness_measurements
from monitoring.labels.maturity import Maturity
from monitoring.labels.settling import SETTLING, settling_measurements
from monitoring.labels.times import LabelTimes
from monitoring.measures.judging import Stamp
from monitoring.profile.grouping import Group
from monitoring.quality.verdict import window_of
from monitoring.results import Measurement
from monitoring.spec.model import ActualsSpec
from resources.journal import LABEL_TIMES, Journal
from resources.reference_history import fixed_thresholds

#: The step under which late and silent labels are kept, and how long they take.
LABELS = str(Cause.LABELS)


@dataclass(frozen=True, slots=True)
class LabelHistory:
    """
    The times of the labels of one model, as they were known at *as_of*.

    *layout* is the fingerprint of the outcomes. A monitor by batch has no days to learn from.
    """

    journal: Journal
    actuals: ActualsSpec
    layout: str
    as_of: datetime

    @property
    def maturity(self) -> Maturity:
        """When the labels of each day are due, by what was learnt when it was last read."""
        return stored_maturity(self.journal, self.actuals)

    def before(self, partitions: Collection[str]) -> ArrivalHistory:
        """Return *partitions*, and the days before them; what was read later is not known."""
        times, read_at = self._read(partitions)
        if self.journal.spec.by_batch:
            return ArrivalHistory(times)

        return ArrivalHistory.of(times, read_at, maturity=self.maturity, as_of=self.as_of)

    def save_lateness(self, partitions: Collection[str], *, stamp: Stamp) -> list[Measurement]:
        """Judge how late the labels of the days of *partitions* are, and keep that."""
        spec = self.journal.spec
        if spec.by_batch or self.actuals.timestamp is None:
            return []
        times, read_at = self._read(partitions)
        settling = settling_measurements(partitions, times, stamp=stamp)
        maturity = self.maturity.updated(settling)
        history = ArrivalHistory.of(times, read_at, maturity=maturity, as_of=self.as_of)
        late = lateness_measurements(partitions, history, fixed=fixed_thresholds(spec), stamp=stamp)
        windows = [window_of(key, by_batch=False) for key in partitions]
        self.journal.save_measurements(LABELS, windows, [*settling, *late])

        return [*settling, *late]

    def _read(
        self, partitions: Collection[str]
    ) -> tuple[dict[Group, LabelTimes], dict[str, datetime]]:
        """Return the times of *partitions* and of the days before them, and when each was read."""
        seen = self.journal.seen(LABEL_TIMES, layout=self.layout, by=self.as_of)
        known = {key: each.as_of for key, each in seen.items()}
        if self.journal.spec.by_batch or not partitions:
            wanted = {key: known[key] for key in partitions if key in known}
        else:
            first = (date.fromisoformat(min(partitions)) - HISTORY).isoformat()
            wanted = {key: at for key, at in known.items() if first <= key <= max(partitions)}

        return self.journal.label_times(sorted(wanted), layout=self.layout), wanted


def stored_maturity(journal: Journal, actuals: ActualsSpec) -> Maturity:
    """Return when the labels of each day are due, by what was learnt when it was last read."""
    rows = journal.store.measurements(model=journal.spec.model, step=LABELS, metric=SETTLING)

    return Maturity.learnt(actuals.delay, rows)
