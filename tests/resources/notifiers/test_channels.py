"""Tests of the channels beside Slack, with the real Apprise against a server on this machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from monitoring.alerting.message import Message
from monitoring.errors import DeliveryError
from resources.notifiers.channels import AppriseNotifier, channel_named

if TYPE_CHECKING:
    from tests.resources.notifiers.conftest import Answer, SlackServer

MESSAGE = Message("key", "@on_call", "Firing: churn drift (warning): PSI rose.\n- PSI of age rose")


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
class TestApprise:
    """Tests of messages that go through Apprise."""

    @pytest.fixture(autouse=True)
    def _installed(self) -> None:
        """Skip where the extra is not installed."""
        pytest.importorskip("apprise")

    @staticmethod
    def notifier(server: SlackServer) -> AppriseNotifier:
        """Return a webhook to *server*."""
        return AppriseNotifier("on_call", f"json://127.0.0.1:{server.server_port}/s3cret")

    def test_sent(self, slack: SlackServer) -> None:
        """The first line is the title, the rest the body."""
        receipt = self.notifier(slack).send(MESSAGE)

        [(_, _, body)] = slack.requests
        assert "sent to on_call" == receipt.detail
        assert "Firing: churn drift (warning): PSI rose." == body["title"]
        assert "- PSI of age rose" == body["message"]

    def test_edit(self, slack: SlackServer) -> None:
        """What would edit a message of Slack is not sent at all."""
        assert not self.notifier(slack).send(replace(MESSAGE, edits="C1/2")).sent
        assert [] == slack.requests

    def test_refused(self, slack: SlackServer, answer: type[Answer]) -> None:
        """A service that does not take the message is tried again, and its address not told."""
        slack.answers = [answer(status=500)]
        with pytest.raises(DeliveryError) as caught:
            self.notifier(slack).send(MESSAGE)

        assert caught.value.retryable
        assert "s3cret" not in str(caught.value) + repr(self.notifier(slack))

    def test_no_service(self) -> None:
        """A URL that Apprise does not know is parked, and not told."""
        with pytest.raises(DeliveryError, match="MONITOR_CHANNEL_ON_CALL") as caught:
            AppriseNotifier("on_call", "nonsense-s3cret").send(MESSAGE)

        assert not caught.value.retryable
        assert "s3cret" not in str(caught.value)


class TestChannelNamed:
    """Tests of the names that monitor files give."""

    def test_found(self) -> None:
        """The environment says where a channel is."""
        found = channel_named("on_call", {"MONITOR_CHANNEL_ON_CALL": "json://host"})

        assert AppriseNotifier("on_call", "json://host") == found

    def test_unknown(self) -> None:
        """A channel that the environment does not name is parked, with the variable to set."""
        with pytest.raises(DeliveryError, match="set MONITOR_CHANNEL_PAGER") as caught:
            channel_named("pager", {})

        assert not caught.value.retryable
