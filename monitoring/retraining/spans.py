"""On which days a new version is trained, and on which later days it is compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from monitoring.spec.model import MonitorSpec
from monitoring.windows import DAY, Window, window_ending


@dataclass(frozen=True, slots=True)
class RetrainingSpans:
    """The days to train on, and the later days that are kept out of it."""

    training: Window
    evaluation: Window


def retraining_spans(spec: MonitorSpec, *, last_due: date) -> RetrainingSpans:
    """
    Return the latest days whose labels are due, *last_due* at most: the last to evaluate on.

    Raises:
        ValueError: when *spec* has no retraining.
    """
    if spec.retraining is None:
        msg = f"{spec.model}: retraining needs a policy."
        raise ValueError(msg)
    last = last_due if spec.end is None else min(last_due, spec.end)
    evaluation = window_ending(last, spec.retraining.evaluation)
    training = window_ending(evaluation.start - DAY, spec.retraining.window)

    return RetrainingSpans(_not_before(training, spec.start), evaluation)


def seen_days(window: Window, trained: tuple[str | None, str | None]) -> frozenset[date]:
    """
    Return the days of *window* that a version has learnt from.

    *trained* is its first day, and the day after its last one; a version of which this is not
    known, because it was deployed before monitoring began, has seen none of them.
    """
    if trained[0] is None or trained[1] is None:
        return frozenset()
    start, end = (date.fromisoformat(day) for day in (trained[0], trained[1]))

    return frozenset(day for day in window.days if start <= day < end)


def _not_before(window: Window, start: date | None) -> Window:
    if start is None or window.start >= start or window.end <= start:
        return window

    return Window(window.label, start, window.end)
