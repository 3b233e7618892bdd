"""
The rules between the fields of a monitor file, each with its remedy.

They read the file as it was written rather than its model, so that they are also told of a file in
which some field is wrong. A field of the wrong shape breaks no rule: its shape is told already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from monitoring.spec.draft import Draft
from monitoring.spec.model import FeatureType, Task
from monitoring.spec.problems import FieldPath, Problem, field_name, shown
from monitoring.spec.retraining_rules import wrong_retraining
from monitoring.spec.threshold_rules import wrong_thresholds

_FEWEST_CLASSES = 2


def broken_rules(data: Mapping[str, object]) -> list[Problem]:
    """Return what breaks a rule in the file that holds *data*."""
    draft = Draft(data)

    return [problem for rule in _RULES for problem in rule(draft)]


def _span(draft: Draft) -> Iterator[Problem]:
    start, end = draft.day("start"), draft.day("end")
    if start is not None and end is not None and end < start:
        msg = f"expected a day on or after start {start}, got {end}."
        yield Problem(("end",), msg)
    if not draft.by_batch and not draft.has("start"):
        msg = "missing, but required: the first day to monitor, or else predictions.batch."
        yield Problem(("start",), msg)


def _timestamp(draft: Draft) -> Iterator[Problem]:
    if draft.has("predictions", "timestamp"):
        return
    field = ("predictions", "timestamp")
    if draft.has("reference", "window"):
        msg = "missing, but required: reference.window selects the predictions by it."
        yield Problem(field, msg)
    elif not draft.by_batch:
        msg = "missing, but required: the column with the time, or else predictions.batch."
        yield Problem(field, msg)


def _positive_class(draft: Draft) -> Iterator[Problem]:
    task, given = draft.task(), draft.has("positive_class")
    if task is Task.BINARY and not given:
        msg = "missing, but required: the label that the score is the probability of, such as 1."
        yield Problem(("positive_class",), msg)
    if task not in {Task.BINARY, None} and given:
        yield Problem(("positive_class",), f"not used in {task}; remove it.")


def _score(draft: Draft) -> Iterator[Problem]:
    score, field = draft.get("predictions", "score"), ("predictions", "score")
    match draft.task():
        case Task.BINARY if isinstance(score, dict):
            msg = "expected one column, that of the positive class, got a mapping."
            yield Problem(field, msg)
        case Task.MULTICLASS if isinstance(score, str):
            msg = f"expected a mapping {{class: column, ...}} with every class, got {shown(score)}."
            yield Problem(field, msg)
        case Task.MULTICLASS if isinstance(score, dict) and len(score) < _FEWEST_CLASSES:
            msg = f"expected two classes or more, got {len(score)}."
            yield Problem(field, msg)
        case Task.REGRESSION if score is not None:
            msg = "not used in regression; name the column under predictions.prediction."
            yield Problem(field, msg)


def _answer(draft: Draft) -> Iterator[Problem]:
    if not draft.has("actuals") or draft.has("predictions", "prediction"):
        return
    if draft.task() is Task.REGRESSION:
        msg = "missing, but required: the column with the predicted value."
        yield Problem(("predictions", "prediction"), msg)
    elif draft.task() is not None and not draft.has("predictions", "score"):
        msg = "missing: actuals need a prediction to be compared with; name prediction or score."
        yield Problem(("predictions", "prediction"), msg)


def _reference_label(draft: Draft) -> Iterator[Problem]:
    given, field = draft.has("reference", "label"), ("reference", "label")
    if draft.has("reference", "table") and draft.has("actuals") and not given:
        msg = "missing, but required with actuals: the column of the reference with the label."
        yield Problem(field, msg)
    if draft.has("reference", "window") and not draft.has("reference", "table") and given:
        msg = "not used with reference.window, whose labels are the actuals; remove it."
        yield Problem(field, msg)


def _answers_differ(draft: Draft) -> Iterator[Problem]:
    used = {draft.text("predictions", "id"): "predictions.id"}
    prediction = draft.text("predictions", "prediction")
    answers: list[tuple[FieldPath, str]] = list(draft.scores())
    if prediction is not None:
        answers.insert(0, (("predictions", "prediction"), prediction))
    for field, column in answers:
        if column in used:
            msg = f"expected a column of its own, got {column!r}, which is {used[column]}."
            yield Problem(field, msg)
        used.setdefault(column, field_name(field))


def _features(draft: Draft) -> Iterator[Problem]:
    reserved = {
        column: field_name(field)
        for field, column in (
            *draft.named("predictions", "id", "timestamp", "batch", "prediction", "version"),
            *draft.named("actuals", "label"),
            *draft.named("reference", "label"),
            *draft.scores(),
        )
    }
    for field, column in draft.columns("features"):
        if column in reserved:
            msg = f"expected a feature, got {column!r}, which is {reserved[column]}; remove it."
            yield Problem(field, msg)
        reserved.setdefault(column, f"{field_name(field)} already")


def _ages(draft: Draft) -> Iterator[Problem]:
    listed = draft.get("features")
    for position, entry in enumerate(listed if isinstance(listed, list) else []):
        aged = isinstance(entry, dict) and entry.get("type") == FeatureType.AGE
        if aged and not draft.has("predictions", "timestamp"):
            msg = "an age is that at the time of the prediction; name predictions.timestamp."
            yield Problem(("features", position), msg)


def _segments(draft: Draft) -> Iterator[Problem]:
    reserved = {
        column: field_name(field)
        for field, column in (
            *draft.named("predictions", "id", "timestamp", "version"),
            *draft.scores(),
        )
    }
    for field, column in draft.columns("segments"):
        if column in reserved:
            msg = f"expected a segment, got {column!r}, which is {reserved[column]}; remove it."
            yield Problem(field, msg)
        reserved.setdefault(column, f"{field_name(field)} already")


def _shadow(draft: Draft) -> Iterator[Problem]:
    if not draft.has("predictions", "shadow"):
        return
    field = ("predictions", "shadow")
    if not draft.has("predictions", "version"):
        msg = "its rows are told apart by version; name the column predictions.version."
        yield Problem(field, msg)
    if not draft.has("actuals"):
        yield Problem(field, "versions are compared by their labels; add actuals, or remove it.")
    classes = draft.task() in {Task.BINARY, Task.MULTICLASS}
    if classes and not draft.has("predictions", "score"):
        yield Problem(field, "versions are compared by their scores; name predictions.score.")


_RULES: tuple[Callable[[Draft], Iterator[Problem]], ...] = (
    _span,
    _timestamp,
    _positive_class,
    _score,
    _answer,
    _reference_label,
    _answers_differ,
    _features,
    _ages,
    _segments,
    wrong_thresholds,
    _shadow,
    wrong_retraining,
)
