"""What came of an expectation, and what a day's outcomes amount to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitoring.quality.expectation import Expectation, Severity
from monitoring.results import ALL, Measure
from monitoring.spec.model import Family

#: An outcome names at most this many unexpected values,
UNEXPECTED_VALUES = 10

#: and each of them in at most this many characters.
VALUE_LENGTH = 60


class OutcomeState(StrEnum):
    """Whether an expectation was met; *errored* where that could not be found out."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"


#: A column of fewer rows than this is not given up because all of them are unexpected.
_ENOUGH = 10

_ORDER = (OutcomeState.FAILED, OutcomeState.ERRORED, OutcomeState.PASSED)


@dataclass(frozen=True, slots=True)
class ExpectationOutcome:
    """
    What came of one expectation.

    *unexpected_count* and *unexpected_percent* (0 to 100, of the values that are there) are
    ``None`` where the expectation does not count rows. *unexpected_values* are distinct,
    and safe as text; whoever shows them escapes markup as for any text of the data.
    """

    expectation: Expectation
    state: OutcomeState
    observed: str | None = None
    unexpected_count: int | None = None
    unexpected_percent: float | None = None
    unexpected_values: tuple[str, ...] = ()
    message: str = ""

    @property
    def severity(self) -> Severity:
        """The severity of the expectation, raised where not one value of the column is left."""
        nothing_left = self.unexpected_percent == 100  # noqa: PLR2004 - per cent
        enough = (self.unexpected_count or 0) >= _ENOUGH

        return Severity.CRITICAL if nothing_left and enough else self.expectation.severity


@dataclass(frozen=True, slots=True)
class FamilyResult:
    """
    The outcomes of one family, failures first, the critical ones before the others.

    *severity* is that of the worst outcome that did not pass, ``None`` when all passed.
    """

    family: Family
    passed: bool
    severity: Severity | None
    outcomes: tuple[ExpectationOutcome, ...]

    def count(self, state: OutcomeState) -> int:
        """Return how many outcomes are in *state*."""
        return sum(outcome.state is state for outcome in self.outcomes)


def by_family(outcomes: Sequence[ExpectationOutcome]) -> dict[Family, FamilyResult]:
    """Return the result of each family that has an outcome, in the order of `Family`."""
    grouped = {
        family: [outcome for outcome in outcomes if outcome.expectation.family is family]
        for family in Family
    }

    return {family: _result(family, members) for family, members in grouped.items() if members}


def quality_measures(outcomes: Sequence[ExpectationOutcome], *, rows: int) -> list[Measure]:
    """
    Return a day's outcomes as measures; *rows* is the size of the day.

    ``failed_expectations`` and ``errored_expectations`` (counts), ``expectation_success`` (the
    share that passed, 0 to 1; undefined where nothing was evaluated) of the whole model, and
    ``failed_expectations`` of each column that has one.
    """
    states = Counter(outcome.state for outcome in outcomes)
    success = states[OutcomeState.PASSED] / len(outcomes) if outcomes else None
    failed = Counter(
        outcome.expectation.column
        for outcome in outcomes
        if outcome.state is OutcomeState.FAILED and outcome.expectation.column is not None
    )

    return [
        Measure(ALL, "failed_expectations", float(states[OutcomeState.FAILED]), rows),
        Measure(ALL, "errored_expectations", float(states[OutcomeState.ERRORED]), rows),
        Measure(
            ALL,
            "expectation_success",
            success,
            rows,
            reason=None if outcomes else "no expectation was evaluated",
        ),
        *(
            Measure(column, "failed_expectations", float(count), rows)
            for column, count in sorted(failed.items())
        ),
    ]


def safe_text(value: object) -> str:
    r"""
    Return *value* as one short line in which nothing acts on a terminal or a log.

    >>> print(safe_text("two\nlines"), safe_text(12.5), safe_text("x" * 99)[-3:])
    'two\nlines' 12.5 xx…
    """
    text = repr(value) if isinstance(value, str) else str(value)
    shown = text if text.isprintable() else repr(text)

    return shown if len(shown) <= VALUE_LENGTH else f"{shown[: VALUE_LENGTH - 1]}…"


def _result(family: Family, outcomes: Sequence[ExpectationOutcome]) -> FamilyResult:
    troubled = [each for each in outcomes if each.state is not OutcomeState.PASSED]
    severities = {each.severity for each in troubled}
    worst = Severity.CRITICAL if Severity.CRITICAL in severities else Severity.WARNING

    return FamilyResult(
        family=family,
        passed=not troubled,
        severity=worst if troubled else None,
        outcomes=tuple(sorted(outcomes, key=_rank)),
    )


def _rank(outcome: ExpectationOutcome) -> tuple[int, bool, str]:
    critical = outcome.severity is Severity.CRITICAL

    return _ORDER.index(outcome.state), not critical, outcome.expectation.id
