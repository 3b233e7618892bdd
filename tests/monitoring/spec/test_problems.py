"""monitoring.spec.problems: where a mistake stands, and how it is said."""

from __future__ import annotations

from datetime import date

import pytest

from monitoring.spec.problems import Problem, Source, closest, field_name, printable, shown

SOURCE = Source("churn.yaml", {("a",): 1, ("b",): 4, ("b", "c"): 5, ("b", "c", 0): 6})


class TestSource:
    """A file by name, and the lines of its fields."""

    @pytest.mark.parametrize(
        ("field", "line"),
        [(("b", "c", 0), 6), (("b", "c", 1), 5), (("b", "x", "y"), 4), (("z",), 1), ((), 1)],
    )
    def test_line(self, field: tuple[str | int, ...], line: int) -> None:
        """
        A field that is not in the file stands where the nearest part around it stands.
        """
        assert line == SOURCE.line(field)

    def test_report(self) -> None:
        """
        Problems come in the order of the file; one may know a better line than its field's.
        """
        problems = [
            Problem(("b", "c"), "wrong."),
            Problem(("a",), "twice.", line=7),
            Problem((), "empty."),
        ]

        assert [
            "churn.yaml:1: empty.",
            "churn.yaml:5: b.c: wrong.",
            "churn.yaml:7: a: twice.",
        ] == SOURCE.report(problems)


class TestWords:
    """Fields and values as people write them."""

    def test_field_name(self) -> None:
        """
        Keys are joined by dots, positions stand in brackets.
        """
        assert field_name(("predictions", "score", "a\nb", 3)) == "predictions.score.a\\nb[3]"

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (None, "nothing"),
            (True, "true"),
            (5, "5"),
            (date(2013, 4, 1), "2013-04-01"),
            ("a\nb", "'a\\nb'"),
            ({"a": 1}, "a mapping"),
            ([1], "a list"),
            ({}, "{}"),
            ("x" * 99, f"'{'x' * 58}…"),
        ],
        ids=str,
    )
    def test_shown(self, value: object, text: str) -> None:
        """
        A value is on one line, as the file has it, and cut.
        """
        assert text == shown(value)

    def test_printable(self) -> None:
        """
        Letters of any script stay; what a terminal obeys is escaped.
        """
        assert printable("größe 日本") == "größe 日本"
        assert printable("\x1b[31m") == "\\x1b[31m"

    def test_closest(self) -> None:
        """
        Case does not matter; what resembles nothing is nothing.
        """
        assert closest("AMOUNT", ["count", "Amount"]) == "Amount"
        assert closest("zzz", ["count", "Amount"]) is None
