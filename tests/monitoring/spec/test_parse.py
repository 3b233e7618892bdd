"""monitoring.spec.parse: every mistake of a monitor file is one line, all told together."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.errors import MonitorSpecError
from monitoring.spec.model import FeatureSpec, FeatureType, MonitorSpec, Task
from monitoring.spec.parse import parse_monitor, read_monitor


def problems(text: str) -> list[str]:
    """Return the lines that are told of the monitor file *text*."""
    with pytest.raises(MonitorSpecError) as raised:
        parse_monitor(text, source="churn.yaml")

    return list(raised.value.problems)


class TestParseMonitor:
    """Text becomes a MonitorSpec, or everything that is wrong with it."""

    def test_valid(self, churn_file: str) -> None:
        """
        A valid file becomes its model, with defaults for what it leaves out.
        """
        spec = parse_monitor(churn_file, source="churn.yaml")

        assert (spec.model, spec.task, spec.start) == ("churn", Task.BINARY, date(2026, 1, 1))
        assert spec.features == ["age", FeatureSpec(name="plan", type=FeatureType.CATEGORICAL)]
        assert spec.actuals is not None
        assert timedelta(days=3) == spec.actuals.delay
        assert [timedelta(days=1), timedelta(days=7)] == spec.windows.drift
        assert not spec.by_batch

    def test_all_together(self, churn_file: str) -> None:
        """
        All mistakes are told at once, in the order of the file, whatever found them.
        """
        text = (
            churn_file.replace("start: 2026-01-01\n", "")
            .replace("3d", "3 days")
            .replace("thresholds: {}", "treshold: {}\nmodel: churn2\nthresholds: {mae: {high: 1}}")
        )

        assert [
            (
                "churn.yaml:1: start: missing, but required: the first day to monitor, or else "
                "predictions.batch."
            ),
            (
                "churn.yaml:14: actuals.delay: expected a duration such as 12h, 3d or 2w, "
                "got '3 days'."
            ),
            "churn.yaml:22: treshold: unknown key; did you mean thresholds?",
            "churn.yaml:23: model: stands twice, in line 1 too; keep one of them.",
        ] == problems(text)[:4]
        assert problems(text)[4].startswith("churn.yaml:24: thresholds.mae: not computed for")

    def test_wrong_part(self) -> None:
        """
        A part of the wrong shape is told once, without the rules that it would break inside.
        """
        text = (
            "model: a\ntask: regression\nstart: 2026-01-01\npredictions: x\nreference: {table: t}"
        )

        assert [
            (
                "churn.yaml:4: predictions: expected a mapping with table, id, timestamp, "
                "timestamp_unit, timezone, prediction, score, version, batch, shadow, got 'x'."
            )
        ] == problems(text)

    def test_one_line_each(self) -> None:
        """
        Nothing that a file or its name contains breaks a line or reaches the terminal raw.
        """
        with pytest.raises(MonitorSpecError) as raised:
            parse_monitor('"a\\nb\\e[31m": 1\nmodel: "x\\ny"', source="a\nb.yaml")

        assert all(line.isprintable() for line in raised.value.problems)
        assert any(
            line.startswith("a\\nb.yaml:1: a\\nb\\x1b[31m: unknown key;")
            for line in raised.value.problems
        )

    def test_classes_that_are_numbers(self, churn_file: str) -> None:
        """
        Classes are written as they are: the keys of the scores may be numbers.
        """
        text = churn_file.replace("  score: probability", "  score: {0: p0, 1: p1}")
        text = text.replace("binary", "multiclass").replace("positive_class: 1\n", "")

        assert parse_monitor(text, source="churn.yaml").predictions.score == {"0": "p0", "1": "p1"}

    def test_by_batch(self) -> None:
        """
        A monitor by batch, as JSON: no start, no timestamps, no time of the label.
        """
        spec = parse_monitor(
            json.dumps(
                {
                    "model": "car_loan",
                    "task": "binary_classification",
                    "predictions": {
                        "table": "../data/predictions.parquet",
                        "id": "prediction_id",
                        "prediction": "y_pred",
                        "batch": "batch_id",
                        "score": "y_pred_proba",
                    },
                    "actuals": {
                        "table": "../data/actuals.parquet",
                        "id": "prediction_id",
                        "label": "label",
                    },
                    "reference": {"table": "../data/reference.parquet", "label": "label"},
                    "features": [{"name": "car_value", "type": "numeric"}],
                    "positive_class": 1,
                },
                indent=1,
            ),
            source="car_loan.yaml",
        )

        assert spec.by_batch
        assert spec.start is None

    @given(st.text(max_size=200))
    def test_any_text(self, text: str) -> None:
        """
        Whatever the text, the answer is a model or problems, never another exception.
        """
        try:
            assert isinstance(parse_monitor(text, source="churn.yaml"), MonitorSpec)
        except MonitorSpecError as error:
            assert all(line.startswith("churn.yaml:") for line in error.problems)  # noqa: PT017

    @given(
        st.integers(0, 22),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(max_size=9), inner, max_size=3)
            ),
            max_leaves=6,
        ),
    )
    def test_any_value(self, churn_file: str, line: int, value: object) -> None:
        """
        Whatever value stands at a key, the answer is a model or problems.
        """
        lines = churn_file.splitlines()
        key = lines[line].partition(":")[0]
        text = "\n".join([*lines[:line], f"{key}: {json.dumps(value)}", *lines[line + 1 :]])

        try:
            parse_monitor(text, source="churn.yaml")
        except MonitorSpecError as error:
            assert all(line.isprintable() for line in error.problems)  # noqa: PT017


class TestReadMonitor:
    """The lines of the fields are kept for what is found wrong later."""

    def test_lines(self, churn_file: str) -> None:
        """
        A field that the file has is on its line, another one on that of its part.
        """
        source = read_monitor(churn_file, source="churn.yaml").source

        assert source.line(("features", 1)) == 21
        assert source.line(("predictions", "batch")) == 4
