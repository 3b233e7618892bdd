"""What was left out of a partition, as rows of the results table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitoring.measures.judging import Stamp, WindowKey, recorded
from monitoring.profile.excluding import Reason
from monitoring.profile.outcomes.binary import MISSING, BinaryLayout, BinaryOutcomes
from monitoring.profile.outcomes.multiclass import MulticlassLayout
from monitoring.profile.outcomes.outcomes import OutcomeLayout, Outcomes
from monitoring.profile.outcomes.regression import RegressionOutcomes
from monitoring.results import Measure, Measurement, Verdict
from monitoring.thresholds.threshold import Threshold

#: The metric under which rows are counted that no other number is made of.
EXCLUDED_ROWS = "excluded_rows"

_NONE = Threshold(low=None, high=0.0, source="fixed")

_WORDS = {
    Reason.DUPLICATE_ID: "copies of rows with the same id; each is counted once",
    Reason.CONFLICTING_ID: "rows that share an id and contradict each other",
    Reason.UNREADABLE_VALUE: "rows with values that are not of their column's type",
    Reason.MISSING_TIMESTAMP: "predictions without a time, which belong to no day",
    Reason.FUTURE_TIMESTAMP: "predictions dated more than a year ahead",
    Reason.MISSING_SCORE: "predictions without a score",
    Reason.INVALID_SCORE: "scores that are infinite or not between 0 and 1",
    Reason.MISSING_PREDICTION: "rows without a prediction",
    Reason.INVALID_PREDICTION: "infinite predictions",
    Reason.UNKNOWN_PREDICTION: "predictions of a class that the reference lacks",
    Reason.UNKNOWN_LABEL: "labels of a class that the reference lacks",
    Reason.UNREADABLE_LABEL: "labels that are not of their column's type",
    Reason.INVALID_LABEL: "infinite labels",
    Reason.CONFLICTING_LABEL: "predictions whose latest labels contradict each other",
    Reason.LABEL_BEFORE_PREDICTION: "labels recorded before their prediction was made",
    Reason.MISSING_LABEL_TIME: "labels of which no time of recording is known",
    Reason.FUTURE_LABEL_TIME: "labels that were recorded more than a year ahead",
    Reason.ORPHAN_LABEL: "labels of this day or batch that belong to no prediction",
}


@dataclass(frozen=True, slots=True)
class Exclusions:
    """What was left out of one partition: counts by reason, and details such as the ids."""

    rows: int
    counts: Mapping[Reason, int]
    details: Mapping[Reason, str]


def exclusion_measurements(
    found: Mapping[WindowKey, Exclusions], *, stamp: Stamp
) -> list[Measurement]:
    """
    Return one row for each reason for which rows were left out: column is the reason.

    *rows* is how many there are with those that were left out. Nothing is said of what did not
    happen.
    """
    return [
        recorded(
            Measure(
                column=reason.value,
                metric=EXCLUDED_ROWS,
                value=float(count),
                rows=exclusions.rows,
                reason=_reason(reason, exclusions),
            ),
            window,
            stamp,
            threshold=_NONE,
            verdict=Verdict.WARNING,
        )
        for window, exclusions in found.items()
        for reason, count in sorted(exclusions.counts.items())
        if count
    ]


def unusable(outcomes: Outcomes, *, missing: int) -> dict[Reason, int]:
    """
    Return the values that *outcomes* has met and could not count.

    Of the rows without a usable prediction, *missing* have none at all.
    """
    if isinstance(outcomes, RegressionOutcomes):
        return {
            Reason.INVALID_LABEL: outcomes.invalid_labels,
            Reason.INVALID_PREDICTION: outcomes.invalid_predictions,
        }

    # A multiclass model that meets a new class is wrong, and its row counts as that.
    if isinstance(outcomes, BinaryOutcomes):
        unusable_predictions = int(outcomes.totals[:, MISSING].sum())
        return {
            Reason.UNKNOWN_LABEL: outcomes.unknown_labels,
            Reason.UNKNOWN_PREDICTION: max(unusable_predictions - missing, 0),
        }

    return {}


def is_scored(layout: OutcomeLayout) -> bool:
    """Return whether the reference had scores, so that a row without one is a row that failed."""
    match layout:
        case BinaryLayout():
            return layout.scored
        case MulticlassLayout():
            return any(part.scored for part in layout.parts)

    return False


def _reason(reason: Reason, exclusions: Exclusions) -> str:
    detail = exclusions.details.get(reason)

    return f"{_WORDS[reason]} ({detail})" if detail else _WORDS[reason]
