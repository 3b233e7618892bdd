"""The reference of a model: what is normal, and everything that follows from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from monitoring.errors import MonitorError
from monitoring.measures.drift import drift_measures
from monitoring.measures.estimation import estimated_measures
from monitoring.measures.multivariate import multivariate_measures
from monitoring.measures.performance import performance_measures
from monitoring.measures.summary import summary_measures
from monitoring.profile.layout import TableLayout
from monitoring.profile.outcomes.outcomes import OutcomeLayout, Outcomes
from monitoring.profile.outcomes.regression import RegressionOutcomes
from monitoring.profile.table import TableProfile
from monitoring.quality.expectation import Expectation
from monitoring.results import Measure
from monitoring.thresholds.book import ThresholdBook


@dataclass(frozen=True, slots=True)
class Reference:
    """
    What is normal for one model.

    *segments* holds the values of each segment column that have rows of their own. The outcome
    parts are ``None`` for a monitor without actuals.
    """

    layout: TableLayout
    profile: TableProfile
    outcome_layout: OutcomeLayout | None
    outcomes: Outcomes | None
    thresholds: ThresholdBook
    segments: Mapping[str, frozenset[str]]
    suite: tuple[Expectation, ...]

    @property
    def fingerprint(self) -> str:
        """The name of this reference: that of its layouts."""
        outcomes = self.outcome_layout.fingerprint if self.outcome_layout is not None else ""

        return f"{self.layout.fingerprint}{outcomes}"

    def labelled_layout(self) -> OutcomeLayout:
        """
        Return the layout of the outcomes.

        Raises:
            MonitorError: when the reference has none.
        """
        if self.outcome_layout is None:
            msg = "The reference has no labels: name reference.label in the monitor file."
            raise MonitorError(msg)

        return self.outcome_layout

    def drift(self, current: TableProfile) -> list[Measure]:
        """Return how *current* looks, and how far it is from this reference."""
        return table_measures(self.profile, current)

    def performance(self, current: Outcomes) -> list[Measure]:
        """Return how well the model did on *current*."""
        return performance_measures(current)

    def estimated_performance(self, current: Outcomes) -> list[Measure]:
        """
        Return how well the model should do on *current*, whatever its labels say.

        Regressions have no scores to estimate from.
        """
        if self.outcomes is None or isinstance(self.outcomes, RegressionOutcomes):
            return []
        if isinstance(current, RegressionOutcomes):
            return []

        return estimated_measures(self.outcomes, current)


def table_measures(
    reference: TableProfile, current: TableProfile, *, bounded: bool = True
) -> list[Measure]:
    """
    Return how *current* looks, and how far it is from *reference*, by column and as a whole.

    Numbers have intervals if they are to be *bounded*: thresholds are learnt without.
    """
    return [
        *summary_measures(current, bounded=bounded),
        *drift_measures(reference, current, bounded=bounded),
        *multivariate_measures(reference, current),
    ]


def encode_segments(segments: Mapping[str, frozenset[str]]) -> str:
    """Return the known values of the segment columns as JSON text."""
    return json.dumps({column: sorted(values) for column, values in segments.items()})


def decode_segments(text: str) -> dict[str, frozenset[str]]:
    """Read what :func:`encode_segments` wrote."""
    return {column: frozenset(values) for column, values in json.loads(text).items()}
