"""Sentences about measurements: what crossed which threshold, when and on how many rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from monitoring.metrics import ESTIMATED, METRICS, Family, Input
from monitoring.results import ALL, Measurement
from monitoring.windows import BATCH, DAY

#: How a name that comes from the data is written into a sentence.
Quote = Callable[[str], str]

#: Fractions that people read as per cent.
PERCENTAGES = frozenset(
    {
        "actual_positive_rate",
        "label_coverage",
        "mape",
        "missing_fraction",
        "new_category_fraction",
        "out_of_range_fraction",
        "positive_rate",
    }
)

#: Metrics that count things of which there should be none.
COUNTS = frozenset({"errored_expectations", "excluded_rows", "failed_expectations"})

#: Metrics whose rows are those with a label.
ON_LABELLED_ROWS = frozenset(
    name
    for name, metric in METRICS.items()
    if metric.family in {Family.PERFORMANCE, Family.ESTIMATION} and Input.ACTUALS in metric.needs
)

#: The longest name that a sentence spells out.
NAME_LIMIT = 60

# Not strftime: month names would follow the locale of the process.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def plain(text: str) -> str:
    r"""
    Return *text* on one line, without control characters, cut to ``NAME_LIMIT``.

    >>> plain("\x1b[31mdelay\n")
    '[31mdelay'
    """
    line = printable(text)

    return line if len(line) <= NAME_LIMIT else f"{line[: NAME_LIMIT - 1]}…"


def printable(text: str) -> str:
    """Return *text* on one line, with a space for what a terminal could obey or not print."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def sentence(measurement: Measurement, *, quote: Quote = plain) -> str:
    """Say in one sentence what crossed which threshold, when and on how many rows."""
    kind = "labelled rows" if measurement.metric in ON_LABELLED_ROWS else "rows"
    breach = _capitalised(crossing(measurement, quote=quote))

    return f"{breach} {period(measurement, quote=quote)}, {measurement.rows:,} {kind}."


def crossing(measurement: Measurement, *, quote: Quote = plain) -> str:
    """
    Say what crossed which threshold: ``recall fell to 0.61 (threshold 0.68)``.

    A value that has not crossed a threshold is stated as it is.
    """
    subject = _subject(measurement, quote=quote)
    value, threshold = measurement.value, crossed_threshold(measurement)
    if value is None:
        return f"{subject} is undefined"
    if threshold is None:
        return f"{subject} is {figures(value, metric=measurement.metric)[0]}"

    if measurement.metric in COUNTS and threshold == 0:
        return f"{value:,.0f} {subject}"
    verb = "rose" if value > threshold else "fell"
    written, bound = figures(value, threshold, metric=measurement.metric)
    return f"{subject} {verb} to {written} (threshold {bound})"


def crossed_threshold(measurement: Measurement) -> float | None:
    """Return the threshold on whose wrong side the value is, if it is on one's."""
    value, low, high = measurement.value, measurement.threshold_low, measurement.threshold_high
    if value is not None and high is not None and value > high:
        return high
    if value is not None and low is not None and value < low:
        return low

    return None


def period(measurement: Measurement, *, quote: Quote = plain) -> str:
    """Say which rows were measured: ``over 7 days to 12 July 2013`` or ``in batch 7``."""
    start, end = measurement.window_start, measurement.window_end
    if measurement.window == BATCH:
        return f"in batch {quote(start)}"

    first, after = _parsed(start), _parsed(end)
    if first is None or after is None or after <= first:
        return f"from {quote(start)} to {quote(end)}"

    days, last = (after - first).days, _written(after - DAY)
    return f"on {last}" if days == 1 else f"over {days} days to {last}"


def partition(key: str, *, quote: Quote = plain) -> str:
    """
    Write a partition key for people.

    >>> partition("2013-07-12"), partition("[0:4999]")
    ('12 July 2013', 'batch [0:4999]')
    """
    day = _parsed(key)

    return _written(day) if day else f"batch {quote(key)}"


def figures(*values: float, metric: str) -> list[str]:
    """
    Write *values* with as few digits as still tell different values apart.

    >>> figures(0.6093, 0.68, metric="recall"), figures(0.6796, 0.68, metric="recall")
    (['0.61', '0.68'], ['0.6796', '0.6800'])
    """
    percent = metric.removeprefix(ESTIMATED) in PERCENTAGES
    written: list[str] = []
    for extra in range(12):
        written = [_number(value, percent=percent, extra=extra) for value in values]
        if len(set(written)) == len(set(values)):
            break

    return written


def _subject(measurement: Measurement, *, quote: Quote) -> str:
    metric = METRICS.get(measurement.metric)
    parts = [quote(measurement.metric) if metric is None else metric.words]
    if measurement.column != ALL:
        parts.append(f"of {quote(measurement.column)}")
    if measurement.segment != ALL:
        parts.append(f"where {quote(measurement.segment)}")
    if measurement.version != ALL:
        parts.append(f"for version {quote(measurement.version)}")

    return " ".join(parts)


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _number(value: float, *, percent: bool, extra: int) -> str:
    if percent:
        return f"{100 * value:.{extra}f} %"
    for size, decimals in ((100, 0), (10, 1), (1, 2)):
        if abs(value) >= size:
            return f"{value:,.{decimals + extra}f}"

    return f"{value:#.{2 + extra}g}"


def _parsed(text: str) -> date | None:
    # fromisoformat also reads "20130712", which is more likely the name of a batch.
    if not _ISO_DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _written(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
