"""The suite file: round trips, foreign suites, mistakes, and the survival of hand edits."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from monitoring.errors import MonitorError
from monitoring.quality.expectation import Expectation, Parameter, Severity, Subject, draft
from monitoring.quality.suite import (
    Change,
    merge_suites,
    parse_suite,
    read_suite,
    suite_json,
)
from monitoring.spec.model import Family


def complete(column: str, mostly: float = 0.99) -> Expectation:
    """Return a generated expectation that *column* is mostly there."""
    return draft(
        "expect_column_values_to_not_be_null",
        column,
        {"mostly": mostly},
        family=Family.COMPLETENESS,
        reason="It may go missing.",
        bound="By hand.",
        evidence={"events": 3.0, "trials": 100.0},
    )


class TestRoundTrip:
    """Writing and reading the suite file."""

    def test_same_again(self) -> None:
        """What is written is what is read, hostile names and all."""
        suite = [
            complete('größe "x" {y} 🌡️'),
            replace(complete("b"), kwargs={"mostly": Parameter.MOSTLY.placeholder}),
            replace(complete("c"), enabled=False, severity=Severity.CRITICAL),
            replace(
                complete("d"), column=None, kwargs={"column": "column"}, subject=Subject.COLUMNS
            ),
        ]

        assert suite == parse_suite(suite_json("m", suite), "m.json")

    def test_foreign_meta_survives(self) -> None:
        """Notes that a person left in the meta are still there afterwards."""
        text = '{"expectations": [{"type": "expect_x", "meta": {"author": "Ada"}}]}'

        again = suite_json("m", parse_suite(text, "m.json"))

        assert "Ada" == json.loads(again)["expectations"][0]["meta"]["author"]

    def test_every_key_survives(self) -> None:
        """
        Whatever a person writes into an expectation or its meta is still there afterwards.

        Regression: description, notes and id of Great Expectations were dropped.
        """
        item = {
            "type": "expect_x",
            "id": "6a0d5d4e",
            "description": "Ada asked for it.",
            "notes": ["see #7"],
            "meta": {"notes": "!", "monitor": {"ticket": 7, "family": "scores"}},
        }

        [again] = json.loads(
            suite_json("m", parse_suite(json.dumps({"expectations": [item]}), "x"))
        )["expectations"]

        assert {key: item[key] for key in ("id", "description", "notes")} == {
            key: again[key] for key in ("id", "description", "notes")
        }
        assert ("!", 7) == (again["meta"]["notes"], again["meta"]["monitor"]["ticket"])


class TestForeignSuite:
    """Suites that are not of our making."""

    @pytest.mark.parametrize(
        ("kind", "family"),
        [
            ("expect_column_to_exist", Family.SCHEMA),
            ("expect_column_values_to_be_of_type", Family.SCHEMA),
            ("expect_table_columns_to_match_ordered_list", Family.SCHEMA),
            ("expect_column_values_to_not_be_null", Family.COMPLETENESS),
            ("expect_column_values_to_be_unique", Family.UNIQUENESS),
            ("expect_compound_columns_to_be_unique", Family.UNIQUENESS),
            ("expect_column_distinct_values_to_be_in_set", Family.CATEGORIES),
            ("expect_table_row_count_to_be_between", Family.VOLUME),
            ("expect_column_values_to_match_regex", Family.VALIDITY),
            ("unexpected_rows_expectation", Family.VALIDITY),
        ],
    )
    def test_family(self, kind: str, family: Family) -> None:
        """Without our meta the type tells the family."""
        [found] = parse_suite(json.dumps({"expectations": [{"type": kind}]}), "x.json")

        assert family is found.family
        assert found.edited

    @pytest.mark.parametrize(
        ("severity", "expected"),
        [
            ("critical", Severity.CRITICAL),
            ("warning", Severity.WARNING),
            ("info", Severity.INFO),
            (None, Severity.CRITICAL),
        ],
    )
    def test_severity(self, severity: str | None, expected: Severity) -> None:
        """Great Expectations takes critical for granted, and info is less than a warning."""
        item = {"type": "expect_column_to_exist", "severity": severity}

        [found] = parse_suite(json.dumps({"expectations": [item]}), "x.json")

        assert expected is found.severity

    def test_old_spelling(self) -> None:
        """Suites of Great Expectations 0.x are read, too; repeats are numbered."""
        item = {"expectation_type": "expect_column_to_exist", "kwargs": {"column": "a"}}

        found = parse_suite(json.dumps({"expectations": [item, item]}), "x.json")

        assert ["expect_column_to_exist:a", "expect_column_to_exist:a#2"] == [e.id for e in found]


class TestMistakes:
    """Files that are no suites."""

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("{", r"x\.json: expected a Great Expectations suite as JSON.*line 1 column 2.*delete"),
            ("", r"x\.json: expected a Great Expectations suite as JSON"),
            ('{"expectations": [NaN]}', "NaN is no JSON"),
            ("[]", r'x\.json: expected an object with a list of "expectations"'),
            (
                '{"expectations": [3]}',
                r"expectations\[0\]: expected an expectation in braces, got 3",
            ),
            ('{"expectations": [{}]}', r'expectations\[0\]: expected a "type"'),
            (
                '{"expectations": [{"type": "expect_x", "kwargs": 5}]}',
                r"expect_x: kwargs: expected an object in braces, got 5",
            ),
            (
                '{"expectations": [{"type": "expect_x", "severity": "bad"}]}',
                r"expect_x: severity: expected one of info, warning, critical, got 'bad'",
            ),
            (
                '{"expectations": [{"type": "expect_x", "meta": {"monitor": {"family": "f"}}}]}',
                r"expect_x: family: expected one of schema.*got 'f'",
            ),
            (
                json.dumps(
                    {
                        "expectations": [
                            {"type": "expect_x", "meta": {"monitor": {"evidence": {"x": []}}}}
                        ]
                    }
                ),
                r"evidence: x: expected a number, got \[\]",
            ),
        ],
    )
    def test_message(self, text: str, message: str) -> None:
        """A file that is no suite is refused by name, with place and remedy."""
        with pytest.raises(MonitorError, match=message):
            parse_suite(text, "x.json")


class TestReadSuite:
    """`read_suite` on files of which a part can be used."""

    def test_one_mistake(self) -> None:
        """A mistake is told with file, place and remedy, and the rest is read."""
        items = [{"type": "expect_column_to_exist"}, {"type": "no"}]

        read = read_suite(json.dumps({"expectations": items}), "x.json")

        assert ["expect_column_to_exist:*"] == [each.id for each in read.expectations]
        [problem] = read.problems
        assert problem.startswith('x.json: expectations[1]: expected a "type"')
        assert problem.endswith("Correct it, or take it out of the file.")

    def test_ours(self) -> None:
        """A file that was generated here is told from anybody's, and both from no suite."""
        assert read_suite(suite_json("m", []), "m.json").ours
        assert not read_suite('{"expectations": []}', "x.json").ours
        assert not read_suite("{", "x.json").readable


