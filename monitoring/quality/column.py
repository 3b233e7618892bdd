"""What the reference lets expect of one column's values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import JsonValue

from monitoring.quality.bounds import effective_trials, numeric_fence
from monitoring.quality.distinct import FEWEST_DAYS, distinct_evidence
from monitoring.quality.expectation import Expectation, Parameter, draft
from monitoring.quality.summary import TAIL, ColumnSummary, type_kind
from monitoring.spec.model import Family, FeatureType

#: New categories may always be this share of the rows, whatever the reference saw.
NEW_CATEGORIES = 0.01

_BOOLEANS = {"true": True, "false": False}


def completeness(column: ColumnSummary) -> Expectation:
    """Expect hardly more missing values than the reference has."""
    trials = effective_trials(column.daily_missing) or column.rows
    events = column.missing / max(column.rows, 1) * trials
    spread = "rows" if trials == column.rows else f"{trials:.0f} effective rows (days differ)"

    return draft(
        "expect_column_values_to_not_be_null",
        column.name,
        {"mostly": Parameter.MOSTLY.placeholder},
        family=Family.COMPLETENESS,
        reason="A feature that goes missing changes the prediction; NaN counts as missing.",
        bound=f"Binomial bound at the day's rows around {column.missing:,} missing of"
        f" {column.rows:,} in the reference, as {spread}.",
        evidence={"events": events, "trials": trials},
    )


def values(column: ColumnSummary) -> Iterator[Expectation]:
    """Expect values such as the reference has; a column without any lets nothing be expected."""
    if column.present == 0:
        return
    if column.kind is FeatureType.NUMERIC:
        if column.lower_tail is not None and column.upper_tail is not None:
            yield _range(column, column.lower_tail, column.upper_tail)
        return
    if column.categories is not None:
        yield _categories(column, column.categories)
    if type_kind(column.arrow_type) == "text" and column.empty_strings == 0:
        yield _not_empty(column)
    yield from _distinct(column)


def _range(column: ColumnSummary, lower_tail: float, upper_tail: float) -> Expectation:
    low, high = numeric_fence(lower_tail, upper_tail)
    lowest, highest = column.minimum or 0.0, column.maximum or 0.0
    beyond = float(column.infinite)
    if low <= lowest and highest <= high:
        # The extremes are of a piece with the rest, and say better how far the tails reach.
        low, high = numeric_fence(lowest, highest)
    else:
        beyond += 2 * TAIL * column.present

    return draft(
        "expect_column_values_to_be_between",
        column.name,
        {"min_value": low, "max_value": high, "mostly": Parameter.MOSTLY.placeholder},
        family=Family.VALIDITY,
        reason="A sentinel, a change of unit or an infinite value, not an unusual season.",
        bound=f"The reference's range, and its width again on either side; binomial bound at the"
        f" day's rows around {beyond:.0f} of {column.present:,} beyond.",
        evidence={"events": beyond, "trials": column.present},
    )


def _categories(column: ColumnSummary, categories: Sequence[str]) -> Expectation:
    return draft(
        "expect_column_values_to_be_in_set",
        column.name,
        {"value_set": _typed(column, categories), "mostly": Parameter.MOSTLY.placeholder},
        family=Family.CATEGORIES,
        reason="The model never learned what a new category means.",
        bound=f"The {len(categories)} categories of the reference; new ones up to"
        f" {NEW_CATEGORIES:.0%}, or to the binomial bound at the day's rows around"
        f" {column.singletons:,} of {column.present:,} that the reference saw once.",
        # Good and Turing: what was never seen is as frequent as what was seen once.
        evidence={
            "events": column.singletons,
            "trials": column.present,
            "floor": NEW_CATEGORIES,
        },
    )


def _not_empty(column: ColumnSummary) -> Expectation:
    return draft(
        "expect_column_value_lengths_to_be_between",
        column.name,
        {"min_value": 1, "mostly": Parameter.MOSTLY.placeholder},
        family=Family.VALIDITY,
        reason="An empty text is a missing value in disguise.",
        bound=f"None of {column.present:,} in the reference; binomial bound at the day's rows.",
        evidence={"events": 0, "trials": column.present},
    )


def _distinct(column: ColumnSummary) -> Iterator[Expectation]:
    """
    Expect about as many distinct values as the reference has in so many rows.

    Without days a column of few values may be the same all day, as a weekday is.
    """
    evidence, listed = _distinct_evidence(column), column.categories is not None
    if evidence is None or (column.distinct or 0) < 2:  # noqa: PLR2004 - a constant is one
        return
    yield draft(
        "expect_column_unique_value_count_to_be_between",
        column.name,
        {
            "min_value": Parameter.DISTINCT_LOW.placeholder,
            "max_value": Parameter.DISTINCT_HIGH.placeholder,
        },
        family=Family.CATEGORIES,
        reason="A column that became constant holds a default; one that has too many, another key.",
        bound=f"Half to double of what the reference, with {column.distinct:,} in"
        f" {column.present:,}, has in as many rows.",
        evidence=evidence | ({"floor": NEW_CATEGORIES} if listed else {}),
    )


def _distinct_evidence(column: ColumnSummary) -> dict[str, float] | None:
    share = column.present / max(column.rows, 1)
    if len(column.daily_distinct) >= FEWEST_DAYS:
        return distinct_evidence(dict(column.curve), column.daily_distinct, present=share)
    if column.categories is not None:
        return None
    # However values cluster, as many rows as that hold one which is nowhere else.
    alone = column.singletons / max(column.present, 1)

    return distinct_evidence(dict(column.curve), (), present=share) | {
        "least": alone,
        "top": column.top,
    }


def _typed(column: ColumnSummary, categories: Sequence[str]) -> list[JsonValue]:
    kind = column.arrow_type
    if kind.startswith("bool"):
        return [_BOOLEANS[text.casefold()] for text in categories]
    if "int" in kind and type_kind(kind) == "number":
        return [int(text) for text in categories]
    if type_kind(kind) == "number":
        return [float(text) for text in categories]

    return list(categories)
