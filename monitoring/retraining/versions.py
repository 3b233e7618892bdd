"""Two versions of a model that answer at the same time: their measurements side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitoring.results import ALL, Measurement
from monitoring.retraining.differences import Difference


@dataclass(frozen=True, slots=True)
class SideBySide:
    """
    One metric of one window for the champion and for a challenger.

    *difference* (challenger minus champion) is missing where a measurement has no interval.
    """

    window: str
    window_end: str
    metric: str
    champion: Measurement
    challenger: Measurement
    difference: Difference | None


def champion_vs_challenger(
    rows: Iterable[Measurement], *, champion: str, challenger: str
) -> list[SideBySide]:
    """
    Pair the *rows* of two versions that are about the same metric and window, newest first.

    Each prediction is of one version, so the two are of different rows and the difference is
    unpaired: its bounds are those of Zou and Donner (2008), which join the bounds of both numbers,
    lower = c - h - √((c - lower of c)² + (upper of h - h)²), and the upper one likewise.
    """
    found: dict[str, dict[tuple[str, ...], Measurement]] = {champion: {}, challenger: {}}
    for row in rows:
        if row.version in found and row.segment == row.column == ALL and row.value is not None:
            found[row.version][row.window_end, row.window, row.metric] = row
    both = sorted(found[champion].keys() & found[challenger].keys(), reverse=True)

    return [_side_by_side(found[champion][key], found[challenger][key]) for key in both]


def _side_by_side(champion: Measurement, challenger: Measurement) -> SideBySide:
    return SideBySide(
        champion.window,
        champion.window_end,
        champion.metric,
        champion,
        challenger,
        _difference(champion, challenger),
    )


def _difference(champion: Measurement, challenger: Measurement) -> Difference | None:
    h, c = champion, challenger
    if h.value is None or h.lower is None or h.upper is None:
        return None
    if c.value is None or c.lower is None or c.upper is None:
        return None
    value = c.value - h.value
    down = ((c.value - c.lower) ** 2 + (h.upper - h.value) ** 2) ** 0.5
    up = ((c.upper - c.value) ** 2 + (h.value - h.lower) ** 2) ** 0.5

    return Difference(value, value - down, value + up)
