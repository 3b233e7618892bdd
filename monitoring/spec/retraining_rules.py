"""The rules for a retraining policy: one that can never act is a retraining that is off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from monitoring.alerting.incident import Cause
from monitoring.alerting.policy import headline_metrics
from monitoring.metrics import METRICS, Family
from monitoring.spec.draft import Draft
from monitoring.spec.fields import read_duration
from monitoring.spec.model import Task
from monitoring.spec.problems import Problem, closest, shown
from monitoring.spec.retraining import MINIMUM_EVALUATION_DAYS

#: The figures of a challenger that its evaluation computes, and that `gate` can bound.
FIGURES: Mapping[Task, frozenset[str]] = {
    Task.BINARY: frozenset({"log_loss", "roc_auc", "accuracy", "expected_calibration_error"}),
    Task.MULTICLASS: frozenset({"log_loss", "accuracy", "expected_calibration_error"}),
    Task.REGRESSION: frozenset({"mse", "rmse", "mae", "bias"}),
}

#: What the incidents that start a retraining can be about, where a bound is written for it.
_FAMILIES = {
    Cause.PERFORMANCE: frozenset({Family.PERFORMANCE}),
    Cause.DRIFT: frozenset({Family.DRIFT, Family.SUMMARY, Family.QUALITY}),
}

_PART = "retraining"


def wrong_retraining(draft: Draft) -> Iterator[Problem]:
    """Yield what keeps the policy from ever starting a run, or a version from ever passing."""
    if draft.has(_PART) and not draft.has("actuals"):
        msg = "a new version needs labels to learn from; add actuals, or remove retraining."
        yield Problem((_PART,), msg)
    if draft.has(_PART) and draft.by_batch:
        msg = "not possible by batch: training and evaluation need days; remove it."
        yield Problem((_PART,), msg)
    causes, hours = _causes(draft), draft.text(_PART, "hours")
    if not causes and draft.get(_PART, "on") == ["drift"]:
        msg = "never met: incidents of drift are warnings; expected warning, got 'critical'."
        yield Problem((_PART, "severity"), msg)
    if hours is not None and len(set(hours.split("-"))) == 1:
        msg = f"never comes: expected two different times such as '22:00-06:00', got {hours!r}."
        yield Problem((_PART, "hours"), msg)
    yield from _evaluation(draft)
    yield from _metrics(draft, causes)
    yield from _gate(draft)


def _evaluation(draft: Draft) -> Iterator[Problem]:
    given = draft.text(_PART, "evaluation")
    try:
        days = read_duration(given) if given is not None else None
    except ValueError:
        return
    if days is not None and days < timedelta(days=MINIMUM_EVALUATION_DAYS):
        msg = (
            f"never enough to tell which model is better; expected {MINIMUM_EVALUATION_DAYS}d or "
            f"more, got {given!r}."
        )
        yield Problem((_PART, "evaluation"), msg)


def _causes(draft: Draft) -> list[Cause]:
    """Return the causes of the incidents that can start a retraining: drift is never critical."""
    asked = draft.get(_PART, "on")
    on = asked if isinstance(asked, list) else ["performance"]
    critical = draft.get(_PART, "severity") == "critical"

    return [
        cause
        for cause in _FAMILIES
        if cause in on and not (critical and cause is not Cause.PERFORMANCE)
    ]


def _metrics(draft: Draft, causes: list[Cause]) -> Iterator[Problem]:
    task, given = draft.task(), draft.get(_PART, "metrics")
    if task is None or not causes or not isinstance(given, list):
        return
    usual = _usual(draft, task, causes)
    families = frozenset[Family]().union(*(_FAMILIES[cause] for cause in causes))
    about = " or ".join(causes)
    for position, name in enumerate(given):
        field = (_PART, "metrics", position)
        metric = METRICS.get(name) if isinstance(name, str) else None
        if metric is None:
            meant = closest(str(name), METRICS)
            remedy = f"did you mean {meant}?" if meant else f"expected {', '.join(usual)}."
            yield Problem(field, f"unknown metric {shown(name)}; {remedy}")
        elif metric.family not in families or task not in metric.tasks:
            msg = f"no incident of {about} is about {name}; expected {', '.join(usual)}."
            yield Problem(field, msg)
        elif name not in usual and not _has_bound(draft, name):
            msg = (
                f"no incident of {about} is about {name}; expected {', '.join(usual)}, or a bound "
                f"under thresholds.{name}."
            )
            yield Problem(field, msg)


def _usual(draft: Draft, task: Task, causes: list[Cause]) -> list[str]:
    """Return the metrics that open an incident of *causes* without a bound that is written."""
    scored = draft.has("predictions", "score")
    found = {name for cause in causes for name in headline_metrics(cause, task, scored=scored)}

    return sorted(name for name in found if task in METRICS[name].tasks)


def _has_bound(draft: Draft, name: str) -> bool:
    bounds = draft.mapping("thresholds", name)

    return bool(bounds) and "method" not in bounds


def _gate(draft: Draft) -> Iterator[Problem]:
    task = draft.task()
    if task is None:
        return
    for name in draft.mapping(_PART, "gate"):
        if name not in FIGURES[task]:
            meant, known = closest(name, FIGURES[task]), ", ".join(sorted(FIGURES[task]))
            remedy = f"did you mean {meant}?" if meant else f"expected {known}."
            msg = f"not computed by the evaluation of {task}, so that no version passes; {remedy}"
            yield Problem((_PART, "gate", name), msg)
