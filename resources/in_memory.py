"""The doubles that tests use in place of the world: plain classes that keep what they get."""

from collections.abc import Iterable

from monitoring.alerting.message import Message
from monitoring.errors import DeliveryError
from resources.notifiers.notifier import Receipt


class RecordingNotifier:
    """Keeps the messages that it is given; refuses the first ones with *failures*, in order."""

    def __init__(self, failures: Iterable[DeliveryError] = ()) -> None:
        #: The messages that were accepted, oldest first.
        self.sent: list[Message] = []

        self._failures = list(failures)

    def send(self, message: Message) -> Receipt:
        """
        Keep *message*.

        Raises:
            DeliveryError: the next of the failures, while there are any.
        """
        if self._failures:
            raise self._failures.pop(0)

        self.sent.append(message)
        return Receipt(sent=True, detail="recorded", thread=f"{message.channel}/{len(self.sent)}")
