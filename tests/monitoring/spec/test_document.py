"""monitoring.spec.document: what text becomes values, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from monitoring.errors import MonitorSpecError
from monitoring.spec.document import MAX_SIZE, decode, read_document


def refusal(text: str) -> tuple[str, ...]:
    """Return why *text* is refused as a whole."""
    with pytest.raises(MonitorSpecError) as raised:
        read_document(text, source="churn.yaml")

    return raised.value.problems


NOT_YAML = {
    "colon": (
        "a: b: c",
        (
            "churn.yaml:1: column 5: not YAML, mapping values are not allowed here; "
            "check the indentation, and quote text that contains ': '."
        ),
    ),
    "tab": (
        "predictions:\n\ttable: t",
        (
            "churn.yaml:2: column 1: not YAML, found character '\\t' that cannot start any token; "
            "indent with spaces, not with tabs."
        ),
    ),
    "at sign": (
        "model: churn\nowner: @ml",
        (
            "churn.yaml:2: column 8: not YAML, found character '@' that cannot start any token; "
            "put the text in quotes."
        ),
    ),
    "star": (
        "version: *v",
        (
            "churn.yaml:1: column 10: not YAML, found undefined alias 'v'; "
            "put text that begins with * in quotes."
        ),
    ),
    "open quote": (
        "owner: 'ml",
        "churn.yaml:1: column 11: not YAML, found unexpected end of stream; close the quote.",
    ),
    "open bracket": (
        "segments: [a, b",
        (
            "churn.yaml:1: column 16: not YAML, expected ',' or ']', but got '<stream end>'; "
            "close the bracket, and quote text that begins with #."
        ),
    ),
    "control character": (
        "model: churn\nowner: m\x07l",
        (
            "churn.yaml:2: column 9: not YAML, the control character 7 is not allowed; "
            "check quotes, brackets and indentation."
        ),
    ),
    "two documents": (
        "model: a\n---\nmodel: b\n",
        (
            "churn.yaml:2: column 1: not YAML, but found another document; "
            "write each model into a file of its own."
        ),
    ),
}

NO_MAPPING = {
    "empty": ("", "the file is empty; begin with model, task, predictions and reference."),
    "comments": ("# x\n", "the file is empty; begin with model, task, predictions and reference."),
    "list": ("- a\n- b\n", "expected keys with values such as 'model: churn', got a list."),
    "text": ("churn", "expected keys with values such as 'model: churn', got a single value."),
}

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 9)
)


class TestReadDocument:
    """Text becomes plain values and lines, or one line that says why not."""

    @pytest.mark.parametrize(("text", "line"), NOT_YAML.values(), ids=NOT_YAML)
    def test_not_yaml(self, text: str, line: str) -> None:
        """
        A syntax error names line and column, what the parser met, and what to do.
        """
        assert (line,) == refusal(text)

    @pytest.mark.parametrize(("text", "message"), NO_MAPPING.values(), ids=NO_MAPPING)
    def test_no_mapping(self, text: str, message: str) -> None:
        """
        A file that holds no keys says what it should begin with.
        """
        assert (f"churn.yaml:1: {message}",) == refusal(text)

    @pytest.mark.parametrize(
        "text", ["x: &a [*a]", "[" * 3_000, "x: " + "{a: " * 25 + "1" + "}" * 25]
    )
    def test_too_deep(self, text: str) -> None:
        """
        Values within values end at twenty levels, also where an alias contains itself.
        """
        expected = "churn.yaml:1: nested more than 20 levels deep; a monitor file has at most four."

        assert (expected,) == refusal(text)

    def test_bomb(self) -> None:
        """
        Aliases of aliases that would grow to a hundred million values are not followed.
        """
        (line,) = refusal(BOMB)

        assert line.endswith("expected at most 50,000 values; write them out without aliases.")

    def test_too_large(self) -> None:
        """
        Text of more than a mebibyte is not parsed at all.
        """
        expected = "churn.yaml:1: expected at most 1,048,576 characters, got 1,048,577; "

        assert (f"{expected}list fewer features.",) == refusal("#" * (MAX_SIZE + 1))

    def test_values(self) -> None:
        """
        Scalars are those of YAML 1.2: days are days, but yes, no and on are text.
        """
        document = read_document(
            "a: 2013-04-01\nb: yes\non: [1, 2.5, true, null, '1']\n", source="churn.yaml"
        )

        assert document.data == {
            "a": date(2013, 4, 1),
            "b": "yes",
            "on": [1, 2.5, True, None, "1"],
        }
        assert document.problems == []

    def test_impossible_day(self) -> None:
        """
        A day that no calendar has stays text, for the field to complain about.
        """
        document = read_document("start: 2013-02-30", source="churn.yaml")

        assert {"start": "2013-02-30"} == document.data

    def test_lines(self) -> None:
        """
        Keys and list entries know the line on which they stand.
        """
        document = read_document("a:\n  b: 1\nc:\n  - 2\n  - d: 3\n", source="churn.yaml")

        assert document.source.lines == {
            ("a",): 1,
            ("a", "b"): 2,
            ("c",): 3,
            ("c", 0): 4,
            ("c", 1): 5,
            ("c", 1, "d"): 5,
        }

    def test_alias(self) -> None:
        """
        An alias has the value of its anchor.
        """
        document = read_document("a: &columns [x, y]\nb: *columns\n", source="churn.yaml")

        assert {"a": ["x", "y"], "b": ["x", "y"]} == document.data

    def test_json(self) -> None:
        """
        JSON is YAML.
        """
        document = read_document('{"a": {"b": [1, "x"]}}', source="churn.yaml")

        assert {"a": {"b": [1, "x"]}} == document.data

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("a: 1\nb: 2\na: 3", "churn.yaml:3: a: stands twice, in line 1 too; keep one of them."),
            ("<<: {a: 1}", "churn.yaml:1: <<: merge keys are not supported; write the keys out."),
            (
                "a: !!python/name:os.system x",
                (
                    "churn.yaml:1: a: the tag python/name:os.system is not supported; "
                    "write the value without it."
                ),
            ),
            (
                "a: !secret {b: 1}",
                "churn.yaml:1: a: the tag !secret is not supported; write the value without it.",
            ),
            ("? [a]\n: 1", "churn.yaml:1: expected a name as a key; write 'name: value'."),
        ],
        ids=["repeated key", "merge key", "object", "own tag", "list as key"],
    )
    def test_problem(self, text: str, line: str) -> None:
        """
        What a monitor file does not use of YAML is told, and the rest is read on.
        """
        document = read_document(text, source="churn.yaml")

        assert [line] == document.source.report(document.problems)


class TestDecode:
    """Bytes are UTF-8, and few."""

    def test_byte_order_mark(self) -> None:
        """
        The mark that some editors put before UTF-8 is no part of the text.
        """
        assert decode(b"\xef\xbb\xbfmodel: gr\xc3\xb6\xc3\x9fe", source="c") == "model: größe"

    def test_other_encoding(self) -> None:
        """
        The line and the first byte that is no UTF-8 are named.
        """
        with pytest.raises(MonitorSpecError) as raised:
            decode("model: a\nowner: Zoë".encode("latin-1"), source="churn.yaml")

        expected = "churn.yaml:2: not UTF-8, found the byte 0xeb; save the file as UTF-8."
        assert (expected,) == raised.value.problems

    def test_too_large(self) -> None:
        """
        More than a mebibyte is refused before it is decoded.
        """
        with pytest.raises(MonitorSpecError, match="expected at most 1,048,576 bytes"):
            decode(b"\xff" * (MAX_SIZE + 1), source="churn.yaml")
