"""What control charts make of simulated years: they compare a number with its own beginning."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
from streams import EMPTY, Stream, drift_of

from monitoring.profile.collecting import merged
from monitoring.thresholds.bounds import FALSE_ALARM_RATE
from monitoring.thresholds.calibration import BUDGET_DAYS, SHARE
from monitoring.thresholds.threshold import Threshold
from monitoring.thresholds.trailing import BASELINE, control_chart

_WEEK = timedelta(days=7)
_START = date(2026, 1, 1)


def charted(
    stream: Stream, *, reference: int, days: int, seed: int, shift: float = 0.0
) -> Iterator[bool]:
    """
    Yield for each of *days* days whether a chart is out of control; with a *shift*, the first's.

    A week ends on each day. The charts are set up on 28 weeks before, in which nothing changes.
    """
    generator = np.random.default_rng(seed)
    whole = merged(stream.days(reference, generator), empty=EMPTY)
    quiet = (BASELINE + 1) * _WEEK.days
    current = [*stream.days(quiet, generator), *stream.shifted(shift).days(days, generator)]
    past: dict[str, dict[date, float]] = defaultdict(dict)
    for place in range(_WEEK.days, len(current) + 1):
        day = _START + timedelta(days=place)
        week = merged(current[place - _WEEK.days : place], empty=EMPTY)
        numbers = {each.column: each.value or 0.0 for each in drift_of(whole, week)}
        if place > quiet:
            watched = ["feature 0"] if shift else list(numbers)
            yield any(_breaches(past[name], day, numbers[name]) for name in watched)
        for name, value in numbers.items():
            past[name][day] = value


def _breaches(past: dict[date, float], day: date, value: float) -> bool:
    level = min(FALSE_ALARM_RATE, SHARE / BUDGET_DAYS / len(EMPTY.features))
    bounds: Threshold | None = control_chart("psi", past, day=day, length=_WEEK, false_alarm=level)

    return bounds is not None and not bounds.admits(value)
