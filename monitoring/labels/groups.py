"""Segments and versions too small to tell anything."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from monitoring.labels.blending import BLENDED
from monitoring.labels.weighting import BIAS, WEIGHTED
from monitoring.metrics import ESTIMATED, ESTIMATION_ERROR, METRICS, Family
from monitoring.results import ALL, Measurement, Verdict

#: An interval wider than this share of the range of its metric says nothing.
WIDEST = 0.2

#: Of a metric without an upper end, one wider than this multiple of the value.
_WIDEST_MULTIPLE = 1.0

_FAMILIES = frozenset({Family.PERFORMANCE, Family.LABELS})

_Key = tuple[str, ...]


def mark_small_groups(rows: Iterable[Measurement]) -> list[Measurement]:
    """
    Say ``insufficient_data`` of each segment and version whose interval is too wide.

    The width counts and not the rows: a hundred rows are enough for an accuracy of 0.99, and not
    for the recall of a rare class. So it is of what is estimated, weighted or blended, and of the
    errors of that, which are as wide as the metric that they are errors of. Numbers of versions
    that were judged stay as they are; a bound that somebody wrote for all rows does not make a
    segment large enough.
    """
    rows = list(rows)
    values = {_key(row): row.value for row in rows if row.value is not None}

    return [_marked(row, values) for row in rows]


def _marked(row: Measurement, values: Mapping[_Key, float]) -> Measurement:
    entry = METRICS.get(_metric(row))
    if (
        (row.verdict is not None and not (row.decided and row.segment != ALL))
        or row.segment == row.version == ALL
        or entry is None
        or entry.family not in _FAMILIES
        or row.value is None
        or row.lower is None
        or row.upper is None
    ):
        return row
    width = row.upper - row.lower
    span = entry.highest - entry.lowest
    # How large an error is says nothing of how well it is known.
    error = row.metric.startswith((BIAS, ESTIMATION_ERROR))
    value = values.get(_key(row, entry.name), row.value) if error else row.value
    widest = WIDEST * span if math.isfinite(span) else _WIDEST_MULTIPLE * abs(value)
    if width <= widest:
        return row
    reason = f"the 95 % interval is {width:.3g} wide, more than {widest:.3g}"

    return replace(row, verdict=Verdict.INSUFFICIENT_DATA, reason=row.because(reason))


def _metric(row: Measurement) -> str:
    """Return the realised metric that *row* is, estimates, or is the error of."""
    for prefix in (WEIGHTED, BIAS, BLENDED, ESTIMATED, ESTIMATION_ERROR):
        if row.metric.startswith(prefix):
            return row.metric.removeprefix(prefix)

    return row.metric


def _key(row: Measurement, metric: str | None = None) -> _Key:
    group = row.version, row.segment, row.column, metric or row.metric

    return *group, row.window, row.window_start, row.window_end
