"""What outcomes amount to, and how Great Expectations' answers are read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitoring.quality.expectation import Expectation, Severity, draft
from monitoring.quality.outcome import (
    ExpectationOutcome,
    OutcomeState,
    by_family,
    quality_measures,
    safe_text,
)
from monitoring.quality.result import errored, outcome_of
from monitoring.results import Measure
from monitoring.spec.model import Family

FINE = {"raised_exception": False, "exception_message": None}


def expectation(column: str, severity: Severity = Severity.WARNING) -> Expectation:
    """Return an expectation about the values of *column*."""
    return draft(
        "expect_column_values_to_be_between",
        column,
        {"min_value": 0, "max_value": 1, "mostly": 0.9},
        family=Family.VALIDITY,
        severity=severity,
        reason="",
        bound="",
    )


PASSED = ExpectationOutcome(expectation("a"), OutcomeState.PASSED)
FAILED = ExpectationOutcome(expectation("b"), OutcomeState.FAILED)
ERRORED = ExpectationOutcome(expectation("c", Severity.CRITICAL), OutcomeState.ERRORED)
WORST = ExpectationOutcome(expectation("d", Severity.CRITICAL), OutcomeState.FAILED)


class TestByFamily:
    """`by_family` on four outcomes."""

    def test_failures_first(self) -> None:
        """Failed before errored before passed, critical before warnings."""
        result = by_family([PASSED, ERRORED, FAILED, WORST])[Family.VALIDITY]

        assert (WORST, FAILED, ERRORED, PASSED) == result.outcomes
        assert (False, Severity.CRITICAL) == (result.passed, result.severity)
        assert [2, 1, 1] == [
            result.count(OutcomeState(state)) for state in ("failed", "errored", "passed")
        ]

    def test_all_passed(self) -> None:
        """A family that passed has no severity, and others are not there."""
        families = by_family([PASSED])

        assert [Family.VALIDITY] == list(families)
        assert (True, None) == (
            families[Family.VALIDITY].passed,
            families[Family.VALIDITY].severity,
        )

    def test_errored_is_not_passed(self) -> None:
        """What could not be evaluated does not count as good."""
        assert not by_family([ERRORED])[Family.VALIDITY].passed

    @pytest.mark.parametrize(
        ("count", "severity"), [(200, Severity.CRITICAL), (9, Severity.WARNING)]
    )
    def test_nothing_left(self, count: int, severity: Severity) -> None:
        """A warning about every single value is critical, unless there are hardly any."""
        outcome = replace(FAILED, unexpected_count=count, unexpected_percent=100.0)

        assert severity is by_family([outcome])[Family.VALIDITY].severity


class TestQualityMeasures:
    """`quality_measures` on four outcomes."""

    def test_measures(self) -> None:
        """
        Two of four failed, and a critical one could not be evaluated: three do not hold.

        Regression: a day whose only trouble was that one had no failed expectation, and an incident
        without a reason.
        """
        measures = quality_measures([PASSED, FAILED, ERRORED, WORST], rows=7)

        assert [
            Measure("*", "failed_expectations", 3.0, 7),
            Measure("*", "errored_expectations", 1.0, 7),
            Measure("*", "expectation_success", 0.25, 7),
            *(Measure(c, "expectation_success", float(c == "a"), 7) for c in "abcd"),
            Measure("b", "failed_expectations", 1.0, 7),
            Measure("d", "failed_expectations", 1.0, 7),
        ] == measures

    def test_many_columns(self) -> None:
        """Of a wide table only the columns in trouble are told apart."""
        passed = [ExpectationOutcome(expectation(f"p{i}"), OutcomeState.PASSED) for i in range(99)]

        measures = quality_measures([*passed, FAILED], rows=7)

        assert ["*", "*", "*", "b", "b"] == [measure.column for measure in measures]

    def test_nothing_evaluated(self) -> None:
        """No expectations have no success, and say so."""
        success = quality_measures([], rows=0)[2]

        assert (None, "no expectation was evaluated") == (success.value, success.reason)


class TestOutcomeOf:
    """`outcome_of` on answers of Great Expectations."""

    def test_failed(self) -> None:
        """The message says how many, which and what was expected; values are told once."""
        outcome = outcome_of(
            expectation("a"),
            success=False,
            result={
                "element_count": 10,
                "unexpected_count": 3,
                "unexpected_percent": 30.0,
                "partial_unexpected_list": [7.5, 7.5, float("inf")],
            },
            exception_info=FINE,
        )

        assert (
            "a: 3 of 10 values are not as expected: 7.5, inf."
            " Expected at least 0, at most 1, in all but 10.00% of the rows."
        ) == outcome.message
        assert ("3 of 10", ("7.5", "inf")) == (outcome.observed, outcome.unexpected_values)

    @pytest.mark.parametrize(
        "report",
        [
            {"raised_exception": True, "exception_message": "No\n such column."},
            {"metric": {"raised_exception": True, "exception_message": "No such column."}},
        ],
        ids=["of the expectation", "of a metric"],
    )
    def test_errored(self, report: dict[str, object]) -> None:
        """Both shapes of Great Expectations' exceptions are errors, not failures."""
        outcome = outcome_of(expectation("a"), success=False, result={}, exception_info=report)

        assert errored(expectation("a"), "No such column") == outcome
        assert "a could not be evaluated: No such column." == outcome.message

    def test_at_most_ten_values(self) -> None:
        """A flood of values is cut off."""
        outcome = outcome_of(
            expectation("a"),
            success=False,
            result={"unexpected_count": 99, "partial_unexpected_list": list(range(99))},
            exception_info=FINE,
        )

        assert tuple("0123456789") == outcome.unexpected_values


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", "''"),
        ("it's", '"it\'s"'),
        ("a\x1b[31m\nb", r"'a\x1b[31m\nb'"),
        ("\u202eevil", r"'\u202eevil'"),
        (1.5, "1.5"),
        ("x" * 99, "'" + "x" * 58 + "…"),
    ],
)
def test_safe_text(value: object, text: str) -> None:
    """Nothing of the data acts on a terminal, and nothing is longer than a cell."""
    assert text == safe_text(value)
