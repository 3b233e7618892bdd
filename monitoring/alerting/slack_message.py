"""
An incident as a Slack message that is read in ten seconds.

Formatting and limits: https://docs.slack.dev/reference/block-kit and
https://docs.slack.dev/messaging/formatting-message-text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from monitoring.alerting import words
from monitoring.alerting.context import Context, background
from monitoring.alerting.incident import Cause, Incident, State
from monitoring.alerting.message import Block, Json, Message
from monitoring.results import ALL, Measurement, Verdict

#: How many breaches are listed after the worst one.
LISTED = 5

#: The most characters of an error that are quoted.
_NOTE_LIMIT = 500

_CELLS = 8

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

# Slack's link syntax is <url|label>, so these must not stand in the address.
_IN_LINKS = str.maketrans({"<": "%3C", ">": "%3E", "|": "%7C", " ": "%20", "&": "&amp;"})

_MARKS = {
    Verdict.CRITICAL: "🔴",
    Verdict.WARNING: "🟠",
    State.RESOLVED: "🟢",
    State.PENDING: "⚪",
}

#: Said of an incident that has no measurement to show.
_HAPPENED = {
    Cause.QUALITY: "Data quality checks failed for {when}.",
    Cause.DRIFT: "The data of {when} drifted from the reference.",
    Cause.PERFORMANCE: "Performance crossed its threshold for {when}.",
    Cause.LABELS: "Labels of {when} are late, or come no more.",
    Cause.RUN_FAILURE: "The run for {when} failed: nothing was computed.",
    Cause.MISSING_RUN: "Nothing was computed for {when}, and it is overdue: is the schedule on?",
    Cause.UNDELIVERED: "Messages about this model reach nobody: see the notifications sensor.",
    Cause.SILENT_SENSOR: "A sensor that all models of this deployment need stands still.",
    Cause.VERSION: "Something was decided about version {when}.",
}

_OVER = {
    Cause.QUALITY: "Data quality checks pass again",
    Cause.DRIFT: "The data is like the reference again",
    Cause.PERFORMANCE: "Performance is back within its thresholds",
    Cause.LABELS: "Labels come in time again",
    Cause.RUN_FAILURE: "Runs succeed again",
    Cause.MISSING_RUN: "Every day is computed again",
    Cause.UNDELIVERED: "Messages are delivered again",
    Cause.SILENT_SENSOR: "All sensors tick again",
    Cause.VERSION: "Nothing is to be decided about it any more",
}

_RETRACTED = "Taken back: days were computed again, and nothing is beyond its threshold any more."


#: Said of a message that was sent before, by a sender that heard no answer.
_REPEAT = "May be a repeat: an earlier attempt to send this was not confirmed."


def slack_message(
    incident: Incident, *, key: str, channel: str, link: str | None, context: Context | None = None
) -> Message:
    """Write *incident* for *channel*; *link* leads to its asset in the Dagster UI."""
    known = context or Context()

    return Message(
        key=key,
        channel=channel,
        text="\n".join(_lines(incident, known, link=link)),
        blocks=tuple(_blocks(incident, known, link=link)),
    )


def marked_as_repeat(message: Message) -> Message:
    """Return *message* with a word for those who have it already."""
    block: Block = {"type": "context", "elements": [_markup(_REPEAT)]}

    return replace(message, text=f"{message.text}\n{_REPEAT}", blocks=(*message.blocks, block))


def escape(text: str, *, limit: int) -> str:
    """
    Escape *text* so that Slack shows it and obeys none of it, in at most *limit* characters.

    >>> escape("<!channel> & co", limit=30)
    '&lt;!channel&gt; &amp; co'
    """
    escaped = [_ENTITIES.get(char, char) for char in text[: limit + 1]]
    if sum(map(len, escaped)) <= limit:
        return "".join(escaped)

    # Cut between characters: half an entity would show as noise.
    while sum(map(len, escaped)) > limit - 1:
        escaped.pop()
    return "".join(escaped) + "…"


def _lines(incident: Incident, context: Context, *, link: str | None) -> Iterator[str]:
    yield f"{_title(incident, context)}: {_lead(incident, quote=words.plain)}"
    if context.note:
        yield words.printable(context.note)[:_NOTE_LIMIT]
    listed, more = _further(incident)
    yield from (f"- {words.crossing(breach)}" for breach in listed)
    if more:
        yield f"- and {more} more"
    if known := background(incident, context, quote=words.plain):
        yield known
    yield _duration(incident, quote=words.plain)
    if link:
        yield words.printable(link)


def _blocks(incident: Incident, context: Context, *, link: str | None) -> Iterator[Block]:
    mark = _MARKS.get(incident.state) or _MARKS.get(incident.severity, "🔴")
    title = escape(f"{mark} {_title(incident, context)}", limit=150)
    yield {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": False}}
    yield section(_lead(incident, quote=_code))
    if context.note:
        yield section(_code(context.note, limit=_NOTE_LIMIT))
    if listed := _list(incident):
        yield section(listed)
    if known := background(incident, context, quote=_code):
        yield section(known)
    if calls := " · ".join(_calls(incident, context, link=link)):
        yield section(calls)

    footer = f"{_duration(incident, quote=_code)} Incident {_code(incident.fingerprint)}."
    yield {"type": "context", "elements": [_markup(footer)]}


def _calls(incident: Incident, context: Context, *, link: str | None) -> Iterator[str]:
    """Yield what to press, and who is called: nobody when it is over."""
    for address, label in ((link, "Open in Dagster"), (context.run, "The run")):
        if address and address.startswith(("https://", "http://")):
            yield anchor(address, label)
    if context.mention and incident.state is State.FIRING:
        group = context.mention.startswith("S")
        yield f"<!subteam^{context.mention}>" if group else f"<@{context.mention}>"


def _title(incident: Incident, context: Context) -> str:
    severity = f"was {incident.severity}" if incident.state is State.RESOLVED else incident.severity
    cause = incident.cause.replace("_", " ")

    state = incident.state.capitalize() if not context.reminder else f"Still {incident.state}"

    return f"{state}: {words.plain(incident.model)} {cause} ({severity})"


def _lead(incident: Incident, *, quote: words.Quote) -> str:
    breach = words.sentence(incident.evidence[0], quote=quote) if incident.evidence else ""
    if incident.state is not State.RESOLVED:
        when = words.partition(incident.last_seen, quote=quote)
        return breach or _HAPPENED[incident.cause].format(when=when)

    if incident.retracted:
        return _RETRACTED
    over = f"{_OVER[incident.cause]}."
    return f"{over} Last breach: {breach}" if breach else over


def _duration(incident: Incident, *, quote: words.Quote) -> str:
    since = words.partition(incident.since, quote=quote)
    last = words.partition(incident.until or incident.last_seen, quote=quote)
    if incident.state is State.RESOLVED:
        return f"Lasted from {since} until {last}."

    return f"Since {since}." if since == last else f"Since {since}, last seen {last}."


def _further(incident: Incident) -> tuple[list[Measurement], int]:
    """
    Return the worst breach of each further column or metric, and how many are not listed.

    The segments that are hit hardest come after them, however many columns there are.

    There is none in an incident that is over: a list would read as if it still held.
    """
    if incident.state is State.RESOLVED:
        return [], 0

    worst: dict[tuple[str, str, str], Measurement] = {}
    for breach in incident.evidence:
        subject = breach.metric if breach.column == ALL else f"column {breach.column}"
        worst.setdefault((subject, breach.segment, breach.version), breach)
    further = list(worst.values())[1:]
    whole = [breach for breach in further if breach.segment == ALL]
    parts = [breach for breach in further if breach.segment != ALL]
    listed = [*whole[:LISTED], *parts[:LISTED]]

    return listed, len(further) - len(listed)


def _list(incident: Incident) -> str:
    listed, more = _further(incident)
    excesses = {breach: _excess(breach, incident.evidence[0]) for breach in incident.evidence}
    largest = max(excesses.values(), default=0.0)
    lines = [
        f"{_bar(excesses[breach], largest=largest)} {words.crossing(breach, quote=_code)}"
        for breach in listed
    ]

    return "\n".join([*lines, f"and {more} more"] if more else lines)


def _excess(breach: Measurement, worst: Measurement) -> float:
    """
    Return how far the value is past its threshold, as a multiple of the threshold.

    A segment without one of its own is compared with that which the *worst* breach crossed.
    """
    threshold = words.crossed_threshold(breach)
    if threshold is None and (breach.metric, breach.column) == (worst.metric, worst.column):
        threshold = words.crossed_threshold(worst)
    if breach.value is None or threshold is None:
        return 0.0

    return abs(breach.value - threshold) / (abs(threshold) or 1.0)


def _bar(part: float, *, largest: float) -> str:
    filled = max(1, round(_CELLS * part / largest)) if part and largest else 0

    return "█" * filled + "░" * (_CELLS - filled)


def _code(name: str, *, limit: int = words.NAME_LIMIT) -> str:
    """Quote *name* as code, where emphasis, emoji and mentions mean nothing."""
    inner = escape(words.printable(name).replace("`", "'"), limit=limit)

    return f"`{inner or ' '}`"


def anchor(address: str, label: str) -> str:
    """Return a link to *address* in Slack's syntax."""
    return f"<{words.printable(address).translate(_IN_LINKS)}|{label}>"


def section(text: str) -> Block:
    """Return a block of *text*, which is escaped already."""
    return {"type": "section", "text": _markup(text)}


def _markup(text: str) -> dict[str, Json]:
    # Verbatim: Slack else makes links of what looks like a channel or an address.
    return {"type": "mrkdwn", "text": text, "verbatim": True}
