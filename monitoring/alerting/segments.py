"""Which segments an incident hits hardest: they explain it, and open none of their own."""

from __future__ import annotations

from collections.abc import Iterable

from monitoring.alerting.words import crossed_threshold
from monitoring.results import ALL, Measurement, Verdict
from monitoring.thresholds.threshold import Threshold

#: The most segment values that one incident names.
NAMED = 5

_TOO_FEW = frozenset({Verdict.NO_DATA, Verdict.INSUFFICIENT_DATA})


def worst_segments(worst: Measurement, rows: Iterable[Measurement]) -> list[Measurement]:
    """
    Return the segments among *rows* that are surely beyond the bound that *worst* crossed.

    The furthest comes first, five at most. Sure is what the whole 95 % interval is: the distance of
    a few rows is large and says little. Segments of too few rows are left out, as are other
    metrics, columns and windows.
    """
    effects = {
        row: _excess(worst, row)
        for row in rows
        if _kind(row) == _kind(worst) and row.segment != ALL and row.verdict not in _TOO_FEW
    }
    surely = [row for row, effect in effects.items() if effect > 0]

    return sorted(surely, key=lambda row: (-effects[row], row.segment))[:NAMED]


def _kind(row: Measurement) -> tuple[str, ...]:
    return row.metric, row.column, row.version, row.window, row.window_start, row.window_end


def _excess(worst: Measurement, row: Measurement) -> float:
    """Return by how much the nearer end of the interval of *row* is beyond the bound."""
    rose = crossed_threshold(worst) == worst.threshold_high
    bound = Threshold(
        low=None if rose else worst.threshold_low,
        high=worst.threshold_high if rose else None,
        source="stored",
    )
    nearer = row.lower if rose else row.upper
    value = row.value if nearer is None else nearer

    return 0.0 if value is None else bound.excess(value)
