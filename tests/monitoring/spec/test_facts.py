"""monitoring.spec.facts: what queries found out, in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from monitoring.spec.facts import (
    TableFacts,
    actual_problems,
    prediction_problems,
    reference_problems,
)
from monitoring.spec.model import MonitorSpec, ReferenceSpec
from monitoring.spec.problems import Problem

NOW = datetime(2026, 3, 1, 6, tzinfo=UTC)


def monitor(**changes: object) -> MonitorSpec:
    """Return a monitor of January 2026 with *changes*."""
    return MonitorSpec.model_validate(
        {
            "model": "churn",
            "task": "binary_classification",
            "start": "2026-01-01",
            "end": "2026-01-31",
            "predictions": {"table": "p", "id": "id", "timestamp": "at", "score": "score"},
            "positive_class": 1,
            "actuals": {"table": "a", "id": "id", "label": "churned", "timestamp": "recorded"},
            "reference": {"table": "r", "label": "truth"},
        }
        | changes
    )


def lines(problems: Iterable[Problem]) -> list[str]:
    """Return *problems* as text."""
    return [str(problem) for problem in problems]


WINDOW = ReferenceSpec.model_validate({"window": {"start": "2025-11-01", "end": "2025-12-01"}})

REFERENCE: dict[str, tuple[dict[str, object], TableFacts, list[str]]] = {
    "unknown": ({}, TableFacts(), []),
    "in order": ({}, TableFacts(rows=9, labelled_rows=9, labels=(0, 1)), []),
    "labels as floats": ({}, TableFacts(rows=9, labelled_rows=9, labels=(0.0, 1.0)), []),
    "empty": (
        {},
        TableFacts(rows=0),
        ["reference.table: r has no rows, so nothing is known to be normal; fill it."],
    ),
    "empty window": (
        {"reference": WINDOW},
        TableFacts(rows=0),
        [
            (
                "reference.window: r has no rows from 2025-11-01 to before 2025-12-01; name days "
                "that have predictions."
            )
        ],
    ),
    "unlabelled": (
        {},
        TableFacts(rows=1200, labelled_rows=0),
        ["reference.label: none of the 1,200 rows of r has a label; name the right column."],
    ),
    "unlabelled without actuals": (
        {"actuals": None},
        TableFacts(rows=1200, labelled_rows=0),
        [],
    ),
    "other labels": (
        {},
        TableFacts(rows=9, labelled_rows=9, labels=("no", "yes")),
        ["positive_class: 1 is none of the labels in r: 'no', 'yes'."],
    ),
    "labels as texts": ({}, TableFacts(rows=9, labelled_rows=9, labels=("1", "0")), []),
    "one class": (
        {},
        TableFacts(rows=9, labelled_rows=9, labels=(1,)),
        ["reference.label: all labels in r are 1; a reference needs rows of every class."],
    ),
    "class without a score": (
        {
            "task": "multiclass_classification",
            "predictions": {"table": "p", "id": "id", "score": {"a": "pa", "b": "pb"}},
        },
        TableFacts(rows=9, labelled_rows=9, labels=("a", "b", "c")),
        ["predictions.score: no column for 'c', which r has as label."],
    ),
    "classes as floats": (
        {
            "task": "multiclass_classification",
            "predictions": {"table": "p", "id": "id", "score": {"0": "p0", "1": "p1", "true": "t"}},
        },
        TableFacts(rows=9, labelled_rows=9, labels=(0.0, 1.0, True)),
        [],
    ),
    "regression": ({"task": "regression"}, TableFacts(rows=9, labels=(0.5,)), []),
}

PREDICTIONS: dict[str, tuple[dict[str, object], TableFacts, list[str]]] = {
    "in order": (
        {},
        TableFacts(rows=9, first=datetime(2025, 12, 1), last=datetime(2026, 2, 1)),  # noqa: DTZ001
        [],
    ),
    "empty": (
        {},
        TableFacts(rows=0),
        ["predictions.table: p has no rows; fill it, or wait for it."],
    ),
    "ids": (
        {},
        TableFacts(rows=5000, sampled_ids=1000, missing_ids=2, repeated_ids=3),
        [
            (
                "predictions.id: 2 of 1,000 sampled rows of p have no id; labels cannot be joined "
                "to them."
            ),
            (
                "predictions.id: 3 of 1,000 sampled rows of p repeat an id; name a column that is "
                "unique, or remove the copies."
            ),
        ],
    ),
    "future": (
        {},
        TableFacts(first=NOW, last=datetime(2026, 3, 1, 9, tzinfo=timezone(timedelta(hours=-5)))),
        [
            (
                "predictions.timestamp: the last prediction of p is at 2026-03-01 14:00 UTC, in "
                "the future; store UTC, or a timestamp with its time zone."
            ),
            "end: p has no prediction until 2026-01-31; its first day is 2026-03-01.",
        ],
    ),
    "before": (
        {},
        TableFacts(first=datetime(2025, 1, 1, tzinfo=UTC), last=datetime(2025, 6, 1, tzinfo=UTC)),
        ["start: p has no prediction since 2026-01-01; its last day is 2025-06-01."],
    ),
    "last moment": (
        {},
        TableFacts(
            first=datetime(2026, 1, 31, 23, 59, tzinfo=UTC),
            last=datetime(2026, 1, 31, 23, 59, tzinfo=UTC),
        ),
        [],
    ),
    "by batch": (
        {"predictions": {"table": "p", "id": "id", "timestamp": "at", "batch": "b"}},
        TableFacts(first=datetime(2025, 1, 1, tzinfo=UTC), last=datetime(2025, 6, 1, tzinfo=UTC)),
        [],
    ),
}

ACTUALS: dict[str, tuple[TableFacts, list[str]]] = {
    "in order": (TableFacts(last=NOW, early_labels=0.01), []),
    "no ids": (
        TableFacts(sampled_ids=1000, missing_ids=7),
        ["actuals.id: 7 of 1,000 sampled rows of a have no id; they belong to no prediction."],
    ),
    "future": (
        TableFacts(last=NOW + timedelta(hours=5)),
        [
            (
                "actuals.timestamp: the last label of a is from 2026-03-01 11:00 UTC, in the "
                "future; store UTC, or a timestamp with its time zone."
            )
        ],
    ),
    "before the prediction": (
        TableFacts(early_labels=0.97),
        [
            (
                "actuals.timestamp: 97% of the sampled labels were known before their prediction; "
                "one of the two tables is not in UTC."
            )
        ],
    ),
}


class TestReferenceProblems:
    """A reference has rows, labels, and the classes that the file names."""

    @pytest.mark.parametrize(("changes", "facts", "expected"), REFERENCE.values(), ids=REFERENCE)
    def test_facts(
        self, changes: dict[str, object], facts: TableFacts, expected: list[str]
    ) -> None:
        """
        What is wrong names its field, the number found, and the remedy.
        """
        assert expected == lines(reference_problems(monitor(**changes), "r", facts))


class TestPredictionProblems:
    """Predictions have ids of their own, and times within the monitored span."""

    @pytest.mark.parametrize(
        ("changes", "facts", "expected"), PREDICTIONS.values(), ids=PREDICTIONS
    )
    def test_facts(
        self, changes: dict[str, object], facts: TableFacts, expected: list[str]
    ) -> None:
        """
        What is wrong names its field, the number or time found, and the remedy.
        """
        assert expected == lines(prediction_problems(monitor(**changes), facts, as_of=NOW))

    def test_without_a_clock(self) -> None:
        """
        Without a present moment nothing is in the future.
        """
        facts = TableFacts(first=datetime(2026, 1, 1, tzinfo=UTC), last=NOW + timedelta(days=9))

        assert [] == lines(prediction_problems(monitor(), facts, as_of=None))


class TestActualProblems:
    """Actuals belong to predictions, and come after them."""

    @pytest.mark.parametrize(("facts", "expected"), ACTUALS.values(), ids=ACTUALS)
    def test_facts(self, facts: TableFacts, expected: list[str]) -> None:
        """
        What is wrong names its field, the number or time found, and the remedy.
        """
        assert expected == lines(actual_problems(monitor(), facts, as_of=NOW))

    def test_no_actuals(self) -> None:
        """
        A monitor without actuals has no problem with them.
        """
        facts = TableFacts(early_labels=1.0)

        assert [] == lines(actual_problems(monitor(actuals=None), facts, as_of=NOW))