class TestMergeSuites:
    """Regeneration over a file that a person edited."""

    def test_untouched_is_replaced(self) -> None:
        """What nobody edited follows the new reference, and the change is told."""
        merged, [difference] = merge_suites([complete("a", 0.9)], [complete("a")])

        assert [complete("a", 0.9)] == merged
        assert (
            "updated: expect_column_values_to_not_be_null:a: mostly: file 0.99, generated 0.9"
            == (str(difference))
        )

    def test_edit_survives_twice(self) -> None:
        """A hand edit outlives two regenerations by way of the file, on fresh evidence."""
        suite = [replace(complete("a"), kwargs={"mostly": 0.5}, severity=Severity.CRITICAL)]
        for mostly in (0.95, 0.9):
            fresh = replace(complete("a", mostly), evidence={"events": 9.0, "trials": 9.0})
            merged, [difference] = merge_suites([fresh], suite)
            suite = parse_suite(suite_json("m", merged), "m.json")

        assert ({"mostly": 0.5}, Severity.CRITICAL) == (suite[0].kwargs, suite[0].severity)
        assert {"events": 9.0, "trials": 9.0} == suite[0].evidence
        assert Change.EDIT_KEPT is difference.change

    def test_details_survive(self) -> None:
        """
        An edited reason, floor or maximal age outlives two new references; the rest follows them.

        Regression: they were dropped at the next run, without a word.
        """
        first = complete("a")
        suite = [replace(first, reason="Ada asked.", evidence={**first.evidence, "floor": 0.2})]
        for events in (5.0, 9.0):
            fresh = draft(
                first.type,
                "a",
                {"mostly": events / 100},
                family=first.family,
                reason=first.reason,
                bound=f"{events} missing.",
                evidence={"events": events, "trials": 100.0, "floor": 0.1},
            )
            merged, [difference] = merge_suites([fresh], suite)
            suite = parse_suite(suite_json("m", merged), "m.json")

        assert {"events": 9.0, "trials": 100.0, "floor": 0.2} == suite[0].evidence
        assert ("Ada asked.", "9.0 missing.") == (suite[0].reason, suite[0].bound)
        assert {"mostly": 0.09} == suite[0].kwargs
        assert Change.EDIT_KEPT is difference.change
        assert "evidence.floor: file 0.2, generated 0.1" in difference.detail
        assert 'reason: file "Ada asked.", generated "It may go missing."' in difference.detail

    def test_old_file(self) -> None:
        """A file of a version that kept no digests of words and evidence has no edits of them."""
        old = replace(complete("a"), drafted={}, reason="An older wording.")

        assert ([complete("a")], []) == merge_suites([complete("a")], [old])

    def test_notes_survive(self) -> None:
        """What a person wrote beside an expectation stays, and freezes no bound."""
        noted = {
            "notes": {"owner": "Ada", "monitor": {"ticket": 7}},
            "extras": {"description": "?"},
        }

        [merged], [difference] = merge_suites(
            [complete("a", 0.9)], [replace(complete("a"), **noted)]
        )

        assert replace(complete("a", 0.9), **noted) == merged
        assert Change.UPDATED is difference.change

    def test_switched_off_stays_off(self) -> None:
        """Switching off is an edit."""
        [merged], _ = merge_suites([complete("a", 0.9)], [replace(complete("a"), enabled=False)])

        assert not merged.enabled

    def test_edit_that_became_true(self) -> None:
        """An edit that the generator arrives at by itself is none any more."""
        edited = replace(complete("a"), kwargs={"mostly": 0.9})

        assert ([complete("a", 0.9)], []) == merge_suites([complete("a", 0.9)], [edited])

    def test_own_removed_added(self) -> None:
        """Own expectations stay, those of a column that is gone leave, those of a new one come."""
        own = replace(complete("own"), generated=None)

        merged, differences = merge_suites([complete("new")], [complete("gone"), own])

        assert [complete("new"), own] == merged
        assert [Change.ADDED, Change.REMOVED, Change.OWN] == [each.change for each in differences]

    def test_nothing_changed(self) -> None:
        """The same suite again makes no difference."""
        assert ([complete("a")], []) == merge_suites([complete("a")], [complete("a")])
