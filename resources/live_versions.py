"""Versions that answer at the same time: how far each is from the champion, measured and read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitoring.measures.judging import Stamp, WindowKey, judged
from monitoring.measures.spans import partitions_in
from monitoring.metrics import COMPARED, VERSUS
from monitoring.profile.grouping import without
from monitoring.results import ALL, Measurement
from monitoring.retraining.versions import versus_champion
from monitoring.thresholds.book import ThresholdBook
from resources.champion_changes import champion_at
from resources.journal import Journal
from resources.results.store import ResultsStore
from resources.shadow_pairs import load_pairs


@dataclass(frozen=True, slots=True)
class LiveVersions:
    """The versions of one model that answer, judged by the bounds of *book*."""

    journal: Journal
    book: ThresholdBook
    stamp: Stamp

    def compared(
        self, realised: Iterable[Measurement], windows: Sequence[WindowKey]
    ) -> list[Measurement]:
        """Return how far each version of *windows* is from the champion, by what was *realised*."""
        store, model = self.journal.store, self.journal.spec.model
        pairs = load_pairs(self.journal, partitions_in(windows), as_of=self.stamp.as_of)
        found = versus_champion(
            realised,
            without(pairs, self.journal.blocked(by=self.stamp.as_of)),
            windows,
            champion=champion_at(store, model, self.stamp.as_of),
        )

        return [
            judged(measure, window, version, ALL, book=self.book, stamp=self.stamp)
            for window, version, measure in found
        ]


def side_by_side(model: str, store: ResultsStore) -> list[Measurement]:
    """Return how far the versions of *model* were from its champion, the newest window first."""
    rows = [
        row
        for metric in COMPARED
        for row in store.measurements(model=model, step="performance", metric=f"{VERSUS}{metric}")
    ]

    return sorted(rows, key=lambda row: (row.window_end, row.window, row.metric), reverse=True)
