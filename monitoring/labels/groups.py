"""Segments and versions too small to tell anything."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from monitoring.labels.weighting import BIAS, WEIGHTED
from monitoring.metrics import METRICS, Family
from monitoring.results import ALL, Measurement, Verdict

#: An interval wider than this share of the range of its metric says nothing.
WIDEST = 0.2

#: Of a metric without an upper end, one wider than this multiple of the value.
_WIDEST_MULTIPLE = 1.0


def mark_small_groups(rows: Iterable[Measurement]) -> list[Measurement]:
    """
    Say ``insufficient_data`` of each segment and version whose interval is too wide.

    The width counts and not the rows: a hundred rows are enough for an accuracy of 0.99, and not
    for the recall of a rare class. Numbers of
    versions that were judged stay as they are; a bound that somebody wrote for all rows does not
    make a segment large enough.
    """
    return [_marked(row) for row in rows]


def _marked(row: Measurement) -> Measurement:
    entry = METRICS.get(row.metric.removeprefix(WEIGHTED).removeprefix(BIAS))
    if (
        (row.verdict is not None and not (row.decided and row.segment != ALL))
        or row.segment == row.version == ALL
        or entry is None
        or entry.family is not Family.PERFORMANCE
        or row.value is None
        or row.lower is None
        or row.upper is None
    ):
        return row
    width = row.upper - row.lower
    span = entry.highest - entry.lowest
    widest = WIDEST * span if math.isfinite(span) else _WIDEST_MULTIPLE * abs(row.value)
    if width <= widest:
        return row
    reason = f"the 95 % interval is {width:.3g} wide, more than {widest:.3g}"

    return replace(row, verdict=Verdict.INSUFFICIENT_DATA, reason=row.because(reason))
