"""The seam between incidents and the channels that hear of them."""

from dataclasses import dataclass
from typing import Protocol

from monitoring.alerting.message import Message


@dataclass(frozen=True, slots=True)
class Receipt:
    """
    What became of a message that no channel refused.

    *detail* says it for the record ("not sent: no token"). *thread* is the channel's own handle
    of the message: hand it back as the ``thread`` of a later message to answer this one.
    """

    sent: bool
    detail: str
    thread: str | None = None


class Notifier(Protocol):
    """Something that brings messages to people."""

    def send(self, message: Message) -> Receipt:
        """
        Deliver *message* once; retries are the outbox's.

        Raises:
            DeliveryError: when the channel did not take it; says whether trying again may help.
        """
        ...
