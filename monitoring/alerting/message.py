"""A message that is ready to be sent: words for people, blocks for the channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Block: TypeAlias = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Message:
    """
    What one channel is told about one incident.

    *key* names the message: a channel that sees a key twice has been told already. *text* is plain
    words without any markup, for notifications, the console and channels that know no blocks;
    whoever sends it escapes it for its medium. *blocks* are Slack's Block Kit, escaped already.
    *thread* is the receipt's handle of the message that this one answers, in its thread alone
    unless *broadcast*, and *edits* that of a message whose place it takes.
    """

    key: str
    channel: str
    text: str
    blocks: tuple[Block, ...] = ()
    thread: str | None = None
    broadcast: bool = False
    edits: str | None = None
