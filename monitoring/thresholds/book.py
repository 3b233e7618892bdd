"""All thresholds of one model: found by window, size, column and metric."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from operator import attrgetter

from monitoring.results import Measure
from monitoring.thresholds.threshold import Threshold

#: Begins a scale that is a size.
ROWS = "rows:"

_SEPARATOR = "\t"

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ThresholdBook:
    """
    The calibrated thresholds of a model, under the fixed ones of its monitor file.

    *calibrated* is keyed by scale, column and metric. A scale is the label of a window ("7d"), or
    "rows" and a size ("rows:5000") for windows whose size varies: batches, and unusually thin days.
    """

    calibrated: Mapping[tuple[str, str, str], Threshold]
    fixed: Mapping[str, Threshold] = field(default_factory=dict)
    _ladders: Mapping[_Key, Sequence[Threshold]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ladders: dict[_Key, list[Threshold]] = defaultdict(list)
        for (scale, column, metric), threshold in self.calibrated.items():
            if scale.startswith(ROWS) and threshold.rows:
                ladders[column, metric].append(threshold)
        for ladder in ladders.values():
            ladder.sort(key=_rows)
        object.__setattr__(self, "_ladders", dict(ladders))

    def find(self, measure: Measure, *, window: str) -> Threshold | None:
        """
        Return the threshold that holds for *measure* in a *window*.

        A window with fewer rows than its threshold was learnt on gets the room that its size asks
        for, if that is more.
        """
        if measure.metric in self.fixed:
            return self.fixed[measure.metric]
        usual = self.calibrated.get((window, measure.column, measure.metric))
        if usual is not None and measure.rows >= (usual.rows or 0):
            return usual
        ladder = self._ladders.get((measure.column, measure.metric))
        if not ladder:
            return usual
        sized = _of_size(ladder, measure.rows)

        return sized if usual is None else _wider(sized, usual)

    def encode(self) -> str:
        """Return the calibrated thresholds as JSON text."""
        entries = {_SEPARATOR.join(key): asdict(entry) for key, entry in self.calibrated.items()}

        return json.dumps(entries, allow_nan=False)

    @classmethod
    def decode(cls, text: str, *, fixed: Mapping[str, Threshold]) -> ThresholdBook:
        """Read what :meth:`encode` wrote."""
        entries: dict[tuple[str, str, str], Threshold] = {}
        for key, entry in json.loads(text).items():
            # A column may have the separator in its name; scales and metrics never do.
            scale, _, rest = key.partition(_SEPARATOR)
            column, _, metric = rest.rpartition(_SEPARATOR)
            entries[scale, column, metric] = Threshold(**entry)

        return cls(entries, fixed)


def _rows(threshold: Threshold) -> int:
    return threshold.rows or 0


def _of_size(ladder: Sequence[Threshold], rows: int) -> Threshold:
    """
    Return the bounds for *rows* rows, between those of the neighbouring sizes.

    Sampling error shrinks with 1/sqrt(rows), and bounds are interpolated in that. The bounds of
    squared distances shrink with 1/rows and come out a little wider than they need be.
    """
    place = bisect_left(ladder, rows, key=_rows)
    if place == len(ladder):
        return ladder[-1]
    above = ladder[place]
    if place == 0 or above.rows == rows:
        return above
    below = ladder[place - 1]
    near, here, far = (size**-0.5 for size in (_rows(above), rows, _rows(below)))
    share = (here - near) / (far - near)

    def between(side: str) -> float | None:
        start, end = (attrgetter(side)(bounds) for bounds in (above, below))
        return None if start is None or end is None else float(start + share * (end - start))

    return Threshold(between("low"), between("high"), above.source, rows)


def _wider(first: Threshold, second: Threshold) -> Threshold:
    lows = [bounds.low for bounds in (first, second) if bounds.low is not None]
    highs = [bounds.high for bounds in (first, second) if bounds.high is not None]

    return Threshold(min(lows, default=None), max(highs, default=None), first.source, first.rows)
