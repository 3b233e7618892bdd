"""Tests of the drift of labels."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy.spatial import distance

from monitoring.measures.label_drift import LABEL_DRIFT, label_counts, label_drift
from monitoring.profile.outcomes.outcomes import (
    Outcomes,
    empty_outcomes,
    outcome_layout,
    outcomes_of,
)
from monitoring.results import Measure
from monitoring.spec.model import Task

CLASSES = ["a", "b", "c"]


def outcomes(task: Task, reference: pa.Table, rows: pa.Table) -> tuple[Outcomes, Outcomes]:
    """Return the outcomes of both tables, by the layout of the first."""
    layout = outcome_layout(task, reference, positive_class=1 if task is Task.BINARY else None)

    return outcomes_of(reference, layout), outcomes_of(rows, layout)


def found(measures: list[Measure]) -> dict[str, float | None]:
    """Return the values by metric."""
    return {each.metric: each.value for each in measures}


class TestLabelDrift:
    """Prior shift, of each task."""

    def test_binary(self) -> None:
        """Over the two classes; a row without a label takes no part."""
        before = pa.table({"score": [0.5] * 10, "label": [1] * 2 + [0] * 8})
        after = pa.table({"score": [0.5] * 11, "label": [1] * 5 + [0] * 5 + [None]})
        measures = label_drift(*outcomes(Task.BINARY, before, after), column="late")

        # (0.5 - 0.2) ln(0.5 / 0.2) + (0.5 - 0.8) ln(0.5 / 0.8)
        expected = 0.3 * np.log(2.5) - 0.3 * np.log(0.625)
        assert found(measures)["psi"] == pytest.approx(expected, rel=1e-9)
        assert found(measures)["l_infinity"] == pytest.approx(0.3)
        assert {("late", 10)} == {(each.column, each.rows) for each in measures}

    def test_multiclass(self) -> None:
        """Over all classes; one that the reference never had counts too."""
        before = pa.table({"prediction": CLASSES * 10, "label": CLASSES * 10})
        after = pa.table({"prediction": ["a"] * 20, "label": ["a"] * 15 + ["d"] * 5})
        ours, theirs = outcomes(Task.MULTICLASS, before, after)

        counts = label_counts(ours), label_counts(theirs)
        assert ([10, 10, 10, 0], [15, 0, 0, 5]) == tuple(each.tolist() for each in counts)
        measures = found(label_drift(ours, theirs, column="kind"))
        assert measures["l_infinity"] == pytest.approx(
            distance.chebyshev([1 / 3, 1 / 3, 1 / 3, 0], [0.75, 0, 0, 0.25])
        )

    def test_regression(self) -> None:
        """Labels that move are seen, also where the errors stay as they were."""
        random = np.random.default_rng(3)
        values = random.normal(size=(2, 5_000))
        before = pa.table({"prediction": values[0], "label": values[0]})
        still = pa.table({"prediction": values[1], "label": values[1]})
        moved = pa.table({"prediction": values[1] + 5, "label": values[1] + 5})

        stays = found(label_drift(*outcomes(Task.REGRESSION, before, still), column="fare"))
        moves = found(label_drift(*outcomes(Task.REGRESSION, before, moved), column="fare"))
        assert (stays["psi"] or 0) < 0.01
        assert (moves["psi"] or 0) > 1

    def test_no_labels(self) -> None:
        """Without labels it is undefined, and says so."""
        rows = pa.table({"prediction": [1.0, 2.0], "label": [1.0, 2.0]})
        layout = outcome_layout(Task.REGRESSION, rows, positive_class=None)
        known, none = outcomes_of(rows, layout), empty_outcomes(layout)

        assert {"no labels"} == {each.reason for each in label_drift(known, none, column="y")}
        (first, second) = label_drift(none, known, column="y")
        assert "no labels in the reference" == first.reason
        assert LABEL_DRIFT == (first.metric, second.metric)
