"""Tests of what is normal for a model, and of what follows from it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from monitoring.errors import MonitorError
from monitoring.profile.layout import TableLayout
from monitoring.profile.outcomes.outcomes import outcome_layout, outcomes_of
from monitoring.profile.table import TableProfile
from monitoring.reference import Reference, decode_segments, encode_segments
from monitoring.spec.model import FeatureType, Task
from monitoring.thresholds.book import ThresholdBook

GENERATOR = np.random.default_rng(3)
SCORES = GENERATOR.random(2000)
ROWS = pa.table(
    {
        "age": pa.array(GENERATOR.normal(40.0, 10.0, 2000)),
        "score": pa.array(SCORES),
        "prediction": pa.array(SCORES >= 0.5),
        "label": pa.array(GENERATOR.random(2000) < SCORES),
    }
)


def reference(task: Task | None) -> Reference:
    """Return a reference of ROWS; without *task*, one without labels."""
    rows = ROWS
    if task is Task.REGRESSION:
        ages = ROWS["age"].combine_chunks()
        rows = pa.table({"prediction": ages, "label": ages, "age": ages})
    layout = TableLayout.of(rows, {"age": FeatureType.NUMERIC})
    answers = None
    if task is not None:
        positive = True if task is Task.BINARY else None
        answers = outcome_layout(task, rows, positive_class=positive)
    return Reference(
        layout=layout,
        profile=TableProfile.of(rows, layout),
        outcome_layout=answers,
        outcomes=None if answers is None else outcomes_of(rows, answers),
        thresholds=ThresholdBook({}),
        segments={},
        suite=(),
    )


class TestReference:
    """Tests of the measures that a reference gives."""

    def test_fingerprint(self) -> None:
        """The name is that of both layouts, and the same for the same rows."""
        labelled, bare = reference(Task.BINARY), reference(None)

        assert labelled.fingerprint == reference(Task.BINARY).fingerprint
        assert bare.fingerprint == bare.layout.fingerprint
        assert labelled.fingerprint == (
            f"{bare.fingerprint}{labelled.labelled_layout().fingerprint}"
        )

    def test_without_labels(self) -> None:
        """A reference without labels says what is missing."""
        with pytest.raises(MonitorError, match=r"has no labels: name reference\.label"):
            reference(None).labelled_layout()

    def test_drift_of_itself(self) -> None:
        """The reference has not drifted from itself."""
        normal = reference(Task.BINARY)
        values = {
            measure.metric: measure.value
            for measure in normal.drift(normal.profile)
            if measure.column == "age"
        }

        assert 0.0 == values["psi"] == values["ks_statistic"]
        assert 0.0 == values["missing_fraction"]
        assert values["mean"] == pytest.approx(np.mean(ROWS["age"].to_numpy()))

    def test_estimate(self) -> None:
        """The estimate needs no label, and the last row says how far it is from the truth."""
        normal = reference(Task.BINARY)
        assert normal.outcomes is not None
        unlabelled = outcomes_of(ROWS.drop_columns(["label"]), normal.labelled_layout())

        estimates = {row.metric: row.value for row in normal.estimated_performance(unlabelled)}
        realised = {row.metric: row.value for row in normal.performance(normal.outcomes)}
        assert estimates["estimated_accuracy"] == pytest.approx(realised["accuracy"], abs=0.03)

    def test_regression_has_no_estimate(self) -> None:
        """Without scores there is nothing to estimate from; the realised error is there."""
        normal = reference(Task.REGRESSION)
        assert normal.outcomes is not None

        assert [] == normal.estimated_performance(normal.outcomes)
        assert [0.0] == [m.value for m in normal.performance(normal.outcomes) if m.metric == "mae"]


class TestSegments:
    """Tests of the known values of segment columns as text."""

    def test_round_trip(self) -> None:
        """Columns and values come back, of any script and in any order."""
        segments = {"carrier": frozenset({"UA", "AA", ""}), "Stadt": frozenset({"Köln", '"x"'})}

        assert segments == decode_segments(encode_segments(segments))
        assert encode_segments({"a": frozenset("xyz")}) == encode_segments({"a": frozenset("zyx")})
