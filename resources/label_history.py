"""What a model's monitor knows of its labels: how they came in, and how late they are by that."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from monitoring.alerting.incident import Cause
from monitoring.labels.history import HISTORY, ArrivalHistory, whole_times
from monitoring.labels.lateness import lateness_measurements
from monitoring.labels.maturity import Maturity
from monitoring.labels.settling import SETTLING, settling_measurements
from monitoring.labels.times import LabelTimes
from monitoring.measures.judging import Stamp
from monitoring.profile.grouping import Group
from monitoring.quality.verdict import window_of
from monitoring.results import ALL, Measurement
from monitoring.spec.model import ActualsSpec
from resources.journal import LABEL_TIMES, Journal
from resources.reference_history import fixed_thresholds

#: The step under which late and silent labels are kept, and how long they take.
LABELS = str(Cause.LABELS)


#: How many batches before a batch are looked at.
BATCHES = 60


@dataclass(frozen=True, slots=True)
class LabelHistory:
    """
    The times of the labels of one model, as they were known at *as_of*.

    *layout* is the fingerprint of the outcomes, *batches* the order in which batches began.
    """

    journal: Journal
    actuals: ActualsSpec
    layout: str
    as_of: datetime
    batches: Sequence[str] = ()

    def maturity(self, partitions: Collection[str]) -> Maturity:
        """Return when labels of *partitions* and of those before them are due."""
        if self.journal.spec.by_batch or not partitions:
            return Maturity(self.actuals.delay)

        since = _first(partitions)

        return stored_maturity(self.journal, self.actuals, since=since, by=self.as_of)

    def before(self, partitions: Collection[str]) -> ArrivalHistory:
        """
        Return *partitions*, and those before them; what was read later is not known.

        Of *partitions* the times of segments too, which nothing is learnt from.
        """
        times, read_at = self._read(partitions)
        if self.journal.spec.segments:
            inside = [key for key in partitions if key in read_at]
            times |= self.journal.label_times(inside, layout=self.layout)

        return self._history(times, read_at, maturity=self.maturity(partitions))

    def save_lateness(self, partitions: Collection[str], *, stamp: Stamp) -> list[Measurement]:
        """
        Judge how late the labels of *partitions* are, and keep that.

        How long labels take says when a day is mature; a batch is judged as it is, and so are days
        whose labels have no time.
        """
        spec, timed = self.journal.spec, self.actuals.timestamp is not None
        times, read_at = self._read(partitions)
        days = [] if spec.by_batch or not timed else partitions
        settling = settling_measurements(days, whole_times(times), stamp=stamp)
        maturity = self.maturity(partitions).updated(settling)
        late = lateness_measurements(
            partitions,
            self._followed(self._history(times, read_at, maturity=maturity), partitions, maturity),
            maturity=maturity,
            fixed=fixed_thresholds(spec),
            stamp=stamp,
            by_batch=spec.by_batch,
        )
        windows = [window_of(key, by_batch=spec.by_batch) for key in partitions]
        self.journal.save_measurements(LABELS, windows, [*settling, *late])

        return [*settling, *late]

    def _history(
        self,
        times: Mapping[Group, LabelTimes],
        read_at: Mapping[str, datetime],
        *,
        maturity: Maturity,
    ) -> ArrivalHistory:
        return ArrivalHistory.of(
            times,
            read_at,
            maturity=maturity,
            as_of=self.as_of,
            by_batch=self.journal.spec.by_batch,
            timed=self.actuals.timestamp is not None,
        )

    def _followed(
        self, history: ArrivalHistory, partitions: Collection[str], maturity: Maturity
    ) -> ArrivalHistory:
        """Return *history*, or all there is before *partitions* where labels are rare in it."""
        if all(history.tells_silence(key) for key in partitions if key in history.ends):
            return history

        return self._history(*self._read(partitions, whole=True), maturity=maturity)

    def _read(
        self, partitions: Collection[str], *, whole: bool = False
    ) -> tuple[dict[Group, LabelTimes], dict[str, datetime]]:
        """Return the times of *partitions* and of those before them, and when each was read."""
        seen = self.journal.seen(LABEL_TIMES, layout=self.layout, by=self.as_of)
        span = self._span(partitions, seen, whole=whole)
        wanted = {key: each.as_of for key, each in seen.items() if key in span}

        times = self.journal.label_times(sorted(wanted), layout=self.layout, segment=ALL)

        return times, wanted

    def _span(
        self, partitions: Collection[str], seen: Collection[str], *, whole: bool
    ) -> frozenset[str]:
        """Return *partitions* and those before them within the history, or the *whole* past."""
        if self.journal.spec.by_batch:
            at = [index for index, batch in enumerate(self.batches) if batch in partitions]
            first_at = 0 if whole or not at else max(min(at) - BATCHES, 0)
            earlier = self.batches[first_at : max(at) + 1] if at else ()
            return frozenset([*earlier, *partitions])
        if not partitions:
            return frozenset()
        first = "" if whole else _first(partitions).isoformat()

        return frozenset(key for key in seen if first <= key <= max(partitions))


def _first(days: Collection[str]) -> date:
    return date.fromisoformat(min(days)) - HISTORY


def stored_maturity(
    journal: Journal, actuals: ActualsSpec, *, since: date, by: datetime
) -> Maturity:
    """Return when labels of days from *since* on are due, as was learnt when they were read."""
    rows = journal.store.measurements(
        model=journal.spec.model,
        step=LABELS,
        metric=SETTLING,
        start=since,
        segment=ALL,
        version=ALL,
    )

    return Maturity.learnt(actuals.delay, (row for row in rows if row.as_of <= by))
