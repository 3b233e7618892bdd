"""The notifier of a home that has no Slack token: messages go to the console and the log."""

import logging
import sys
from dataclasses import dataclass

from monitoring.alerting.message import Message
from resources.notifiers.notifier import Receipt

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConsoleNotifier:
    """Shows messages to whoever runs the monitor, and records *reason*: why nobody else saw it."""

    reason: str = "no token"

    def send(self, message: Message) -> Receipt:
        """Write the text of *message* to standard error and to the log; what is said is said."""
        if message.edits is not None:
            return Receipt(sent=False, detail=f"not sent: {self.reason}")
        sys.stderr.write(f"{message.text}\n")
        _LOG.info("Message for %s: %s", message.channel, message.text)

        return Receipt(sent=False, detail=f"not sent: {self.reason}")
