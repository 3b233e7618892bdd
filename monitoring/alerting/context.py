"""What is known beside the breaches of an incident: facts, other troubles, and who should look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from monitoring.alerting import words
from monitoring.alerting.incident import Cause, Incident, State
from monitoring.metrics import ESTIMATION_ERROR
from monitoring.results import ALL, Measurement

#: The columns with failed expectations that are named.
_NAMED = 8

_FAILED = "failed_expectations"

#: The metrics that a message about a cause may name besides its breaches.
FACTS: Mapping[Cause, tuple[str, ...]] = {
    Cause.PERFORMANCE: ("actual_positive_rate", "positive_rate", "label_coverage"),
    Cause.QUALITY: (_FAILED,),
}

#: What may be behind an incident, by the other one that is open; the first that is counts.
_LIKELY = {
    Cause.PERFORMANCE: {
        Cause.LABELS: "labels, which are late or come no more: the numbers may recover",
        Cause.QUALITY: "data quality, since expectations fail as well",
        Cause.DRIFT: "drift, since the inputs have changed as well",
    },
    Cause.DRIFT: {Cause.QUALITY: "data quality, since expectations fail as well"},
}


@dataclass(frozen=True, slots=True)
class Context:
    """
    What a message says beside the incident itself.

    *note* is what is known of a trouble without numbers, *run* the address of the run that found
    it, and *facts* are other numbers of the same window. *others* are the causes of the model's
    other incidents at that time, None where that is not known. *mention* is who is called, by
    Slack's id. A *reminder* tells again.
    """

    note: str = ""
    run: str | None = None
    facts: tuple[Measurement, ...] = ()
    others: frozenset[Cause] | None = None
    mention: str | None = None
    reminder: bool = False


def background(incident: Incident, context: Context, *, quote: words.Quote) -> str:
    """Say what else is known of an *incident* that is open, and what is likely to be behind it."""
    if incident.state is State.RESOLVED or not incident.cause.measured:
        return ""
    told = [*_facts(incident, context, quote=quote), *_likely(incident, context)]

    return " ".join(told)


def _facts(incident: Incident, context: Context, *, quote: words.Quote) -> Iterator[str]:
    columns = [
        quote(fact.column)
        for fact in context.facts
        if fact.metric == _FAILED and fact.column != ALL and fact.value
    ]
    if incident.cause is Cause.QUALITY and columns:
        more = len(columns) - _NAMED
        named = ", ".join(columns[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        yield f"Columns: {named}."
    if incident.cause is not Cause.PERFORMANCE:
        return
    whole = {fact.metric: fact.value for fact in context.facts if fact.column == ALL}
    actual, predicted = whole.get("actual_positive_rate"), whole.get("positive_rate")
    if actual is not None and predicted is not None:
        rates = words.figures(actual, predicted, metric="positive_rate")
        yield f"Positives: {rates[0]} of the labels, {rates[1]} of the predictions."
    coverage = whole.get("label_coverage")
    if coverage is not None:
        yield f"Labels are known of {words.figures(coverage, metric='label_coverage')[0]}."


def _likely(incident: Incident, context: Context) -> Iterator[str]:
    wrong = any(breach.metric.startswith(ESTIMATION_ERROR) for breach in incident.evidence)
    if wrong:
        yield "The estimate was wrong: the inputs no longer mean what they did (concept drift)."
    if context.others is None:
        return
    # Drift of the inputs makes no estimate wrong: it is estimated from them.
    others = context.others - {Cause.DRIFT} if wrong else context.others
    for other, words_of_it in _LIKELY.get(incident.cause, {}).items():
        if other in others:
            yield f"Likely cause: {words_of_it}."
            return
    if incident.cause is Cause.PERFORMANCE and not wrong:
        yield "Likely cause: concept drift, since neither quality nor inputs have an incident."
    if incident.cause is Cause.DRIFT:
        suffers = Cause.PERFORMANCE in context.others
        yield ("Performance suffers as well." if suffers else "Performance has no incident.")
