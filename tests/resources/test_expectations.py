"""Great Expectations itself, on small copies of what goes wrong with real tables."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from monitoring.quality.columns import COLUMN_ORDER
from monitoring.quality.day import for_day
from monitoring.quality.generate import generate_suite
from monitoring.quality.outcome import OutcomeState, by_family, troubles
from monitoring.quality.stated import stated_suite
from monitoring.quality.suite import parse_suite
from monitoring.quality.summary import summarise_columns
from monitoring.spec.model import Family, FeatureType, QualitySpec
from resources.expectations import GreatExpectations
from tests.resources.ordinary_day import END, MONITOR, START, day, trouble, validate


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

    def test_other_order(self) -> None:
        """Columns are read by name: another order is told, and is no failure."""
        names = day().column_names
        outcomes = validate(day().select([*names[:2], names[3], names[2], *names[4:]]))

        schema = by_family(outcomes)[Family.SCHEMA]
        [moved] = [each for each in schema.outcomes if each.state is OutcomeState.FAILED]
        assert (True, None, "info") == (schema.passed, schema.severity, moved.severity)
        assert "order: 'wait' in place of 'amount', 'amount' in place of 'wait'." in moved.message
        assert [] == troubles(outcomes)

    @pytest.mark.parametrize(
        "rows", [day().drop(["wait"]), day().add_column(2, "surprise", day()["wait"])]
    )
    def test_same_order(self, rows: pa.Table) -> None:
        """A column that is missing or new has moved no other."""
        outcomes = validate(rows)

        assert [OutcomeState.PASSED] == [
            each.state for each in outcomes if each.expectation.type == COLUMN_ORDER
        ]

    def test_renamed_column(self) -> None:
        """A renamed column is one that is missing and one that is new, with the likely name."""
        outcomes = validate(day().rename_columns({"wait": "waiting"}))

        missing, new = [
            each
            for each in by_family(outcomes)[Family.SCHEMA].outcomes
            if each.state is OutcomeState.FAILED
        ]
        assert missing.message.startswith("The table lacks: 'wait'.")
        assert missing.message.endswith("'wait' may be 'waiting' now.")
        assert ("'waiting'",) == new.unexpected_values

    def test_same_columns_again(self) -> None:
        """What was said of a list of columns is said again, and of another list something else."""
        assert trouble(day().drop(["wait"])) == trouble(day().drop(["wait"]))
        assert {} == trouble(day())

    def test_stale(self) -> None:
        """The newest row says when predictions stopped."""
        spec = MONITOR.model_copy(update={"quality": QualitySpec.model_validate({"max_age": "1h"})})
        expectations = for_day(stated_suite(spec), start=START, end=END, rows=100)

        [outcome] = GreatExpectations().validate(day(), expectations)

        assert (
            "at: found 2024-03-01 01:39:00+00:00. Expected at least 2024-03-01T23:00:00+00:00."
            == outcome.message
        )

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
