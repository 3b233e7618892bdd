"""From the text of a monitor file to a MonitorSpec, or to every mistake in it at once."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError

from monitoring.errors import MonitorSpecError
from monitoring.spec.document import Document, read_document
from monitoring.spec.model import MonitorSpec
from monitoring.spec.problems import Problem, Source
from monitoring.spec.rules import broken_rules
from monitoring.spec.translation import problems_of


@dataclass(frozen=True, slots=True)
class ParsedMonitor:
    """A valid monitor file, and the lines of its fields for what is found wrong later."""

    spec: MonitorSpec
    source: Source


def parse_monitor(text: str, *, source: str) -> MonitorSpec:
    """
    Read a monitor file; *source* is its name in messages.

    Raises:
        MonitorSpecError: one line for each mistake, with file, line, field, value and remedy.
    """
    return read_monitor(text, source=source).spec


def read_monitor(text: str, *, source: str) -> ParsedMonitor:
    """
    Read a monitor file as *parse_monitor* does, and keep the lines of its fields.

    Raises:
        MonitorSpecError: one line for each mistake, with file, line, field, value and remedy.
    """
    document = read_document(text, source=source)
    spec, wrong = _validate(document)
    wrong += _not_said_yet(document, wrong)
    if spec is None or wrong:
        raise MonitorSpecError(document.source.report(wrong))

    return ParsedMonitor(spec, document.source)


def _validate(document: Document) -> tuple[MonitorSpec | None, list[Problem]]:
    wrong = list(document.problems)
    try:
        return MonitorSpec.model_validate(document.data), wrong
    except ValidationError as error:
        found = problems_of(error, document.data)
        meant = {problem.meant for problem in found}

        return None, wrong + [problem for problem in found if problem.field not in meant]


def _not_said_yet(document: Document, said: list[Problem]) -> list[Problem]:
    """Return the broken rules where nothing was *said* of the field or of a part around it."""
    fields = {problem.field for problem in said}
    fields |= {problem.meant for problem in said if problem.meant} - set(document.source.lines)

    return [
        problem
        for problem in broken_rules(document.data)
        if not any(problem.field[:length] in fields for length in range(1, len(problem.field) + 1))
    ]
