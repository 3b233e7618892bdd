"""The suite of one day: what was a parameter becomes a number."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import JsonValue

from monitoring.quality.bounds import upper_count, volume_band
from monitoring.quality.distinct import distinct_band
from monitoring.quality.expectation import Expectation, Parameter, Subject
from monitoring.quality.volume import at_least_one_row


def for_day(
    suite: Sequence[Expectation],
    *,
    start: datetime | None,
    end: datetime | None,
    rows: int,
    weekday_history: Sequence[int] = (),
    now: datetime | None = None,
) -> list[Expectation]:
    """
    Return what of *suite* applies to a day of *rows* rows, with its parameters filled in.

    *weekday_history* is the number of rows of earlier days of the same weekday; where it is too
    short, or the monitor runs by batch and has no *start* and *end*, the expectations that need
    them are left out. So are those about the values of an empty day, which would all pass; that
    there are rows is expected then, whatever suite it is. A value that a person wrote in place of a
    parameter stays; a parameter that is not ours stays too.
    """
    known = _known(volume_band(weekday_history), start, end, now)
    filled = list(_filled(suite, known, rows))
    counted = at_least_one_row()
    if rows == 0 and counted.id not in {each.id for each in suite}:
        filled.append(counted)

    return filled


def labels_for_day(
    suite: Sequence[Expectation], *, start: datetime, end: datetime, rows: int, now: datetime
) -> list[Expectation]:
    """Return what of *suite* applies to the *rows* labels of a day; without any, nothing does."""
    return list(_filled(suite, _known(None, start, end, now), rows)) if rows else []


def _known(
    band: tuple[int, int] | None,
    start: datetime | None,
    end: datetime | None,
    now: datetime | None,
) -> dict[str, JsonValue]:
    return {
        Parameter.ROWS_LOW: None if band is None else band[0],
        Parameter.ROWS_HIGH: None if band is None else band[1],
        Parameter.DAY_START: None if start is None else start.isoformat(),
        Parameter.DAY_END: None if end is None else end.isoformat(),
        Parameter.NOW: None if now is None else now.isoformat(),
    }


def _filled(
    suite: Sequence[Expectation], known: Mapping[str, JsonValue], rows: int
) -> Iterator[Expectation]:
    for expectation in suite:
        if not expectation.enabled or (rows == 0 and _is_about_values(expectation)):
            continue

        values = {
            **known,
            Parameter.MOSTLY: _mostly(expectation, rows),
            **_distinct(expectation, rows),
            Parameter.FRESH_AFTER: _fresh_after(expectation, known),
            Parameter.NOW: _latest(expectation, known[Parameter.NOW]),
        }
        waiting = expectation.parameters
        if any(name in values and values[name] is None for name in waiting.values()):
            continue

        filled = {key: values[name] for key, name in waiting.items() if name in values}
        yield replace(expectation, kwargs={**expectation.kwargs, **filled})


def _is_about_values(expectation: Expectation) -> bool:
    about_table = expectation.type.startswith("expect_table_")

    return expectation.subject is not Subject.COLUMNS and not about_table


def _fresh_after(expectation: Expectation, known: Mapping[str, JsonValue]) -> str | None:
    """Return the moment after which the newest row has to be, given its ``max_age`` in seconds."""
    moments = [known[Parameter.DAY_END], known[Parameter.NOW]]
    ends = [datetime.fromisoformat(str(each)) for each in moments if each is not None]
    age = expectation.evidence.get("max_age")
    if known[Parameter.DAY_END] is None or age is None:
        return None

    return (min(ends) - timedelta(seconds=age)).isoformat()


def _distinct(expectation: Expectation, rows: int) -> dict[str, JsonValue]:
    low, high = distinct_band(expectation.evidence, rows) or (None, None)

    return {Parameter.DISTINCT_LOW: low, Parameter.DISTINCT_HIGH: high}


def _latest(expectation: Expectation, now: JsonValue) -> str | None:
    """Return the moment *now*, and after it the ``grace`` in seconds that clocks are given."""
    if now is None:
        return None
    grace = timedelta(seconds=expectation.evidence.get("grace", 0.0))

    return (datetime.fromisoformat(str(now)) + grace).isoformat()


def _mostly(expectation: Expectation, rows: int) -> float:
    """Return the share of the rows that must be as expected, so that *allowed* rows may not be."""
    evidence = expectation.evidence
    allowed = max(
        upper_count(rows, events=evidence.get("events", 0.0), trials=evidence.get("trials", 0.0)),
        math.floor(evidence.get("floor", 0.0) * rows),
    )
    if allowed == 0:
        return 1.0

    # Half a row of room, for the quotient is compared in floating point.
    return max(0.0, 1.0 - (allowed + 0.5) / rows)
