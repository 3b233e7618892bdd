"""Channels beside Slack: e-mail, pagers and webhooks, by the names that monitor files give them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from monitoring.alerting.message import Message
from monitoring.errors import DeliveryError
from resources.notifiers.notifier import Notifier, Receipt

#: Begins the name of the environment variable with the Apprise URL of a channel.
PREFIX = "MONITOR_CHANNEL_"


@dataclass(frozen=True, slots=True)
class AppriseNotifier:
    """
    Sends plain text through Apprise: https://github.com/caronc/apprise.

    *url* has secrets in it: it is never shown. Apprise says no more than whether it worked.
    """

    name: str
    url: str = field(repr=False)

    def send(self, message: Message) -> Receipt:
        """
        Send the text of *message*; an edit is nothing to a channel that cannot edit.

        Raises:
            DeliveryError: when Apprise is missing, knows no such service, or could not send.
        """
        if message.edits is not None:
            return Receipt(sent=False, detail=f"{self.name} cannot edit messages")
        title, _, body = message.text.partition("\n")
        # As text: what comes from data must not become markup where a channel writes HTML.
        if not self._service().notify(title=title, body=body or title, body_format="text"):
            msg = f"Channel {self.name} did not take the message."
            raise DeliveryError(msg, retryable=True)

        return Receipt(sent=True, detail=f"sent to {self.name}")

    def _service(self) -> Any:  # noqa: ANN401 - Apprise has no types
        try:
            # An extra, and half a second: only where a route needs it.
            apprise = import_module("apprise")
        except ImportError as error:
            msg = f"Channel {self.name} needs Apprise: install monitoring-pipelines[channels]."
            raise DeliveryError(msg, retryable=False) from error
        service = apprise.Apprise()
        if not service.add(self.url):
            msg = f"{PREFIX}{self.name.upper()} is not an Apprise URL: see its documentation."
            raise DeliveryError(msg, retryable=False)

        return service


def channel_named(name: str, environment: Mapping[str, str] | None = None) -> Notifier:
    """
    Return the channel that a route of a monitor file calls *name*.

    Raises:
        DeliveryError: when the environment does not say where it is.
    """
    variable = f"{PREFIX}{name.upper()}"
    url = (os.environ if environment is None else environment).get(variable)
    if not url:
        msg = f"No channel {name}: set {variable} to its Apprise URL."
        raise DeliveryError(msg, retryable=False)

    return AppriseNotifier(name, url)
