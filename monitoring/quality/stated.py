"""What the monitor file itself lets expect of a day: fresh predictions, and labels in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitoring.quality.expectation import Expectation, Parameter, Severity, Subject, draft
from monitoring.spec.model import ActualsSpec, Family, MonitorSpec
from monitoring.windows import format_duration

#: Clocks of two machines may differ by so many seconds, and rows come while they are validated.
CLOCKS = 300


def stated_suite(spec: MonitorSpec, classes: Sequence[str] = ()) -> list[Expectation]:
    """
    Return what *spec* states, reference or not; nothing where expectations are not generated.

    *classes* are the labels that there can be; without any, every label is known.
    """
    if not spec.quality.generate:
        return []

    return [*_past(spec), *_fresh(spec), *_labels(spec.actuals, classes)]


def _past(spec: MonitorSpec) -> Iterator[Expectation]:
    if spec.predictions.timestamp is None:
        return
    yield draft(
        "expect_column_values_to_be_between",
        spec.predictions.timestamp,
        {"max_value": Parameter.NOW.placeholder},
        family=Family.FRESHNESS,
        severity=Severity.CRITICAL,
        role="now",
        reason="A prediction of the future is a clock that is wrong, or another column.",
        bound=f"Up to the time of the run, and {CLOCKS / 60:.0f} minutes for clocks that differ.",
        evidence={"grace": CLOCKS},
    )


def _fresh(spec: MonitorSpec) -> Iterator[Expectation]:
    age = spec.quality.max_age
    if age is None or spec.predictions.timestamp is None:
        return
    yield draft(
        "expect_column_max_to_be_between",
        spec.predictions.timestamp,
        {"min_value": Parameter.FRESH_AFTER.placeholder},
        family=Family.FRESHNESS,
        severity=Severity.CRITICAL,
        reason="Predictions stopped, or stopped being written, before the day was over.",
        bound=f"At most {format_duration(age)} before the end of the day, or before the run while"
        " the day lasts: max_age of the monitor file.",
        evidence={"max_age": age.total_seconds()},
    )


def _labels(actuals: ActualsSpec | None, classes: Sequence[str]) -> Iterator[Expectation]:
    """Expect of the labels recorded on a day what joining them with predictions relies on."""
    if actuals is None or actuals.timestamp is None:
        return
    for name in (actuals.id, actuals.label):
        yield draft(
            "expect_column_values_to_not_be_null",
            name,
            {},
            family=Family.COMPLETENESS,
            subject=Subject.ACTUALS,
            role="actuals",
            reason="A label without an id, or an id without a label, tells of no prediction.",
            bound="No missing value.",
        )
    yield draft(
        "expect_compound_columns_to_be_unique",
        None,
        {"column_list": [actuals.id, actuals.timestamp]},
        family=Family.UNIQUENESS,
        subject=Subject.ACTUALS,
        role="actuals",
        reason="The latest label of a prediction counts; of two at one moment none is the latest.",
        bound="No id more than once at one moment.",
    )
    yield draft(
        "expect_column_values_to_be_between",
        actuals.timestamp,
        {"max_value": Parameter.NOW.placeholder},
        family=Family.FRESHNESS,
        subject=Subject.ACTUALS,
        role="actuals",
        reason="A label of the future is a clock that is wrong.",
        bound="Up to the time of the run.",
    )
    if classes:
        yield draft(
            "expect_column_values_to_be_in_set",
            actuals.label,
            {"value_set": list(classes)},
            family=Family.CATEGORIES,
            subject=Subject.ACTUALS,
            role="actuals",
            reason="A label that the reference does not know counts as a wrong prediction.",
            bound="The classes of the reference.",
        )
