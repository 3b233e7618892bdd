"""Great Expectations itself, on small copies of what goes wrong with real tables."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from monitoring.quality.day import for_day
from monitoring.quality.expectation import Expectation
from monitoring.quality.generate import generate_suite
from monitoring.quality.outcome import ExpectationOutcome, OutcomeState, by_family
from monitoring.quality.suite import parse_suite, suite_json
from monitoring.quality.summary import summarise_columns
from monitoring.spec.model import Family, FeatureType, MonitorSpec
from resources.expectations import GreatExpectations

START, END = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 3, 2, tzinfo=UTC)
TYPES = {
    "amount": FeatureType.NUMERIC,
    "wait": FeatureType.NUMERIC,
    "colour": FeatureType.CATEGORICAL,
    "answer": FeatureType.CATEGORICAL,
    "version": FeatureType.CATEGORICAL,
}
KEYS = {"id": "id", "timestamp": "at", "prediction": "answer", "score": "score"}
MONITOR = MonitorSpec.model_validate(
    {
        "model": "m",
        "task": "binary_classification",
        "predictions": {"table": "p", "version": "version", **KEYS},
        "reference": {"table": "r", "label": "label"},
    }
)


def day(rows: int = 100, **columns: "Sequence[Any] | pa.Array[Any]") -> pa.Table:
    """Return a faultless day, but for *columns*."""
    faultless: dict[str, Any] = {
        "id": [f"P{i}" for i in range(rows)],
        "at": [START + timedelta(minutes=i) for i in range(rows)],
        "amount": [float(i % 10) for i in range(rows)],
        "wait": [i % 7 for i in range(rows)],
        "colour": [("red", "green", "blue")[i % 3] for i in range(rows)],
        "score": [(i % 10) / 10 for i in range(rows)],
        "answer": [i % 2 for i in range(rows)],
        "version": ["v1"] * rows,
    }

    return pa.table({**faultless, **columns})


REFERENCE = day(2_000)
SUITE = generate_suite(MONITOR, summarise_columns(REFERENCE, TYPES))


def validate(rows: pa.Table, suite: list[Expectation] = SUITE) -> list[ExpectationOutcome]:
    """Validate *rows* as those of the first of March."""
    expectations = for_day(suite, start=START, end=END, rows=rows.num_rows)

    return GreatExpectations().validate(rows, expectations)


def trouble(rows: pa.Table) -> dict[str, str]:
    """Return the messages of what did not pass, by state, family and column."""
    return {
        f"{each.state} {each.expectation.family} {each.expectation.column}": each.message
        for each in validate(rows)
        if each.state is not OutcomeState.PASSED
    }


class TestFindings:
    """What is wrong with a day, and what is said of it."""

    def test_faultless(self) -> None:
        """A day like the reference passes everything."""
        assert {} == trouble(day())

    def test_empty_day(self) -> None:
        """An empty day never passes."""
        assert {"failed volume None": "The table: found 0. Expected at least 1."} == trouble(day(0))

    def test_one_row(self) -> None:
        """A single row is a day, and no reason for alarm."""
        assert {} == trouble(day(1))

    def test_repeated_ids(self) -> None:
        """Repeated ids are named, with the rows that are too many."""
        ids = [f"P{i}" for i in range(97)] + ["P3", "P3", "P4"]

        assert {
            "failed uniqueness id": "id: 5 of 100 values are repeated (2 of them distinct,"
            " 3 surplus): 'P3', 'P4'. No id more than once a day."
        } == trouble(day(id=ids))

    def test_scores(self) -> None:
        """Missing and infinite scores are told apart, and are both of the scores family."""
        scores = [None, float("nan"), float("inf"), float("-inf"), 1.5] + [0.5] * 95

        assert {
            "failed scores score": "score: 3 of 100 values are not as expected: inf, -inf, 1.5."
            " Expected at least 0, at most 1."
        } == trouble(day(score=[0.5, 0.5, *scores[2:]]))
        assert ["score: 2 of 100 values are missing. No missing value."] == list(
            trouble(day(score=[*scores[:2]] + [0.5] * 98)).values()
        )

    def test_new_category(self) -> None:
        """A category beyond the tolerated share is named; an empty string is one."""
        colours = ["ultraviolet"] * 20 + [""] * 5 + ["red"] * 75

        [message] = trouble(day(colour=colours)).values()

        assert "colour: 25 of 100 values are not as expected: 'ultraviolet', ''." in message

    def test_missing_column(self) -> None:
        """A missing column fails the schema; what needs it is errored, and nothing else."""
        found = trouble(day().drop(["wait"]))

        assert {
            "failed schema None",
            "errored completeness wait",
            "errored validity wait",
        } == found.keys()
        assert found["failed schema None"].startswith("The table lacks: 'wait'.")
        assert "the table has no column 'wait'" in found["errored validity wait"]

    def test_extra_column(self) -> None:
        """An extra column is a warning that names it, and has no type to keep."""
        outcomes = validate(day(surprise=[1.0] * 100))

        schema = by_family(outcomes)[Family.SCHEMA]
        assert (False, "warning") == (schema.passed, schema.severity)
        assert "'surprise'" in schema.outcomes[0].message

    def test_changed_type(self) -> None:
        """A number that arrives as text fails the schema; its range cannot be evaluated."""
        found = trouble(day(amount=["1"] * 100))

        assert {"failed schema None", "errored validity amount"} == found.keys()
        assert "('amount', 'text')" in found["failed schema None"]

    def test_other_widths(self) -> None:
        """Widths, zones and encodings of the same kind of value make no difference."""
        rows = day()
        for name, kind in [
            ("amount", pa.decimal128(9, 2)),
            ("wait", pa.float32()),
            ("at", pa.timestamp("ns")),
            ("colour", pa.dictionary(pa.int32(), pa.large_string())),
            ("answer", pa.uint8()),
        ]:
            place = rows.column_names.index(name)
            rows = rows.set_column(place, name, rows[name].cast(kind))

        assert {} == trouble(rows)

    def test_without_values(self) -> None:
        """A column of nothing but nulls, even without a type, is critically incomplete."""
        outcomes = validate(day(amount=pa.nulls(100)))

        completeness = by_family(outcomes)[Family.COMPLETENESS]
        assert "critical" == completeness.severity
        assert "amount: 100 of 100 values are missing" in completeness.outcomes[0].message
        assert by_family(outcomes)[Family.SCHEMA].passed

    def test_other_day(self) -> None:
        """Rows of the day before, and of the next moment after, are not of this day."""
        times = [START - timedelta(seconds=1), END] + [START] * 98

        [message] = trouble(day(at=times)).values()

        assert message.startswith("at: 2 of 100 values are not as expected")

    def test_sentinel(self) -> None:
        """A sentinel and an infinite value are outside the range."""
        amounts = [-999.0] * 10 + [float("inf")] * 10 + [1.0] * 80

        [message] = trouble(day(amount=amounts)).values()

        assert "amount: 20 of 100 values are not as expected: -999.0, inf." in message

    def test_large_ids(self) -> None:
        """Neighbouring 64-bit ids stay apart, though one is missing."""
        ids = [2**60 + i for i in range(99)] + [None]

        assert {"failed completeness id"} == trouble(day(id=pa.array(ids, pa.int64()))).keys()

    def test_hostile_names(self) -> None:
        """Column names are data: quotes, dots, braces and emoji are monitored as they are."""
        names = [
            'say "hi"',
            "it's",
            "a.b",
            "{x}",
            "a\\b",
            "100%",
            "größe_日本",
            "$PARAMETER",
            "column",
        ]
        reference = pa.table({name: [1.0, 2.0] * 500 for name in names})
        types = dict.fromkeys(names, FeatureType.NUMERIC)
        suite = generate_suite(MONITOR, summarise_columns(reference, types))
        broken = day()
        for name in names:
            broken = broken.append_column(name, pa.array([99.0] * 100))

        failed = [
            each.expectation.column
            for each in validate(broken, suite)
            if each.state is OutcomeState.FAILED and each.expectation.family is Family.VALIDITY
        ]

        assert names == failed


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

        outcomes = GreatExpectations(show_values=False).validate(rows, expectations)

        [failed] = [each for each in outcomes if each.state is OutcomeState.FAILED]
        assert (100, ()) == (failed.unexpected_count, failed.unexpected_values)
        assert "secret" not in str(outcomes)


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


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([date(2024, 3, 1)], id="dates"),
        pytest.param([Decimal("1.5"), None], id="decimals"),
        pytest.param([True, None], id="booleans"),
        pytest.param(pa.array([2**63, None], pa.uint64()), id="unsigned"),
        pytest.param([b"\x00\xff"], id="bytes"),
    ],
)
def test_types(values: "Sequence[Any] | pa.Array[Any]") -> None:
    """A column of any type can be validated."""
    item = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "x", "mostly": 0.1}}
    expectations = parse_suite(json.dumps({"expectations": [item]}), "x.json")

    [outcome] = GreatExpectations().validate(pa.table({"x": values}), expectations)

    assert OutcomeState.PASSED is outcome.state
