"""What Great Expectations answers, read as an outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral, Real

from monitoring.quality.expectation import Expectation, Severity, Subject
from monitoring.quality.outcome import (
    UNEXPECTED_VALUES,
    ExpectationOutcome,
    OutcomeState,
    safe_text,
)
from monitoring.spec.model import Family

#: What is said of an error where values are not shown.
HIDDEN = "the error may name a value, and values are not shown"

_COUNTS = frozenset({"element_count", "unexpected_count", "unexpected_percent"})

#: The longest reason that an errored outcome quotes.
_REASON_LENGTH = 200


def errored(expectation: Expectation, problem: str) -> ExpectationOutcome:
    """Return the outcome of an *expectation* that could not be evaluated because of *problem*."""
    return ExpectationOutcome(
        expectation,
        OutcomeState.ERRORED,
        message=f"{_subject(expectation)} could not be evaluated: {_line(problem)}.",
    )


def bounds_of(expectation: Expectation) -> str:
    """Return the numbers within which *expectation* holds, as words; none where it has none."""
    kwargs = expectation.kwargs
    parts = [
        f"{word} {kwargs[key]}"
        for key, word in (("min_value", "at least"), ("max_value", "at most"))
        if kwargs.get(key) is not None
    ]
    mostly = kwargs.get("mostly")
    if isinstance(mostly, int | float):
        share = f"{1 - mostly:.2%}"
        null = expectation.type.endswith("to_not_be_null")
        parts.append(f"at most {share} missing" if null else f"in all but {share} of the rows")

    return ", ".join(parts)


def unread(problem: str, number: int) -> ExpectationOutcome:
    """Return the outcome of an expectation of a suite file that could not be read."""
    expectation = Expectation(
        id=f"suite_file:{number}",
        type="suite_file",
        column=None,
        kwargs={},
        family=Family.VALIDITY,
        severity=Severity.WARNING,
        reason="What cannot be read is not checked.",
        bound="A suite of Great Expectations as JSON.",
    )

    return ExpectationOutcome(expectation, OutcomeState.ERRORED, message=problem)


def outcome_of(
    expectation: Expectation,
    *,
    success: bool,
    result: Mapping[str, object],
    exception_info: Mapping[str, object],
    show_values: bool = True,
) -> ExpectationOutcome:
    """
    Return the outcome of *expectation*, given the three parts of Great Expectations' result.

    *exception_info* is one report, or one for each metric that could not be computed. Without
    *show_values* only counts are told: an extreme and an error may name a value.
    """
    problem = _problem(exception_info)
    if problem is not None:
        return errored(expectation, problem if show_values else HIDDEN)
    if not show_values:
        told = _COUNTS if expectation.column is not None else {*_COUNTS, "observed_value"}
        # The names of columns are nobody's secret.
        told = {*result} if expectation.subject is Subject.COLUMNS else told
        result = {name: value for name, value in result.items() if name in told}

    null = expectation.type.endswith("to_not_be_null")
    values = [] if null else _unexpected(result)
    count = _whole(result.get("unexpected_count"))
    return ExpectationOutcome(
        expectation,
        OutcomeState.PASSED if success else OutcomeState.FAILED,
        observed=_observed(result, count),
        unexpected_count=count,
        unexpected_percent=_number(result.get("unexpected_percent")),
        unexpected_values=() if success else tuple(values[:UNEXPECTED_VALUES]),
        message="" if success else _message(expectation, result, values),
    )


def _line(text: str) -> str:
    """Return *text* as one line of bounded length, without the full stop."""
    line = " ".join(text.split()).rstrip(".") or "no reason given"
    line = "".join(each if each.isprintable() else "?" for each in line)

    return line if len(line) <= _REASON_LENGTH else f"{line[: _REASON_LENGTH - 1]}…"


def _problem(exception_info: Mapping[str, object]) -> str | None:
    reports = [exception_info] if "exception_message" in exception_info else exception_info.values()
    messages = [
        str(report.get("exception_message"))
        for report in reports
        if isinstance(report, Mapping) and report.get("exception_message") is not None
    ]

    return messages[0] if messages else None


def _unexpected(result: Mapping[str, object]) -> list[str]:
    details = result.get("details")
    mismatched = details.get("mismatched") if isinstance(details, Mapping) else None
    parts = [result.get("partial_unexpected_list"), result.get("partial_missing_list")]
    if isinstance(mismatched, Mapping):
        parts += [mismatched.get("unexpected"), mismatched.get("missing")]
    elif isinstance(mismatched, Sequence):
        return [_misplaced(each) for each in mismatched if isinstance(each, Mapping)]
    listed = [value for part in parts if isinstance(part, Sequence) for value in part]

    # A missing value is counted, and has nothing to show.
    return list(dict.fromkeys(safe_text(each) for each in listed if each is not None))


def _misplaced(place: Mapping[str, object]) -> str:
    found, expected = (
        "nothing" if place.get(key) is None else safe_text(place[key])
        for key in ("Found", "Expected")
    )

    return f"{found} in place of {expected}"


def _observed(result: Mapping[str, object], count: int | None) -> str | None:
    value = result.get("observed_value")
    if isinstance(value, Sequence | Mapping) and not isinstance(value, str):
        return f"{len(value)} values"
    if value is not None:
        return str(value) if isinstance(value, str) else safe_text(value)

    return None if count is None else f"{count:,} of {_whole(result.get('element_count')) or 0:,}"


def _message(expectation: Expectation, result: Mapping[str, object], values: list[str]) -> str:
    subject, count = _subject(expectation), _whole(result.get("unexpected_count"))
    named = f": {', '.join(values[:UNEXPECTED_VALUES])}" if values else ""
    limits = bounds_of(expectation)
    wanted = f"Expected {limits}." if limits else expectation.bound
    found = f": found {_observed(result, None)}"
    if result.get("partial_missing_list"):
        found = " lacks"
    elif expectation.type.endswith("to_match_ordered_list"):
        found = " has its columns in another order"
    elif result.get("observed_value") is None:
        found = ": not as expected"
    if count is None:
        return f"{subject}{found}{named}. {wanted}"

    rows = f"{count:,} of {_whole(result.get('element_count')) or 0:,} values"
    if expectation.type.endswith("to_be_unique"):
        return f"{subject}: {rows} are repeated{_surplus(count, result, values)}{named}. {wanted}"
    if expectation.type.endswith("to_not_be_null"):
        return f"{subject}: {rows} are missing. {wanted}"

    return f"{subject}: {rows} are not as expected{named}. {wanted}"


def _surplus(count: int, result: Mapping[str, object], values: list[str]) -> str:
    listed = result.get("partial_unexpected_list")
    if not isinstance(listed, Sequence) or len(listed) < count:
        return ""

    return f" ({len(values):,} of them distinct, {count - len(values):,} surplus)"


def _subject(expectation: Expectation) -> str:
    actuals = expectation.subject is Subject.ACTUALS
    if expectation.column is None:
        return "The actuals" if actuals else "The table"

    return f"{expectation.column} of the actuals" if actuals else expectation.column


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, Integral) else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, Real) else None
