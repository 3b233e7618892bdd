"""What the monitor file itself lets expect, and what a day makes of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from monitoring.quality.day import for_day, labels_for_day
from monitoring.quality.expectation import Expectation, Subject
from monitoring.quality.stated import stated_suite
from monitoring.quality.suite import parse_suite, suite_json
from monitoring.spec.model import MonitorSpec

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

        [fresh] = for_day(stated, start=START, end=END, rows=9, now=now)

        assert ("at", {"min_value": after}) == (fresh.column, fresh.kwargs)

    def test_batch(self) -> None:
        """A batch has no end that its rows could be near to."""
        stated = suite(quality={"max_age": "90m"}, actuals=None)

        assert [] == for_day(stated, start=None, end=None, rows=9, now=END)


class TestLabels:
    """What is expected of the labels that were recorded on a day."""

    def test_expectations(self) -> None:
        """Ids and labels are there, once a moment, not of the future, and of known classes."""
        day = labels_for_day(suite(("0", "1")), start=START, end=END, rows=9, now=END)

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
        assert [] == labels_for_day(suite(("0", "1")), start=START, end=END, rows=0, now=END)

    def test_open_classes(self) -> None:
        """Where any label but the positive one is negative, none is unknown."""
        assert "to_be_in_set" not in " ".join(each.type for each in suite())

    def test_left_out(self) -> None:
        """Without a time of the labels, or with generation off, nothing is stated."""
        assert [] == suite(actuals={"table": "a", "id": "key", "label": "late"})
        assert [] == suite(quality={"generate": False, "max_age": "1h"})

    def test_suite_file(self) -> None:
        """They stand in the suite file with the others, to be edited."""
        stated = suite(("0", "1"))

        assert stated == parse_suite(suite_json("m", stated), "m.json")
        assert {Subject.ACTUALS} == {each.subject for each in stated}
