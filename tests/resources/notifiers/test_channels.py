"""Tests of the channels beside Slack, with the real Apprise against a server on this machine."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import TYPE_CHECKING

import pytest

from monitoring.alerting.message import Message
from monitoring.errors import DeliveryError
from resources.notifiers.channels import AppriseNotifier, channel_named

if TYPE_CHECKING:
    from tests.resources.notifiers.conftest import Answer, SlackServer


class Mailbox(socketserver.TCPServer):
    """A mail server on this machine: takes every mail and keeps it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Postman)
        self.mails: list[EmailMessage] = []


class Postman(socketserver.StreamRequestHandler):
    """Speaks as much SMTP as it takes to be handed a mail."""

    server: Mailbox

    def handle(self) -> None:
        """Say yes to everything until the client leaves."""
        self.wfile.write(b"220 ready\r\n")
        for line in self.rfile:
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                content = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.mails.append(message_from_bytes(content, policy=default))
            self.wfile.write(b"250 ok\r\n")
            if line.upper().startswith(b"QUIT"):
                return


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """Run a mail server for one test."""
    with Mailbox() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server

        server.shutdown()
        thread.join()


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

    def test_mail(self, mailbox: Mailbox) -> None:
        """
        What comes from data is text in an e-mail, never an image that its reader loads.

        Regression: Apprise sends HTML, and took the message for that.
        """
        address = f"127.0.0.1:{mailbox.server_address[1]}?from=a@example.org&to=b@example.org"
        told = "Firing: churn drift\n- PSI of <img src=http://evil/x> rose\n- PSI of age & co rose"
        for wish in ("", "&format=html"):
            url = f"mailto://{address}&mode=insecure{wish}"
            AppriseNotifier("mail", url).send(Message("key", "@mail", told))

        text, both = mailbox.mails
        assert told.split("\n")[1:] == text.get_content().splitlines()
        assert told.partition("\n")[0] == text["Subject"]
        html = both.get_body(("html",))
        assert html is not None
        assert "<img" not in html.get_content()
        assert "&lt;img" in html.get_content()

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
