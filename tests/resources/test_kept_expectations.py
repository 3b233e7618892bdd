"""Expectations that keep their configuration judge as Great Expectations' own do."""

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from monitoring.quality.volume import at_least_one_row
from resources.expectations import GreatExpectations
from resources.kept_expectations import kept_expectation

ROWS = {"x": [1.0, 2.0, None, 9.0], "y": ["a", "b", "b", None], "z": [1.0, 2.0, 3.0, 4.0]}


@pytest.fixture(scope="module")
def batch() -> Any:  # noqa: ANN401 - a type of a module that is imported late
    """
    Return rows in a context of Great Expectations, which the validator imports without warnings.
    """
    GreatExpectations().validate(pa.table({"x": [1]}), [at_least_one_row()])
    import great_expectations as gx

    asset = gx.get_context(mode="ephemeral").data_sources.add_pandas("t").add_dataframe_asset("t")

    return asset.add_batch_definition_whole_dataframe("t").get_batch(
        {"dataframe": pd.DataFrame(ROWS)}
    )


class TestKeptExpectation:
    """Kept expectations beside those of Great Expectations."""

    @pytest.mark.parametrize(
        ("kind", "kwargs"),
        [
            ("expect_column_values_to_not_be_null", {"column": "x", "mostly": 0.9}),
            ("expect_column_values_to_be_between", {"column": "x", "min_value": 1, "max_value": 5}),
            ("expect_column_values_to_be_in_set", {"column": "y", "value_set": ["a"]}),
            ("expect_column_mean_to_be_between", {"column": "x", "max_value": 3}),
            ("expect_column_values_to_be_unique", {"column": "y"}),
            ("expect_table_row_count_to_be_between", {"min_value": 5}),
            ("expect_column_values_to_match_regex", {"column": "y", "regex": "[ab]"}),
            (
                "expect_column_pair_values_a_to_be_greater_than_b",
                {"column_A": "x", "column_B": "z"},
            ),
        ],
    )
    def test_same_result(self, batch: Any, kind: str, kwargs: dict[str, Any]) -> None:  # noqa: ANN401
        """
        Verdict and result are the same, of one that passes as of one that fails.
        """
        from great_expectations.expectations.expectation_configuration import (
            ExpectationConfiguration,
        )

        own = ExpectationConfiguration(type=kind, kwargs=kwargs).to_domain_obj()
        kept = kept_expectation(kind, kwargs, meta={"number": 7})
        answers = [batch.validate(each, result_format="COMPLETE") for each in (own, kept)]

        assert answers[0].success == answers[1].success
        # As text, for NaN is not itself.
        assert str(answers[0].result) == str(answers[1].result)
        assert {"number": 7} == answers[1].expectation_config.meta

    def test_own_types_are_untouched(self, batch: Any) -> None:  # noqa: ANN401, ARG002
        """
        A kept type is registered beside Great Expectations' own, not in its place.
        """
        from great_expectations.expectations.core.expect_column_values_to_not_be_null import (
            ExpectColumnValuesToNotBeNull,
        )
        from great_expectations.expectations.registry import get_expectation_impl

        kind = "expect_column_values_to_not_be_null"
        kept = kept_expectation(kind, {"column": "x"}, meta={})

        assert get_expectation_impl(kind) is ExpectColumnValuesToNotBeNull
        assert isinstance(kept, ExpectColumnValuesToNotBeNull)
        assert "expect_column_values_to_not_be_null_kept" == kept.expectation_type
