"""A mistake in one field of a monitor file: where it stands, and how it is said in one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

#: The keys and list positions that lead to a field.
FieldPath = tuple[str | int, ...]

#: The longest value that a problem repeats.
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """
    A mistake in one field, and what would be right.

    *line* is set where the field's own line would mislead: a key that stands twice. *meant* is
    the field for which a misspelt key was taken, so that it is not reported missing as well.
    """

    field: FieldPath
    message: str
    line: int | None = None
    meant: FieldPath | None = None

    def __str__(self) -> str:
        return f"{field_name(self.field)}: {self.message}" if self.field else self.message


@dataclass(frozen=True, slots=True)
class Source:
    """A monitor file by name, and the lines on which its fields stand."""

    name: str
    lines: Mapping[FieldPath, int]

    def line(self, field: FieldPath) -> int:
        """Return the line of *field*, or of the nearest field around it."""
        for length in range(len(field), 0, -1):
            if field[:length] in self.lines:
                return self.lines[field[:length]]

        return 1

    def locate(self, problem: Problem) -> str:
        """Return *problem* as one line: file, line, field and what would be right."""
        return f"{printable(self.name)}:{self._line(problem)}: {problem}"

    def report(self, problems: Iterable[Problem]) -> list[str]:
        """Return one line for each of *problems*, in the order of the file."""
        return [self.locate(problem) for problem in sorted(problems, key=self._line)]

    def _line(self, problem: Problem) -> int:
        return problem.line or self.line(problem.field)


def field_name(field: FieldPath) -> str:
    """
    Write *field* as people do.

    >>> field_name(("features", 2, "type"))
    'features[2].type'
    """
    name = "".join(f"[{key}]" if isinstance(key, int) else f".{printable(key)}" for key in field)

    return name.removeprefix(".")


def shown(value: object) -> str:
    """
    Write *value* on one line, as the monitor file has it, cut where it is long.

    >>> shown("3 days"), shown(True), shown(None), shown({"a": 1}), shown([])
    ("'3 days'", 'true', 'nothing', 'a mapping', '[]')
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return str(value)
    if isinstance(value, dict | list) and value:
        return "a mapping" if isinstance(value, dict) else "a list"

    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def printable(text: str) -> str:
    r"""
    Escape what would break a line or command a terminal.

    >>> printable("größe\n")
    'größe\\n'
    """
    return text if text.isprintable() else repr(text)[1:-1]


def closest(word: str, known: Iterable[str]) -> str | None:
    """
    Return the one of *known* that *word* was probably meant to be.

    >>> closest("treshold", ["task", "thresholds"]), closest("Amount", ["amount", "count"])
    ('thresholds', 'amount')
    """
    by_folded = {name.casefold(): name for name in known}
    matches = get_close_matches(word.casefold(), by_folded, n=1)

    return by_folded[matches[0]] if matches else None
