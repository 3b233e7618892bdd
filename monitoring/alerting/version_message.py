"""News of a version as a message: it waits for approval, was promoted, or was taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitoring.alerting import words
from monitoring.alerting.message import Block, Message
from monitoring.alerting.slack_message import anchor, escape, section

#: The most characters of a reason that are told.
_REASON = 500


@dataclass(frozen=True, slots=True)
class VersionNews:
    """What became of *version* of *model*, and why: *waits*, *promoted* or taken back."""

    model: str
    version: str
    reason: str
    waits: bool = False
    promoted: bool = False


def version_message(news: VersionNews, *, key: str, channel: str, link: str | None) -> Message:
    """Write *news* for *channel*; *link* leads to the evaluation in the Dagster UI."""
    return Message(
        key=key,
        channel=channel,
        text="\n".join(_lines(news, link=link)),
        blocks=tuple(_blocks(news, link=link)),
    )


def _title(news: VersionNews) -> str:
    name = f"{words.plain(news.model)} {words.plain(news.version)}"
    if news.waits:
        return f"{name} waits for approval"

    return f"{name} is promoted" if news.promoted else f"{name} was taken back"


def _command(news: VersionNews) -> str:
    return f"monitor approve {words.plain(news.model)} {words.plain(news.version)}"


def _lines(news: VersionNews, *, link: str | None) -> Iterator[str]:
    yield f"{_title(news)}: {words.printable(news.reason)[:_REASON]}"
    if news.waits:
        yield f"To promote it: {_command(news)}"
    if link:
        yield words.printable(link)


def _blocks(news: VersionNews, *, link: str | None) -> Iterator[Block]:
    mark = "⚪" if news.waits else "🟢" if news.promoted else "🟠"
    title = escape(f"{mark} {_title(news)}", limit=150)
    yield {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": False}}
    yield section(escape(words.printable(news.reason), limit=_REASON))
    if news.waits:
        # A back tick would end the code.
        command = escape(_command(news).replace("`", "'"), limit=2 * words.NAME_LIMIT)
        yield section(f"To promote it: `{command}`")
    if link and link.startswith(("https://", "http://")):
        yield section(anchor(link, "Open in Dagster"))
