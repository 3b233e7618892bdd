"""What came of an expectation, and what a day's outcomes amount to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitoring.quality.expectation import Expectation, Severity, Subject
from monitoring.results import ALL, Measure
from monitoring.spec.model import Family

#: An outcome names at most this many unexpected values,
UNEXPECTED_VALUES = 10

#: and each of them in at most this many characters.
VALUE_LENGTH = 60


#: Of a table with at most so many columns, each has its share of expectations that passed.
FEW_COLUMNS = 40


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
        """The severity of the expectation, a warning raised where not one value is left."""
        nothing_left = self.unexpected_percent == 100  # noqa: PLR2004 - per cent
        enough = (self.unexpected_count or 0) >= _ENOUGH
        raised = nothing_left and enough and self.expectation.severity is Severity.WARNING

        return Severity.CRITICAL if raised else self.expectation.severity

    @property
    def holds(self) -> bool:
        """Whether the expectation passed, or is only told of."""
        return self.state is OutcomeState.PASSED or self.severity is Severity.INFO


@dataclass(frozen=True, slots=True)
class FamilyResult:
    """
    The outcomes of one family, failures first, the critical ones before the others.

    *severity* is that of the worst outcome that does not hold, ``None`` when all hold.
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


def troubles(outcomes: Sequence[ExpectationOutcome]) -> list[ExpectationOutcome]:
    """Return what does not hold: what failed, and what is critical and could not be evaluated."""
    return [
        item
        for item in outcomes
        if not item.holds
        and (item.state is OutcomeState.FAILED or item.severity is Severity.CRITICAL)
    ]


def quality_measures(outcomes: Sequence[ExpectationOutcome], *, rows: int) -> list[Measure]:
    """
    Return a day's outcomes as measures; *rows* is the size of the day.

    Of the whole model ``failed_expectations``, how many do not hold (see `troubles`),
    ``errored_expectations``, how many could not be evaluated, and ``expectation_success``, the
    share that passed, 0 to 1, undefined where nothing was evaluated. Of each column the share of
    its own expectations, as long as they are few or not all, and how many of them failed.
    """
    errored = sum(outcome.state is OutcomeState.ERRORED for outcome in outcomes)
    columns = _states_by_column(outcomes)

    return [
        Measure(ALL, "failed_expectations", float(len(troubles(outcomes))), rows),
        Measure(ALL, "errored_expectations", float(errored), rows),
        _success(ALL, Counter(outcome.state for outcome in outcomes), rows),
        *(
            _success(column, states, rows)
            for column, states in sorted(columns.items())
            if len(columns) <= FEW_COLUMNS or states[OutcomeState.PASSED] < states.total()
        ),
        *(
            Measure(column, "failed_expectations", float(states[OutcomeState.FAILED]), rows)
            for column, states in sorted(columns.items())
            if states[OutcomeState.FAILED]
        ),
    ]


def _states_by_column(
    outcomes: Sequence[ExpectationOutcome],
) -> dict[str, Counter[OutcomeState]]:
    columns: dict[str, Counter[OutcomeState]] = defaultdict(Counter)
    for outcome in outcomes:
        expectation = outcome.expectation
        if expectation.subject is Subject.ROWS and expectation.column is not None:
            state = OutcomeState.PASSED if outcome.holds else outcome.state
            columns[expectation.column][state] += 1

    return columns


def _success(column: str, states: Counter[OutcomeState], rows: int) -> Measure:
    total = states.total()
    share = states[OutcomeState.PASSED] / total if total else None
    reason = None if total else "no expectation was evaluated"

    return Measure(column, "expectation_success", share, rows, reason=reason)


def safe_text(value: object) -> str:
    r"""
    Return *value* as one short line in which nothing acts on a terminal or a log.

    >>> print(safe_text("two\nlines"), safe_text(12.5), safe_text("x" * 99)[-3:])
    'two\nlines' 12.5 xx…
    """
    if isinstance(value, tuple):
        # Of a pair, whose numbers would be written with NumPy's names.
        text = f"({', '.join(safe_text(each) for each in value)})"
    else:
        text = repr(value) if isinstance(value, str) else str(value)
    shown = text if text.isprintable() else repr(text)

    return shown if len(shown) <= VALUE_LENGTH else f"{shown[: VALUE_LENGTH - 1]}…"


def _result(family: Family, outcomes: Sequence[ExpectationOutcome]) -> FamilyResult:
    troubled = [each for each in outcomes if not each.holds]
    severities = {each.severity for each in troubled}
    worst = Severity.CRITICAL if Severity.CRITICAL in severities else Severity.WARNING

    return FamilyResult(
        family=family,
        passed=not troubled,
        severity=worst if troubled else None,
        outcomes=tuple(sorted(outcomes, key=_rank)),
    )


def _rank(outcome: ExpectationOutcome) -> tuple[bool, bool, int, bool, str]:
    passed = outcome.state is OutcomeState.PASSED
    critical = outcome.severity is Severity.CRITICAL
    order = _ORDER.index(outcome.state)

    return passed, outcome.holds, order, not critical, outcome.expectation.id
