"""Labels that should have come by now, and labels that come no more: troubles of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from monitoring.labels.curve import ArrivalCurve, DayArrivals
from monitoring.labels.history import EPOCH, FEWEST_DAYS, ArrivalHistory
from monitoring.labels.maturity import Maturity
from monitoring.labels.settling import LONGEST
from monitoring.labels.times import LabelTimes
from monitoring.measures.intervals import wilson
from monitoring.measures.judging import Stamp
from monitoring.measures.judging import recorded as measurement
from monitoring.quality.verdict import window_of
from monitoring.results import ALL, Measure, Measurement, Verdict
from monitoring.thresholds.threshold import MINIMUM_ROWS, Threshold, judge
from monitoring.windows import DAY, midnight

LATE = "late_label_fraction"
SILENCE = "label_silence"

#: A fifth of the expected labels may be missing before anybody is told, whatever the history.
LEAST_LATE = 0.2

_WEEK = 7


@dataclass(frozen=True, slots=True)
class Waiting:
    """Predictions of which none ever got a label: how many, and when the first of them was due."""

    rows: int
    due: datetime


def waiting_for(history: ArrivalHistory, partition: str, *, maturity: Maturity) -> Waiting | None:
    """
    Return what waits up to *partition*; None where a label is known.

    A label that came later than *partition* counts: that it was not there then is no trouble of
    now. Where the monitor file gives no delay, labels may take a month. Labels without a time are
    looked for when they are due: before, nobody knows of them.
    """
    last = history.ends[partition]
    days = {
        end: history.times[key]
        for key, end in sorted(history.ends.items())
        if end <= last and history.times[key].rows and (history.is_timed or key in history.mature)
    }
    if not days or any(times.labelled for times in days.values()):
        return None
    due = min(maturity.due(end) for end in days)
    if not maturity.delay:
        due += LONGEST

    return Waiting(sum(times.rows for times in days.values()), due)


def late_labels(times: LabelTimes, curve: ArrivalCurve | None) -> Measure:
    """
    Return the share of the labels expected by now that are missing.

    1 - labels / expected, where those who are as old had so many on mature days; 0 where more than
    expected came. Range 0 to 1, the interval is Wilson's of the labels among those expected.
    Undefined without mature history.
    """
    if curve is None:
        return Measure(ALL, LATE, None, times.rows, reason="no mature days to learn from")
    expected = curve.expected(times)
    if expected < 1:
        return Measure(ALL, LATE, None, times.rows, reason="no labels are expected yet")
    share = min(times.labelled / expected, 1.0)
    lower, upper = wilson(share, expected)

    return Measure(ALL, LATE, 1 - share, round(expected), lower=1 - upper, upper=1 - lower)


def late_threshold(times: LabelTimes, curve: ArrivalCurve | None) -> Threshold | None:
    """
    Return the share that may be missing: no more than on the worst mature day at that age.

    Where nobody labels at weekends, Saturday's labels are late every week, and that is no trouble.
    """
    if curve is None:
        return None
    expected = curve.expected(times)
    alone = (
        replace(curve, moments=day.moments, arrived=_everywhere(day, curve))
        for day in curve.days
        if expected and day.counts[-1] >= MINIMUM_ROWS
    )
    shares = [1 - one.expected(times) / expected for one in alone]

    return Threshold(low=None, high=max([LEAST_LATE, *shares]), source="historical")


def label_silence(
    recorded: Mapping[int, int], *, day: date, as_of: datetime, waiting: Waiting | None = None
) -> Measure:
    """
    Return for how many days no label has been recorded, as known a day after *day* was over.

    *recorded* counts the labels by the day, from 1970 on, on which they were recorded; the
    measure's rows are these labels. Where no label was ever known, the days since the first of the
    *waiting* predictions were due, and the rows are those. Range 0 to infinity; undefined before
    the first label is known or due.
    """
    known, today = _known(recorded, day=day, as_of=as_of)
    if known:
        count = sum(recorded[each] for each in known)
        return Measure(ALL, SILENCE, float(today - known[-1]), count)
    moment = _moment(day, as_of)
    if waiting is None or waiting.due > moment:
        return Measure(ALL, SILENCE, None, 0, reason="no labels were recorded yet")
    reason = f"no label was ever recorded; the first were due on {waiting.due:%Y-%m-%d}"

    return Measure(ALL, SILENCE, float((moment - waiting.due) // DAY), waiting.rows, reason=reason)


def silence_threshold(
    recorded: Iterable[int],
    *,
    day: date,
    as_of: datetime,
    delay: timedelta,
    waiting: Waiting | None = None,
) -> Threshold | None:
    """
    Return how long labels may be silent: a day longer than they ever were before.

    Labels that come once a week are not silent on the sixth day. As long as there is too little to
    know that from, a week, or as long as labels take by the *delay* of the monitor file; a month
    where it gives none. A day where none ever came and some are due.
    """
    known, _ = _known(recorded, day=day, as_of=as_of)
    if not known:
        return None if waiting is None else Threshold(low=None, high=1.0, source="historical")
    longest = max((later - earlier for earlier, later in pairwise(known)), default=0) + 1
    if len(known) < FEWEST_DAYS:
        longest = max(longest, (delay or LONGEST) // DAY, _WEEK)

    return Threshold(low=None, high=float(longest), source="historical")


def lateness_measurements(
    partitions: Iterable[str],
    history: ArrivalHistory,
    *,
    maturity: Maturity,
    fixed: Mapping[str, Threshold],
    stamp: Stamp,
    by_batch: bool = False,
) -> list[Measurement]:
    """
    Return, for each of *partitions*, how many labels are late and how long they are silent, judged.

    In the order in which they ended; a batch whose predictions have no time has no end, and labels
    that are neither late nor in time. *fixed* are the bounds of the monitor file. Late labels are a
    warning; that none come any more is critical. Of labels without a time only that can be said.
    """
    found: list[Measurement] = []
    dated = [key for key in partitions if key in history.ends]
    for key in sorted(dated, key=lambda key: (history.ends[key], key)):
        times, curve = history.times[key], history.curve(key)
        day, window = history.ends[key], window_of(key, by_batch=by_batch)
        recorded, waiting = history.recorded(key), waiting_for(history, key, maturity=maturity)
        late = late_labels(times, curve), late_threshold(times, curve), Verdict.WARNING
        silent = (
            label_silence(recorded, day=day, as_of=stamp.as_of, waiting=waiting),
            silence_threshold(
                recorded, day=day, as_of=stamp.as_of, delay=maturity.delay, waiting=waiting
            ),
            Verdict.CRITICAL,
        )
        for measure, learnt, severity in (late, silent) if history.is_timed else (silent,):
            threshold = fixed.get(measure.metric, learnt)
            verdict = judge(measure, threshold, severity=severity)
            found.append(measurement(measure, window, stamp, threshold=threshold, verdict=verdict))

    return found


def _known(recorded: Iterable[int], *, day: date, as_of: datetime) -> tuple[list[int], int]:
    today = (_moment(day, as_of).date() - EPOCH).days

    return sorted({each for each in recorded if each <= today}), today


def _moment(day: date, as_of: datetime) -> datetime:
    """Return up to when labels are known to what is said of *day*."""
    return min(as_of, midnight(day + 2 * DAY)).astimezone(UTC)


def _everywhere(day: DayArrivals, curve: ArrivalCurve) -> NDArray[np.float64]:
    share = day.shares[:, -1]
    return np.broadcast_to(share[:, None, None], (len(share), *curve.known.shape))
