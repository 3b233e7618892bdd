"""What the monitor file itself lets expect, and what a day makes of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from monitoring.quality.day import for_day, labels_for_day
from monitoring.quality.expectation import Expectation, Severity, Subject
from monitoring.quality.stated import stated_suite
from monitoring.quality.suite import parse_suite, suite_json
from monitoring.spec.model import Family, MonitorSpec

START, END = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 3, 2, tzinfo=UTC)


def suite(classes: tuple[str, ...] = (), **changes: dict[str, Any] | None) -> list[Expectation]:
    """Return what a monitor file with *changes* states."""
    spec = {
        "model": "m",
        "task": "binary_classification",
        "predictions": {"table": "p", "id": "id", "timestamp": "at"},
        "actuals": {"table": "a", "id": "key", "label": "late", "timestamp": "known"},
        "reference": {"table": "r"},
        **changes,
    }

    return stated_suite(MonitorSpec.model_validate(spec), classes)


def of_actuals(stated: list[Expectation]) -> list[Expectation]:
    """Return what of *stated* is about the labels."""
    return [each for each in stated if each.subject is Subject.ACTUALS]


class TestFreshness:
    """How old the newest prediction may be."""

    @pytest.mark.parametrize(
        ("now", "after"),
        [
            (datetime(2024, 3, 9, tzinfo=UTC), "2024-03-01T22:30:00+00:00"),
            (datetime(2024, 3, 1, 12, tzinfo=UTC), "2024-03-01T10:30:00+00:00"),
            (None, "2024-03-01T22:30:00+00:00"),
        ],
    )
    def test_from_the_end_or_the_run(self, now: datetime | None, after: str) -> None:
        """Age counts from the end of the day, or from the run while the day lasts."""
        stated = suite(quality={"max_age": "90m"}, actuals=None)

        *_, fresh = for_day(stated, start=START, end=END, rows=9, now=now)

        assert ("at", {"min_value": after}) == (fresh.column, fresh.kwargs)

    def test_batch(self) -> None:
        """A batch has no end that its rows could be near to."""
        stated = suite(quality={"max_age": "90m"}, actuals=None)

        assert ["expect_column_values_to_be_between:at:now"] == [
            each.id for each in for_day(stated, start=None, end=None, rows=9, now=END)
        ]


class TestPast:
    """No prediction is of the future."""

    @pytest.mark.parametrize("bounds", [(START, END), (None, None)], ids=["day", "batch"])
    def test_up_to_now(self, bounds: tuple[datetime | None, datetime | None]) -> None:
        """
        Predictions are made before the run, give or take five minutes, of batches too.

        Regression: rows were compared with the day by which they had been picked, which could not
        fail, and those of a batch with nothing.
        """
        start, end = bounds
        now = datetime(2024, 3, 1, 12, tzinfo=UTC)

        [past] = for_day(suite(actuals=None), start=start, end=end, rows=9, now=now)

        assert {"max_value": "2024-03-01T12:05:00+00:00"} == past.kwargs
        assert (Severity.CRITICAL, Family.FRESHNESS) == (past.severity, past.family)

    def test_unknown_moment(self) -> None:
        """Without a moment of the run nothing is known to be of the future."""
        assert [] == for_day(suite(actuals=None), start=START, end=END, rows=9)


class TestLabels:
    """What is expected of the labels that were recorded on a day."""

    def test_expectations(self) -> None:
        """Ids and labels are there, once a moment, not of the future, and of known classes."""
        day = labels_for_day(of_actuals(suite(("0", "1"))), start=START, end=END, rows=9, now=END)

        assert [
            "expect_column_values_to_not_be_null:key:actuals",
            "expect_column_values_to_not_be_null:late:actuals",
            "expect_compound_columns_to_be_unique:*:actuals",
            "expect_column_values_to_be_between:known:actuals",
            "expect_column_values_to_be_in_set:late:actuals",
        ] == [each.id for each in day]
        assert {"max_value": END.isoformat()} == day[3].kwargs

    def test_no_labels(self) -> None:
        """A day without new labels is a day like any other."""
        assert [] == labels_for_day(
            of_actuals(suite(("0", "1"))), start=START, end=END, rows=0, now=END
        )

    def test_open_classes(self) -> None:
        """Where any label but the positive one is negative, none is unknown."""
        assert "to_be_in_set" not in " ".join(each.type for each in suite())

    def test_left_out(self) -> None:
        """Without a time of the labels, or with generation off, nothing is stated."""
        unknown: dict[str, dict[str, Any]] = {
            "actuals": {"table": "a", "id": "key", "label": "late"},
            "predictions": {"table": "p", "id": "id", "batch": "batch"},
        }
        assert [] == suite(**unknown)
        assert [] == suite(quality={"generate": False, "max_age": "1h"})

    def test_suite_file(self) -> None:
        """They stand in the suite file with the others, to be edited."""
        stated = suite(("0", "1"))

        assert stated == parse_suite(suite_json("m", stated), "m.json")
        assert {Subject.ROWS, Subject.ACTUALS} == {each.subject for each in stated}
