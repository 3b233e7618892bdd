"""Tests of the rows of the results table that say what was left out."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa

from monitoring.measures.exclusions import (
    EXCLUDED_ROWS,
    Exclusions,
    exclusion_measurements,
    is_scored,
    unusable,
)
from monitoring.measures.judging import Stamp, WindowKey
from monitoring.profile.excluding import Reason
from monitoring.profile.outcomes.outcomes import outcome_layout, outcomes_of
from monitoring.results import Verdict
from monitoring.spec.model import Task

STAMP = Stamp("churn", datetime(2026, 3, 2, tzinfo=UTC), "run")
DAY = WindowKey("1d", "2026-03-01", "2026-03-02", ("2026-03-01",))


class TestExclusionMeasurements:
    """One row for each reason."""

    def test_rows(self) -> None:
        """
        The reason is the column, and any number of rows is a warning; none is not mentioned.
        """
        counts = {Reason.ORPHAN_LABEL: 3, Reason.CONFLICTING_ID: 2, Reason.DUPLICATE_ID: 0}
        details = {Reason.CONFLICTING_ID: "1 ids, such as 'a'"}

        rows = exclusion_measurements({DAY: Exclusions(100, counts, details)}, stamp=STAMP)

        assert [
            ("conflicting_id", EXCLUDED_ROWS, 2.0, 100, Verdict.WARNING),
            ("orphan_label", EXCLUDED_ROWS, 3.0, 100, Verdict.WARNING),
        ] == [(row.column, row.metric, row.value, row.rows, row.verdict) for row in rows]
        assert "such as 'a'" in (rows[0].reason or "")


class TestOutcomes:
    """What outcomes say of the rows that they could not use."""

    def test_binary(self) -> None:
        """
        A label of a third class is no label of a binary classifier.
        """
        layout = outcome_layout(
            Task.BINARY, pa.table({"score": [0.1, 0.9], "label": [0, 1]}), positive_class=1
        )
        rows = {"score": [0.5] * 3, "label": ["1", "perhaps", "0"], "prediction": [7, 1, None]}
        found = outcomes_of(pa.table(rows), layout)

        assert {Reason.UNKNOWN_LABEL: 1, Reason.UNKNOWN_PREDICTION: 1} == unusable(found, missing=1)
        assert is_scored(layout)

    def test_regression(self) -> None:
        """
        Infinite values are no values; a regression has no scores.
        """
        layout = outcome_layout(
            Task.REGRESSION,
            pa.table({"prediction": [1.0, 2.0], "label": [1.0, 2.5]}),
            positive_class=None,
        )
        rows = pa.table({"prediction": [1.0, float("inf")], "label": [float("-inf"), 1.0]})

        assert {Reason.INVALID_LABEL: 1, Reason.INVALID_PREDICTION: 1} == unusable(
            outcomes_of(rows, layout), missing=0
        )
        assert not is_scored(layout)
