"""Counting the rows of a multiclass classifier."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from monitoring.errors import LayoutError
from monitoring.profile.outcomes.count_multiclass import multiclass_layout, multiclass_outcomes

REFERENCE = pa.table(
    {
        "score:a": [0.7, 0.1, 0.2, 0.5],
        "score:b": [0.2, 0.8, 0.2, 0.3],
        "score:c": [0.1, 0.1, 0.6, 0.2],
        "prediction": ["a", "b", "c", "a"],
        "label": ["a", "b", "c", "b"],
    }
)
LAYOUT = multiclass_layout(REFERENCE)


class TestMulticlassLayout:
    """Tests of multiclass layout."""

    def test_classes(self) -> None:
        """
        The classes are those of labels, predictions and score columns together.
        """
        table = pa.table({"score:10": [0.5], "score:9": [0.5], "label": [8]})

        assert ("8", "9", "10") == multiclass_layout(table).classes

    def test_nothing(self) -> None:
        """
        A reference without any class is refused.
        """
        with pytest.raises(LayoutError, match="no label"):
            multiclass_layout(pa.table({"amount": [1.0]}))


class TestMulticlassOutcomes:
    """Tests of multiclass outcomes."""

    def test_confusion(self) -> None:
        """
        Rows are counted by label (rows) and prediction (columns).
        """
        outcomes = multiclass_outcomes(REFERENCE, LAYOUT)

        assert [[1, 0, 0], [1, 1, 0], [0, 0, 1]] == outcomes.confusion[:3, :3].tolist()
        assert (4, 4) == (outcomes.rows, outcomes.labelled)

    def test_likeliest_class(self) -> None:
        """
        Without a prediction column the class with the highest score is the prediction.
        """
        with_column = multiclass_outcomes(REFERENCE, LAYOUT)
        without = multiclass_outcomes(REFERENCE.drop_columns("prediction"), LAYOUT)

        np.testing.assert_array_equal(with_column.confusion, without.confusion)

    def test_new_class(self) -> None:
        """
        A label that the reference never had is known, and no prediction of it is right.
        """
        outcomes = multiclass_outcomes(pa.table({"prediction": ["a"], "label": ["z"]}), LAYOUT)

        assert (1, 1) == (outcomes.labelled, outcomes.unknown_labels)
        assert 0 == np.trace(outcomes.confusion[:3, :3])

    def test_one_bad_score(self) -> None:
        """
        One score that is no probability makes the whole row's scores unusable.
        """
        table = REFERENCE.slice(0, 1).set_column(1, "score:b", pa.array([np.inf]))
        outcomes = multiclass_outcomes(table, LAYOUT)

        assert [1, 1, 1] == [part.invalid_scores for part in outcomes.parts]

    def test_class_without_score_column(self) -> None:
        """
        A class without a score column leaves the others as they are.
        """
        layout = multiclass_layout(REFERENCE.drop_columns("score:c"))
        outcomes = multiclass_outcomes(REFERENCE.drop_columns("score:c"), layout)

        assert [4, 4, 0] == [int(part.scored_cells.sum()) for part in outcomes.parts]

    def test_resampled(self) -> None:
        """
        In a resample the parts agree with the confusion matrix.
        """
        outcomes = multiclass_outcomes(pa.concat_tables([REFERENCE] * 50), LAYOUT)
        drawn = outcomes.resampled(300, np.random.default_rng(0))

        assert 300 == drawn.rows
        assert [300] * 3 == [part.rows for part in drawn.parts]
        assert [drawn.confusion[at, at] for at in range(3)] == [
            part.decisions[1, 1] for part in drawn.parts
        ]
