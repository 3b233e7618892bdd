"""All thresholds of one model: found by window, size, column and metric."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from operator import itemgetter

from monitoring.results import Measure
from monitoring.thresholds.threshold import Threshold

_SEPARATOR = "\t"
_ROWS = "rows:"


@dataclass(frozen=True, slots=True)
class ThresholdBook:
    """
    The calibrated thresholds of a model, under the fixed ones of its monitor file.

    *calibrated* is keyed by scale, column and metric. A scale is the label of a window ("7d"), or
    "rows" and a size ("rows:5000") for windows whose size varies: batches, and unusually thin days.
    """

    calibrated: Mapping[tuple[str, str, str], Threshold]
    fixed: Mapping[str, Threshold] = field(default_factory=dict)
    ladder: Mapping[tuple[str, str], Sequence[tuple[int, Threshold]]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "ladder", _ladder(self.calibrated))

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
        sizes = self.ladder.get((measure.column, measure.metric), ())
        fitting = [entry for size, entry in sizes if size <= measure.rows]

        return fitting[-1] if fitting else sizes[0][1] if sizes else None


def _ladder(
    calibrated: Mapping[tuple[str, str, str], Threshold],
) -> dict[tuple[str, str], list[tuple[int, Threshold]]]:
    """Return the thresholds by size of each column and metric, the smallest size first."""
    found: dict[tuple[str, str], list[tuple[int, Threshold]]] = {}
    for (scale, column, metric), entry in calibrated.items():
        if scale.startswith(_ROWS):
            size = int(scale.removeprefix(_ROWS))
            found.setdefault((column, metric), []).append((size, entry))
    for sizes in found.values():
        sizes.sort(key=itemgetter(0))

    return found
