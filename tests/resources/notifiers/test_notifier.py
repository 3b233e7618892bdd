"""Tests of the seam: every notifier can stand in for another."""

from __future__ import annotations

import dagster as dg
import pytest

from monitoring.alerting.message import Message
from monitoring.errors import DeliveryError
from resources.in_memory import RecordingNotifier
from resources.notifiers.console import ConsoleNotifier
from resources.notifiers.notifier import Notifier
from resources.notifiers.slack import SlackNotifier

MESSAGE = Message(key="key", channel="#ml-alerts", text="Recall fell.")


@dg.asset
def told(notifier: dg.ResourceParam[Notifier]) -> None:
    """Send one message through whatever notifier there is."""
    notifier.send(MESSAGE)


class TestNotifier:
    """Tests of the protocol within Dagster."""

    @pytest.mark.parametrize(
        "notifier",
        [ConsoleNotifier(), RecordingNotifier(), SlackNotifier(token=dg.EnvVar("NOT_SET"))],
        ids=["console", "recording", "slack"],
    )
    def test_definitions_load(self, notifier: Notifier) -> None:
        """Each notifier is accepted as the resource, without its secret being known."""
        definitions = dg.Definitions(assets=[told], resources={"notifier": notifier})

        dg.Definitions.validate_loadable(definitions)


class TestRecordingNotifier:
    """Tests of the double."""

    def test_keeps_what_dagster_sends(self) -> None:
        """The object that the test holds is the one that the asset talked to."""
        notifier = RecordingNotifier()

        dg.materialize([told], resources={"notifier": notifier})

        assert [MESSAGE] == notifier.sent

    def test_failures(self) -> None:
        """The failures come first, in order; what was refused is not kept."""
        notifier = RecordingNotifier(failures=[DeliveryError("Later.", retryable=True)])

        with pytest.raises(DeliveryError, match="Later"):
            notifier.send(MESSAGE)
        assert notifier.send(MESSAGE).sent
        assert [MESSAGE] == notifier.sent
