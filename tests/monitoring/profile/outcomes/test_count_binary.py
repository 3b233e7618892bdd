"""Counting the rows of a binary classifier."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from monitoring.errors import LayoutError
from monitoring.profile.outcomes.count_binary import binary_layout, binary_outcomes
from monitoring.spec.model import Label

REFERENCE = pa.table(
    {"score": [0.1, 0.2, 0.4, 0.7], "prediction": [0, 0, 1, 1], "label": [0, 1, 0, 1]}
)
LAYOUT = binary_layout(REFERENCE, positive_class=1)


class TestBinaryLayout:
    """Tests of binary layout."""

    @pytest.mark.parametrize("positive_class", [1, 1.0, True, "1", None])
    def test_positive_class(self, positive_class: Label | None) -> None:
        """
        The positive class may be written in any type; 1 is positive when nothing is said.
        """
        layout = binary_layout(REFERENCE, positive_class=positive_class)

        assert ("1", "0") == (layout.positive, layout.negative)

    def test_names(self) -> None:
        """
        Classes may be names.
        """
        layout = binary_layout(pa.table({"label": ["stay", "churn"]}), positive_class="churn")

        assert ("churn", "stay") == (layout.positive, layout.negative)

    def test_undecidable(self) -> None:
        """
        Of two names none is positive by itself: the message asks for it.
        """
        with pytest.raises(LayoutError, match=r"churn, stay: set positive_class"):
            binary_layout(pa.table({"label": ["stay", "churn"]}), positive_class=None)

    def test_three_classes(self) -> None:
        """
        A third class is refused, with the way out.
        """
        with pytest.raises(LayoutError, match="multiclass_classification"):
            binary_layout(pa.table({"label": [0, 1, 2]}), positive_class=1)

    def test_decision_threshold(self) -> None:
        """
        The threshold that the predictions follow is an edge of the score bins.
        """
        assert 0.4 in LAYOUT.bins.edges

    def test_unlabelled_reference(self) -> None:
        """
        A reference without labels still fixes bins; 1 is positive, the other class is open.
        """
        layout = binary_layout(pa.table({"score": [0.2, 0.3]}), positive_class=None)

        assert ("1", None, True) == (layout.positive, layout.negative, layout.scored)

    def test_fingerprint(self) -> None:
        """
        The fingerprint follows the content, not the object.
        """
        other = binary_layout(REFERENCE.slice(0, 3), positive_class=1)

        assert LAYOUT.fingerprint == binary_layout(REFERENCE, positive_class="1").fingerprint
        assert LAYOUT.fingerprint != other.fingerprint


class TestBinaryOutcomes:
    """Tests of binary outcomes."""

    def test_counts(self) -> None:
        """
        Rows are counted by label and prediction; a null label is not known yet.
        """
        outcomes = binary_outcomes(
            pa.table(
                {
                    "score": [0.1, 0.2, 0.6, 0.9, 0.3],
                    "prediction": [0, 0, 1, 1, 0],
                    "label": [0, 1, 0, 1, None],
                }
            ),
            LAYOUT,
        )

        assert (5, 4) == (outcomes.rows, outcomes.labelled)
        assert [[1, 1], [1, 1]] == outcomes.decisions.tolist()

    def test_invalid_scores(self) -> None:
        """
        Scores that are no probabilities are counted and left out of all sums, never clipped.
        """
        outcomes = binary_outcomes(
            pa.table({"score": [0.5, None, np.nan, np.inf, -0.1, 1.5], "label": [1] * 6}), LAYOUT
        )

        assert (6, 2, 3) == (outcomes.rows, outcomes.missing_scores, outcomes.invalid_scores)
        assert 1 == outcomes.scored_cells.sum()
        assert 0.5 == outcomes.score_sums.sum()

    def test_without_predictions(self) -> None:
        """
        Without a prediction column a score of one half or more is a positive prediction.
        """
        outcomes = binary_outcomes(
            pa.table({"score": [0.49, 0.5, None], "label": [0, 1, 1]}), LAYOUT
        )

        assert [[1, 0], [0, 1]] == outcomes.decisions.tolist()

    def test_null_prediction(self) -> None:
        """
        A null prediction is not replaced by a guess.
        """
        outcomes = binary_outcomes(
            pa.table({"score": [0.9], "prediction": pa.array([None], pa.int64()), "label": [1]}),
            LAYOUT,
        )

        assert 0 == outcomes.decisions.sum()
        assert 1 == outcomes.labelled

    def test_unknown_labels(self) -> None:
        """
        A label that is neither class cannot be judged: it counts as unknown, not as negative.
        """
        outcomes = binary_outcomes(pa.table({"score": [0.5, 0.5], "label": [2, 1]}), LAYOUT)

        assert (2, 1, 1) == (outcomes.rows, outcomes.labelled, outcomes.unknown_labels)

    @pytest.mark.parametrize(
        "labels", [["1", "0"], [True, False], [1.0, 0.0], ["true", "false"]], ids=str
    )
    def test_label_types(self, labels: list[object]) -> None:
        """
        Labels match those of the reference in whatever type they come.
        """
        outcomes = binary_outcomes(pa.table({"prediction": [1, 0], "label": labels}), LAYOUT)

        assert [[1, 0], [0, 1]] == outcomes.decisions.tolist()

    def test_resampled(self) -> None:
        """
        A resample has the asked number of rows, and the sums of its own cells.
        """
        generator = np.random.default_rng(0)
        scores = generator.random(20_000)
        labels = generator.random(20_000) < scores
        layout = binary_layout(pa.table({"score": scores, "label": labels}), positive_class=1)
        whole = binary_outcomes(pa.table({"score": scores, "label": labels}), layout)
        drawn = whole.resampled(5_000, generator)

        assert 5_000 == drawn.rows
        # Brier score and log loss of a calibrated uniform score: 1/6 and 1/2.
        np.testing.assert_allclose(
            [1 / 6, 1 / 2], drawn.losses.sum(axis=(0, 1))[1:] / 5_000, rtol=0.05
        )

    def test_row_losses_add_up(self) -> None:
        """
        The losses of single rows, spread over the bins, add up to what was summed exactly.
        """
        generator = np.random.default_rng(1)
        table = pa.table({"score": generator.random(500), "label": generator.random(500) < 0.3})
        outcomes = binary_outcomes(table, LAYOUT)
        counts = outcomes.scored_cells[:, :2].sum(axis=2)

        np.testing.assert_allclose(
            outcomes.losses.sum(axis=0), (counts[:, :, None] * outcomes.row_losses).sum(axis=0)
        )
