"""All thresholds of one model: found by window, size, column and metric."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from monitoring.results import Measure
from monitoring.thresholds.threshold import Threshold

_SEPARATOR = "\t"


@dataclass(frozen=True, slots=True)
class ThresholdBook:
    """
    The calibrated thresholds of a model, under the fixed ones of its monitor file.

    *calibrated* is keyed by scale, column and metric. A scale is the label of a window ("7d"), or
    "rows" and a size ("rows:5000") for windows whose size varies: batches, and unusually thin days.
    """

    calibrated: Mapping[tuple[str, str, str], Threshold]
    fixed: Mapping[str, Threshold] = field(default_factory=dict)

    def find(self, measure: Measure, *, window: str) -> Threshold | None:
        """
        Return the threshold that holds for *measure* in a *window*.

        A window with less than half of the rows that its threshold was learnt on is judged by the
        widest bound that fits its size.
        """
        if measure.metric in self.fixed:
            return self.fixed[measure.metric]
        threshold = self.calibrated.get((window, measure.column, measure.metric))
        if threshold is not None and measure.rows * 2 >= (threshold.rows or 0):
            return threshold

        return self._by_size(measure) or threshold

    def encode(self) -> str:
        """Return the calibrated thresholds as JSON text."""
        return json.dumps(
            {_SEPARATOR.join(key): asdict(entry) for key, entry in self.calibrated.items()}
        )

    @classmethod
    def decode(cls, text: str, *, fixed: Mapping[str, Threshold]) -> ThresholdBook:
        """Read what :meth:`encode` wrote."""
        entries = {
            tuple(key.split(_SEPARATOR)): Threshold(**entry)
            for key, entry in json.loads(text).items()
        }

        return cls({(key[0], key[1], key[2]): entry for key, entry in entries.items()}, fixed)

    def _by_size(self, measure: Measure) -> Threshold | None:
        sizes = sorted(
            (int(scale.removeprefix("rows:")), entry)
            for (scale, column, metric), entry in self.calibrated.items()
            if scale.startswith("rows:") and (column, metric) == (measure.column, measure.metric)
        )
        fitting = [entry for size, entry in sizes if size <= measure.rows] or [
            entry for _, entry in sizes[:1]
        ]

        return fitting[-1] if fitting else None
