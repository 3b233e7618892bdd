"""Great Expectations on suites that cannot be evaluated, and on values that are not to be shown."""

import json
from typing import Any

import pyarrow as pa
import pytest

from monitoring.quality.day import for_day
from monitoring.quality.outcome import OutcomeState
from monitoring.quality.suite import parse_suite, suite_json
from resources.expectations import GreatExpectations
from tests.resources.ordinary_day import END, START, SUITE, day, validate


class TestErrors:
    """Expectations that cannot be evaluated."""

    def test_broken_expectations(self) -> None:
        """Whatever is wrong with an expectation, the others are evaluated, in their order."""
        broken = [
            ("expect_nothing_that_exists", {}),
            ("expect_column_values_to_be_between", {"column": "amount"}),
            ("expect_column_values_to_not_be_null", {"column": "amount", "mostly": 7}),
            ("expect_column_values_to_match_regex", {"column": "id", "regex": "("}),
            ("expect_column_mean_to_be_between", {"column": "id", "min_value": 1}),
            (
                "expect_column_max_to_be_between",
                {"column": "amount", "max_value": {"$PARAMETER": "mine"}},
            ),
            ("expect_column_values_to_be_unique", {"column": "id"}),
            ("expect_column_max_to_be_between", {"column": "amount", "max_value": 8}),
        ]
        items = [{"type": kind, "kwargs": kwargs} for kind, kwargs in broken]
        suite = parse_suite(json.dumps({"expectations": items}), "x.json")

        outcomes = validate(day(), suite)

        assert suite == [each.expectation for each in outcomes]
        assert ["errored"] * 6 + ["passed", "failed"] == [each.state for each in outcomes]
        assert "parameter mine" in outcomes[5].message
        assert "amount: found 9.0. Expected at most 8." == outcomes[7].message


class TestPrivacy:
    """Values that must not be shown."""

    def test_values_are_not_shown(self) -> None:
        """With values switched off counts stay, and no value of the data is named."""
        expectations = for_day(SUITE, start=START, end=END, rows=100)
        rows = day(colour=["secret"] * 100)

        outcomes = GreatExpectations().validate(rows, expectations, show_values=False)

        [failed] = [each for each in outcomes if each.state is OutcomeState.FAILED]
        assert (100, ()) == (failed.unexpected_count, failed.unexpected_values)
        assert "secret" not in str(outcomes)

    @pytest.mark.parametrize(
        ("kind", "kwargs"),
        [
            ("expect_column_max_to_be_between", {"max_value": 1}),
            ("expect_column_values_to_be_unique", {}),
            ("expect_column_values_to_be_in_set", {"value_set": [1]}),
        ],
    )
    def test_no_way_out(self, kind: str, kwargs: dict[str, Any]) -> None:
        """Neither extremes nor repeated or unexpected values tell what is not to be shown."""
        item = {"type": kind, "kwargs": {"column": "salary", **kwargs}}
        suite = parse_suite(json.dumps({"expectations": [item]}), "x.json")
        rows = pa.table({"salary": [4217, 4217]})

        [shown] = GreatExpectations().validate(rows, suite)
        [hidden] = GreatExpectations().validate(rows, suite, show_values=False)

        assert OutcomeState.FAILED is shown.state is hidden.state
        assert "4217" in str(shown)
        assert "4217" not in str(hidden)

    def test_errors_are_hidden(self) -> None:
        """An error may name a value, so it is not told."""
        item = {
            "type": "expect_column_mean_to_be_between",
            "kwargs": {"column": "x", "min_value": 1},
        }
        suite = parse_suite(json.dumps({"expectations": [item]}), "x.json")

        [hidden] = GreatExpectations().validate(pa.table({"x": ["a"]}), suite, show_values=False)

        assert hidden.message == (
            "x could not be evaluated: the error may name a value, and values are not shown."
        )


class TestSuiteFile:
    """The suite file in the hands of Great Expectations."""

    def test_great_expectations_reads_it(self) -> None:
        """The suite file is one of Great Expectations, which keeps all that stands in it."""
        GreatExpectations().validate(day(), SUITE[:1])  # imports it without its warnings
        from great_expectations import ExpectationSuite

        text = json.loads(suite_json("m", SUITE))
        suite = ExpectationSuite(**text)

        assert [each["type"] for each in text["expectations"]] == [
            each.expectation_type for each in suite.expectations
        ]
        assert "reason" in (suite.expectations[0].meta or {})["monitor"]
