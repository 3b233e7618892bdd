"""A day's quality as one page of HTML that needs nothing else: no script, no network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from monitoring.quality.outcome import ExpectationOutcome, FamilyResult, OutcomeState
from monitoring.quality.verdict import PartitionQuality

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem;
  color-scheme: light dark; }
table { border-collapse: collapse; width: 100%; margin-bottom: 2rem; }
th, td { border-bottom: 1px solid #8884; padding: .35rem .6rem; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
.failed, .errored { font-weight: 600; } .failed.critical { color: #c92a2a; }
.failed.warning { color: #b35c00; } .errored { color: #7048e8; } .passed { color: #2b8a3e; }
"""

_HEADER = ("state", "severity", "column", "expectation", "observed", "unexpected", "bound", "why")


def quality_page(model: str, day: PartitionQuality) -> str:
    """
    Return the page of *day*: the counts, then each family with its failures first.

    Whatever comes from the data or from a suite is text on it, never markup.
    """
    title = f"{model}: data quality of {day.partition}"
    counts = ", ".join(
        f"{sum(each.state is state for each in day.outcomes)} {state.value}"
        for state in (OutcomeState.FAILED, OutcomeState.ERRORED, OutcomeState.PASSED)
    )
    families = "".join(_family(result) for result in day.families.values())

    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}'
        f"</title><style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>"
        f"<p>{day.rows:,} rows; {len(day.outcomes)} expectations: {counts}.</p>"
        f"{families}</body></html>\n"
    )


def _family(result: FamilyResult) -> str:
    mark = "✓" if result.passed else "✗"
    rows = "".join(_row(outcome) for outcome in result.outcomes)
    header = _cells("th", _HEADER)

    return f"<h2>{mark} {result.family.value}</h2><table><tr>{header}</tr>{rows}</table>"


def _row(outcome: ExpectationOutcome) -> str:
    kind = f"{outcome.state.value} {outcome.severity.value}"

    return f'<tr class="{kind}">{_cells("td", _fields(outcome))}</tr>'


def _fields(outcome: ExpectationOutcome) -> Iterator[str]:
    expectation = outcome.expectation
    count = "" if outcome.unexpected_count is None else f"{outcome.unexpected_count:,}"
    values = ", ".join(outcome.unexpected_values)
    yield outcome.state.value
    yield outcome.severity.value
    yield expectation.column or ""
    yield expectation.type
    yield outcome.observed or ""
    yield f"{count}: {values}" if values else count
    yield expectation.bound
    yield outcome.message or expectation.reason


def _cells(tag: str, texts: Iterable[str]) -> str:
    return "".join(f"<{tag}>{escape(text)}</{tag}>" for text in texts)
