"""The suite that a small reference gives rise to, and what a day makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from monitoring.quality.day import for_day
from monitoring.quality.distinct import DistinctDay, rarefied
from monitoring.quality.expectation import Expectation, Severity
from monitoring.quality.generate import generate_suite
from monitoring.quality.suite import parse_suite
from monitoring.quality.summary import ColumnSummary
from monitoring.quality.volume import at_least_one_row
from monitoring.spec.model import Family, FeatureType, MonitorSpec

START, END = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 3, 2, tzinfo=UTC)


def monitor(*, timestamp: str | None = "at") -> MonitorSpec:
    """Return a monitor of a binary classifier."""
    return MonitorSpec.model_validate(
        {
            "model": "m",
            "task": "binary_classification",
            "predictions": {
                "table": "p",
                "id": "id",
                "timestamp": timestamp,
                "prediction": "answer",
                "score": "score",
                "version": "version",
            },
            "reference": {"table": "r", "label": "label"},
        }
    )


def numeric(name: str, **changes: float | None) -> ColumnSummary:
    """Return a column of 2,000 numbers from 10 to 60."""
    column = ColumnSummary(
        name,
        "double",
        FeatureType.NUMERIC,
        2_000,
        minimum=10,
        maximum=60,
        lower_tail=11,
        upper_tail=59,
    )

    return replace(column, **changes)  # type: ignore[arg-type] # whichever fields they are


def categorical(name: str, *values: str, arrow_type: str = "string") -> ColumnSummary:
    """Return a column of 2,000 rows of *values*."""
    return ColumnSummary(
        name,
        arrow_type,
        FeatureType.CATEGORICAL,
        2_000,
        categories=values,
        distinct=len(values),
    )


COLUMNS = [
    numeric("amount"),
    categorical("colour", "red", "blue"),
    categorical("answer", "0", "1", arrow_type="int64"),
    categorical("version", "v1"),
    numeric("score"),
    categorical("label", "0", "1", arrow_type="int64"),
]


def find(suite: list[Expectation], name: str) -> Expectation:
    """Return the one expectation of *suite* whose id is *name* behind ``expect_``."""
    [found] = [each for each in suite if each.id == f"expect_{name}"]

    return found


class TestGenerateSuite:
    """`generate_suite` on a small reference."""

    def test_every_family(self) -> None:
        """A reference of a classifier gives rise to all eight families."""
        assert set(Family) == {each.family for each in generate_suite(monitor(), COLUMNS)}

    def test_ids_are_unique(self) -> None:
        """No two expectations share an id, even where a column bears the name of a field."""
        suite = generate_suite(monitor(), [*COLUMNS, categorical("column", "a")])

        assert len(suite) == len({each.id for each in suite})

    def test_fifteen_columns(self) -> None:
        """Fifteen columns of a reference without days have at most 39 expectations."""
        features = [numeric(f"n{i}") for i in range(6)] + [
            categorical(f"c{i}", "a") for i in range(4)
        ]

        assert len(generate_suite(monitor(), [*features, *COLUMNS[2:5]])) <= 39

    def test_label_is_left_out(self) -> None:
        """Predictions have no label, so none is expected."""
        suite = generate_suite(monitor(), COLUMNS)

        assert "'label'" not in str([each.to_gx() for each in suite])

    def test_version_may_be_new(self) -> None:
        """A new model version is no new category."""
        suite = generate_suite(monitor(), COLUMNS)

        assert ["expect_column_values_to_not_be_null:version"] == [
            each.id for each in suite if each.column == "version"
        ]

    def test_typed_categories(self) -> None:
        """Categories of a whole-number column are numbers again."""
        suite = generate_suite(monitor(), COLUMNS)

        assert [0, 1] == find(suite, "column_values_to_be_in_set:answer").kwargs["value_set"]

    @pytest.mark.parametrize(
        ("changes", "limits", "events"),
        [
            pytest.param({}, (-40, 110), 0, id="extremes of a piece with the rest"),
            pytest.param({"maximum": 9_999}, (-37, 107), 4, id="a sentinel in the reference"),
            pytest.param({"infinite": 3}, (-40, 110), 3, id="infinite values in the reference"),
        ],
    )
    def test_range(self, changes: dict[str, Any], limits: tuple[int, int], events: int) -> None:
        """The range follows the extremes, unless they are sentinels, which are then tolerated."""
        [found] = [
            each
            for each in generate_suite(monitor(), [numeric("amount", **changes)])
            if each.id == "expect_column_values_to_be_between:amount"
        ]

        assert limits == (found.kwargs["min_value"], found.kwargs["max_value"])
        assert {"events": events, "trials": 2_000} == found.evidence

    def test_empty_column(self) -> None:
        """A column that the reference has no value of may be missing, and be anything."""
        column = numeric("amount", missing=2_000, minimum=None, lower_tail=None)

        suite = generate_suite(monitor(), [column])

        assert ["expect_column_values_to_not_be_null:amount"] == [
            each.id for each in suite if each.column == "amount"
        ]

    def test_free_text(self) -> None:
        """Texts too many to be listed must not be empty, nor become one default."""
        text = ColumnSummary(
            "note",
            "string",
            FeatureType.CATEGORICAL,
            2_000,
            distinct=1_900,
            singletons=1_800,
            top=0.001,
            curve=tuple(rarefied([1] * 1_800 + [2] * 100).items()),
        )
        suite = generate_suite(monitor(), [text])

        day = for_day(suite, start=START, end=END, rows=200)
        band = find(day, "column_unique_value_count_to_be_between:note").kwargs
        # Nine of ten rows are alone with their value, and half of that may be lost.
        assert {"min_value": 89, "max_value": 397} == band
        assert {
            "expect_column_values_to_not_be_null:note",
            "expect_column_value_lengths_to_be_between:note",
            "expect_column_unique_value_count_to_be_between:note",
        } == {each.id for each in suite if each.column == "note"}

    def test_listed_text(self) -> None:
        """
        Categories are not empty either, where none was, and days tell how many there are of them.

        Regression: an empty category was new, and new ones are tolerated up to 1 % of the rows.
        """
        dated = replace(
            categorical("colour", "red", "blue"),
            curve=((1, 1.0), (10, 2.0), (2_000, 2.0)),
            daily_distinct=(DistinctDay(200, 2.0, 0.6),) * 10,
        )
        empty = replace(categorical("city", "", "Rome"), empty_strings=7)
        suite = generate_suite(monitor(), [dated, empty])

        day = for_day(suite, start=START, end=END, rows=200)
        lengths = find(day, "column_value_lengths_to_be_between:colour").kwargs
        assert (1, True) == (lengths["min_value"], float(str(lengths["mostly"])) > 0.96)
        band = find(day, "column_unique_value_count_to_be_between:colour").kwargs
        assert {"min_value": 2, "max_value": 6} == band
        assert {
            "expect_column_values_to_not_be_null:city",
            "expect_column_values_to_be_in_set:city",
        } == {each.id for each in suite if each.column == "city"}

    def test_columns_that_are_not_watched(self) -> None:
        """
        A column of the reference that is not watched is not new; the label is.

        Regression: with a list of features, every other column of the table was a new one.
        """
        suite = generate_suite(monitor(), COLUMNS, known=["at", "comment", "label"])

        names = find(suite, "column_values_to_be_in_set:*:schema").kwargs["value_set"]

        assert isinstance(names, list)
        assert ("comment" in names, "label" in names) == (True, False)


class TestForDay:
    """`for_day` fills in what a day decides."""

    def test_bound_follows_rows(self) -> None:
        """
        None of 2,000 was missing in the reference.

        Six of 200 and twenty-one of 2,000 may be now, by scipy's quantiles; half a row is room.
        """
        suite = generate_suite(monitor(), COLUMNS)
        name = "column_values_to_not_be_null:amount"

        def allowed(rows: int) -> float:
            day = for_day(suite, start=START, end=END, rows=rows)
            mostly = find(day, name).kwargs["mostly"]
            assert isinstance(mostly, float)
            return rows * (1 - mostly)

        assert [6.5, 21.5] == [pytest.approx(allowed(200)), pytest.approx(allowed(2_000))]

    def test_time_and_volume(self) -> None:
        """The day bounds its timestamps, and its weekday's history its rows."""
        day = for_day(
            generate_suite(monitor(), COLUMNS),
            start=START,
            end=END,
            rows=200,
            weekday_history=[200] * 4,
        )

        freshness = find(day, "column_values_to_be_between:at")
        volume = find(day, "table_row_count_to_be_between:*:weekday")
        assert "2024-03-01T00:00:00+00:00" == freshness.kwargs["min_value"]
        assert {"min_value": 143, "max_value": 257} == volume.kwargs
        assert [] == [each.id for each in day if each.parameters]

    def test_short_history(self) -> None:
        """Without history or a day the expectations that need them are left out."""
        day = for_day(generate_suite(monitor(), COLUMNS), start=None, end=None, rows=200)

        assert {"expect_table_row_count_to_be_between:*"} == {
            each.id for each in day if each.family in {Family.VOLUME, Family.FRESHNESS}
        }

    def test_empty_day(self) -> None:
        """Of an empty day nothing is asked that would pass for want of rows."""
        day = for_day(generate_suite(monitor(), COLUMNS), start=START, end=END, rows=0)

        assert [] == [each for each in day if each.column is not None]
        assert Severity.CRITICAL is find(day, "table_row_count_to_be_between:*").severity

    def test_empty_day_of_a_foreign_suite(self) -> None:
        """
        Whatever the suite, an empty day never passes for want of rows.

        Only who switches the expectation of a row off is taken at their word.
        """
        [pair] = parse_suite(
            '{"expectations": [{"type": "expect_column_pair_values_to_be_equal"}]}', "x.json"
        )
        off = replace(at_least_one_row(), enabled=False)

        assert [at_least_one_row()] == for_day([pair], start=START, end=END, rows=0)
        assert [at_least_one_row()] == for_day([], start=None, end=None, rows=0)
        assert [] == for_day([off], start=START, end=END, rows=0)

    def test_hand_edit(self) -> None:
        """A number that a person wrote in place of a parameter stands; what is off is not asked."""
        suite = generate_suite(monitor(), COLUMNS)
        name = "column_values_to_not_be_null:amount"
        edited = [
            replace(find(suite, name), kwargs={"mostly": 0.5}),
            replace(find(suite, "column_values_to_be_in_set:colour"), enabled=False),
        ]

        [kept] = for_day(edited, start=START, end=END, rows=200)

        assert {"mostly": 0.5} == kept.kwargs
