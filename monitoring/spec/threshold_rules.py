"""The rules for fixed thresholds: a bound that can never be crossed is a monitor that is off."""

from __future__ import annotations

import math
from collections.abc import Iterator

from monitoring.metrics import METRICS, Input, Metric, metrics_of
from monitoring.spec.draft import Draft
from monitoring.spec.problems import Problem, closest


def wrong_thresholds(draft: Draft) -> Iterator[Problem]:
    """Yield the thresholds that nothing is ever compared with, and those that no value meets."""
    for name, bounds in draft.mapping("thresholds").items():
        if name in METRICS:
            yield from _threshold(draft, METRICS[name], bounds)
            continue
        meant = closest(name, METRICS)
        remedy = f"did you mean {meant}?" if meant else f"the metrics are {', '.join(METRICS)}."
        yield Problem(("thresholds", name), f"unknown metric; {remedy}")


def _threshold(draft: Draft, metric: Metric, bounds: object) -> Iterator[Problem]:
    field, task = ("thresholds", metric.name), draft.task()
    if task is not None and task not in metric.tasks:
        known = ", ".join(
            name for name in metrics_of(task) if METRICS[name].family is metric.family
        )
        yield Problem(field, f"not computed for {task}, whose metrics are {known}.")
        return
    for needed in Input:
        if needed in metric.needs and not draft.has(*needed.split(".")):
            yield Problem(field, f"never computed without {needed}; add that, or remove this.")
            return
    for side, bound in bounds.items() if isinstance(bounds, dict) else ():
        is_number = isinstance(bound, int | float) and not isinstance(bound, bool)
        if side in {"low", "high"} and is_number and not metric.lowest <= bound <= metric.highest:
            msg = f"expected a value that {metric.words} can have, {_reach(metric)}, got {bound:g}."
            yield Problem((*field, side), msg)


def _reach(metric: Metric) -> str:
    """Say which values *metric* can have: it has at least one end."""
    if metric.lowest == -math.inf:
        return f"at most {metric.highest:g}"
    if metric.highest == math.inf:
        return f"at least {metric.lowest:g}"

    return f"from {metric.lowest:g} to {metric.highest:g}"
