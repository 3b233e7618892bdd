"""What a model's monitor knows of its labels: how they came in, and how late they are by that."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from monitoring.alerting.incident import Cause
from monitoring.labels.history import HISTORY, ArrivalHistory
from monitoring.labels.lateness import lateness_measurements
from monitoring.labels.rows import LabelledRows, together
from monitoring.measures.judging import Stamp
from monitoring.profile.grouping import Group
from monitoring.profile.outcomes.outcomes import Outcomes
from monitoring.quality.verdict import window_of
from monitoring.results import Measurement
from resources.journal import LABEL_TIMES, Journal, fixed_thresholds

#: The step under which late and silent labels are kept.
LABELS = str(Cause.LABELS)


@dataclass(frozen=True, slots=True)
class LabelHistory:
    """
    The times of the labels of one model, as they were known at *as_of*.

    *layout* is the fingerprint of the outcomes. A monitor by batch has no days to learn from.
    """

    journal: Journal
    layout: str
    as_of: datetime

    def before(self, partitions: Collection[str]) -> ArrivalHistory:
        """Return the days of *partitions*, and those before them; what was read later is not."""
        spec = self.journal.spec
        if spec.by_batch or spec.actuals is None or not partitions:
            return ArrivalHistory({})
        first, last = date.fromisoformat(min(partitions)) - HISTORY, max(partitions)
        read_at = {
            key: record.as_of
            for key, record in self.journal.seen(LABEL_TIMES, layout=self.layout).items()
            if first.isoformat() <= key <= last and record.as_of <= self.as_of
        }
        times = self.journal.label_times(sorted(read_at), layout=self.layout)
        whole = {key: times[Group(key)] for key in read_at}

        return ArrivalHistory.of(whole, read_at, delay=spec.actuals.delay, as_of=self.as_of)

    def beside(self, outcomes: Mapping[Group, Outcomes]) -> dict[Group, LabelledRows]:
        """Return *outcomes*, but for those of segments, with the times of their labels."""
        partitions = sorted({group.partition for group in outcomes})

        return together(outcomes, self.journal.label_times(partitions, layout=self.layout))

    def save_lateness(self, partitions: Collection[str], *, stamp: Stamp) -> list[Measurement]:
        """Judge how late the labels of the days of *partitions* are, and keep that."""
        spec = self.journal.spec
        if spec.by_batch or spec.actuals is None or spec.actuals.timestamp is None:
            return []
        fixed, history = fixed_thresholds(spec), self.before(partitions)
        rows = lateness_measurements(partitions, history, fixed=fixed, stamp=stamp)
        windows = [window_of(key, by_batch=False) for key in partitions]
        self.journal.save_measurements(LABELS, windows, rows)

        return rows
