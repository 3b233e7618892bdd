"""What is said of a table's list of columns beside what a suite can say: order, and new names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

from pydantic import JsonValue

from monitoring.quality.expectation import Expectation
from monitoring.quality.outcome import ExpectationOutcome, OutcomeState, safe_text

#: Compares two lists of columns place by place.
COLUMN_ORDER = "expect_table_columns_to_match_ordered_list"

_LACKING = "expect_column_distinct_values_to_contain_set"


def shared_order(expectation: Expectation, names: Sequence[str]) -> tuple[Expectation, list[str]]:
    """
    Return *expectation* and *names*, both reduced to the columns that both have.

    A column that is missing or new is told as such, and has moved no other.
    """
    listed = expectation.kwargs.get("column_list")
    wanted = [str(name) for name in listed] if isinstance(listed, list) else []
    shared = set(names).intersection(wanted)
    ordered: list[JsonValue] = [name for name in wanted if name in shared]
    kwargs = {**expectation.kwargs, "column_list": ordered}

    return replace(expectation, kwargs=kwargs), [name for name in names if name in shared]


def with_renames(
    outcomes: Sequence[ExpectationOutcome], names: Sequence[str]
) -> list[ExpectationOutcome]:
    """Return *outcomes*, with the name among *names* that a missing column may have now."""
    known = {
        str(name)
        for outcome in outcomes
        for key in ("value_set", "column_list")
        for name in _listed(outcome.expectation, key)
    }
    new = [name for name in names if name not in known]

    return [_with_renames(outcome, names, new) for outcome in outcomes]


def likely_renames(missing: Sequence[str], new: Sequence[str]) -> dict[str, str]:
    """
    Return which of the *new* columns each *missing* one may be called now; each is taken once.

    >>> likely_renames(["wait", "colour"], ["wait_minutes", "color", "other"])
    {'colour': 'color', 'wait': 'wait_minutes'}
    """
    found: dict[str, str] = {}
    # The surest first, as each takes its name from the others.
    for ratio in (0.8, 0.5):
        for name in missing:
            free = {each.casefold(): each for each in new if each not in found.values()}
            near = get_close_matches(name.casefold(), free, n=1, cutoff=ratio)
            if name not in found and near:
                found[name] = free[near[0]]

    return found


def _listed(expectation: Expectation, key: str) -> list[object]:
    listed = expectation.kwargs.get(key)

    return list(listed) if isinstance(listed, list) else []


def _with_renames(
    outcome: ExpectationOutcome, names: Sequence[str], new: Sequence[str]
) -> ExpectationOutcome:
    if outcome.expectation.type != _LACKING or outcome.state is not OutcomeState.FAILED:
        return outcome

    wanted = [str(name) for name in _listed(outcome.expectation, "value_set")]
    renames = likely_renames([name for name in wanted if name not in names], new)
    told = [f"{safe_text(old)} may be {safe_text(now)} now" for old, now in renames.items()]

    return replace(outcome, message=f"{outcome.message} {'; '.join(told)}.") if told else outcome
