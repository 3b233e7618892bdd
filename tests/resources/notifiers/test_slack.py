"""Tests of the Slack notifier, with the real client against a server on this machine."""

from __future__ import annotations

import logging
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from monitoring.alerting.message import Message
from monitoring.errors import DeliveryError
from resources.notifiers.slack import SlackNotifier, client_message_id

if TYPE_CHECKING:
    from tests.resources.notifiers.conftest import Answer, SlackServer

TOKEN = "xoxb-1234-s3cret"  # noqa: S105 - opens nothing
MESSAGE = Message(
    key="flight_delay:performance:2013-07-10:firing:0",
    channel="#ml-alerts",
    text="Recall of <!channel> & co fell.",
    blocks=({"type": "section", "text": {"type": "mrkdwn", "text": "Recall fell."}},),
)


def notifier(server: SlackServer) -> SlackNotifier:
    """Return a notifier that talks to *server*."""
    return SlackNotifier(token=TOKEN, base_url=server.url, timeout=1)


def failure(server: SlackServer) -> DeliveryError:
    """Return the error with which *server* lets a message fail."""
    with pytest.raises(DeliveryError) as caught:
        notifier(server).send(MESSAGE)

    return caught.value


class TestSend:
    """Tests of messages that Slack takes."""

    def test_request(self, slack: SlackServer) -> None:
        """Slack gets the channel, the blocks and the text, whose markup is escaped."""
        notifier(slack).send(MESSAGE)

        [(path, headers, body)] = slack.requests
        assert "/api/chat.postMessage" == path
        assert f"Bearer {TOKEN}" == headers["Authorization"]
        assert "#ml-alerts" == body["channel"]
        assert "Recall of &lt;!channel&gt; &amp; co fell." == body["text"]
        assert list(MESSAGE.blocks) == body["blocks"]
        assert not body["mrkdwn"]
        assert not body["link_names"]

    def test_receipt(self, slack: SlackServer) -> None:
        """The receipt says where the message went."""
        receipt = notifier(slack).send(MESSAGE)

        assert receipt.sent
        assert "sent to #ml-alerts" == receipt.detail

    def test_thread(self, slack: SlackServer) -> None:
        """A message that carries the receipt of another answers it, in the channel of its id."""
        receipt = notifier(slack).send(MESSAGE)
        notifier(slack).send(replace(MESSAGE, key="next", thread=receipt.thread))

        first, second = (body for _, _, body in slack.requests)
        assert "thread_ts" not in first
        assert ("C024BE91L", "1373846400.000100") == (second["channel"], second["thread_ts"])

    def test_stable_id(self, slack: SlackServer) -> None:
        """A repeat after a crash bears the same id and the same key, another message others."""
        for message in (MESSAGE, MESSAGE, replace(MESSAGE, key="other")):
            notifier(slack).send(message)

        ids = [body["client_msg_id"] for _, _, body in slack.requests]
        keys = [body["metadata"]["event_payload"]["key"] for _, _, body in slack.requests]
        assert [client_message_id(MESSAGE.key)] * 2 == ids[:2]
        assert ids[2] != ids[0]
        assert [MESSAGE.key, MESSAGE.key, "other"] == keys

    def test_duplicate(self, slack: SlackServer, answer: type[Answer]) -> None:
        """A message that Slack has already counts as sent: the crash came after the sending."""
        slack.answers = [answer(body={"ok": False, "error": "duplicate_client_msg_id"})]

        assert notifier(slack).send(MESSAGE).sent

    def test_long_text(self, slack: SlackServer) -> None:
        """A text over Slack's limit is cut instead of refused."""
        notifier(slack).send(replace(MESSAGE, text="&" * 5_000))

        assert len(slack.requests[0][2]["text"]) <= 4_000


class TestFailures:
    """Tests of messages that Slack does not take."""

    @pytest.mark.parametrize(
        ("header", "seconds"),
        [("30", 30.0), ("0", 0.0), ("soon", None), ("-1", None), ("inf", None)],
    )
    def test_rate_limit(
        self, slack: SlackServer, answer: type[Answer], header: str, seconds: float | None
    ) -> None:
        """A rate limit is retryable after the time that Slack names, when it names one."""
        body = {"ok": False, "error": "ratelimited"}
        slack.answers = [answer(status=429, body=body, headers={"Retry-After": header})]

        error = failure(slack)
        assert (True, seconds) == (error.retryable, error.retry_after)
        assert 1 == len(slack.requests)

    @pytest.mark.parametrize("status", [500, 502, 503])
    def test_server_error(self, slack: SlackServer, answer: type[Answer], status: int) -> None:
        """An error of the server is retryable, and retried by nobody but the outbox."""
        slack.answers = [answer(status=status, body=b"<html>Oops</html>")]

        assert failure(slack).retryable
        assert 1 == len(slack.requests)

    @pytest.mark.parametrize("how", [{"hang": True}, {"drop": True}], ids=["hang", "drop"])
    def test_no_answer(self, slack: SlackServer, answer: type[Answer], how: dict[str, Any]) -> None:
        """A server that hangs or hangs up is retryable; whether it got the message is unknown."""
        slack.answers = [answer(**how)]

        error = failure(slack)
        assert error.retryable
        assert "#ml-alerts" in str(error)

    def test_connection_refused(self, slack: SlackServer) -> None:
        """A server that is not there is retryable."""
        # Port 9 (discard) is below the ports that the system hands out, and nobody listens.
        away = SlackNotifier(token=TOKEN, base_url="http://127.0.0.1:9/api/", timeout=1)

        with pytest.raises(DeliveryError, match="could not be reached") as caught:
            away.send(MESSAGE)
        assert caught.value.retryable
        assert not slack.requests

    @pytest.mark.parametrize(
        ("code", "remedy"),
        [
            ("invalid_auth", "SLACK_BOT_TOKEN"),
            ("token_revoked", "SLACK_BOT_TOKEN"),
            ("channel_not_found", "invite the bot"),
            ("not_in_channel", "invite the bot to the channel"),
            ("missing_scope", "chat:write"),
            ("some_new_error", "https://docs.slack.dev"),
        ],
    )
    def test_refused(
        self, slack: SlackServer, answer: type[Answer], code: str, remedy: str
    ) -> None:
        """A refusal is not retryable, and says what a person has to do."""
        slack.answers = [answer(body={"ok": False, "error": code})]

        error = failure(slack)
        assert not error.retryable
        assert f"#ml-alerts: {code}: " in str(error)
        assert remedy in str(error)

    def test_passing_error(self, slack: SlackServer, answer: type[Answer]) -> None:
        """An error that Slack says of itself is retryable although its status is 200."""
        slack.answers = [answer(body={"ok": False, "error": "internal_error"})]

        assert failure(slack).retryable

    @pytest.mark.parametrize(
        "body",
        [b'{"ok": tru', b"", b"null", b"[1]", b'"ok"', b"<html>Login</html>", b"\xff\xfe", b"{}"],
    )
    def test_malformed(self, slack: SlackServer, answer: type[Answer], body: bytes) -> None:
        """An answer that is not Slack's is retryable, and points at the address."""
        slack.answers = [answer(body=body)]

        error = failure(slack)
        assert error.retryable
        assert "SLACK_API_URL" in str(error)

    def test_wrong_path(self, slack: SlackServer, answer: type[Answer]) -> None:
        """A server that knows no Slack API is not asked again."""
        slack.answers = [answer(status=404, body=b"not here")]

        error = failure(slack)
        assert not error.retryable
        assert "SLACK_API_URL" in str(error)

    @pytest.mark.parametrize("url", ["file:///etc/hostname", "slack.com/api", "http://a:b/"])
    def test_wrong_url(self, url: str) -> None:
        """An address that cannot be one is named."""
        with pytest.raises(DeliveryError, match="SLACK_API_URL") as caught:
            SlackNotifier(token=TOKEN, base_url=url).send(MESSAGE)

        assert not caught.value.retryable


class TestSecrecy:
    """Tests that the token stays where it is."""

    def test_repr(self, slack: SlackServer) -> None:
        """Neither form of the resource as text has the token."""
        assert TOKEN not in repr(notifier(slack)) + str(notifier(slack))

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (200, {"ok": False, "error": f"bad token {TOKEN}"}),
            (200, {"ok": False, "error": "invalid_auth", "headers": f"Bearer {TOKEN}"}),
            (200, f"<html>Bearer {TOKEN}".encode()),
            (404, f"Bearer {TOKEN}".encode()),
            (500, f"Bearer {TOKEN}".encode()),
            (200, {"ok": True, "echo": f"Bearer {TOKEN}"}),
        ],
        ids=["code", "refusal", "html", "missing", "error", "ok"],
    )
    def test_echo(
        self,
        slack: SlackServer,
        answer: type[Answer],
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
        status: int,
        body: dict[str, Any] | bytes,
    ) -> None:
        """A server that echoes the token gets it into no error, no traceback and no log."""
        caplog.set_level(logging.DEBUG)
        slack.answers = [answer(status=status, body=body)]

        try:
            told = repr(notifier(slack).send(MESSAGE))
        except DeliveryError as error:
            told = "".join(traceback.format_exception(error))
        assert TOKEN not in told + caplog.text + "".join(capfd.readouterr())

    @pytest.mark.parametrize("token", ["", "   ", f"{TOKEN}\nX-Evil: 1", f"{TOKEN}é"])
    def test_impossible_token(self, slack: SlackServer, token: str) -> None:
        """A token that cannot be one is refused before it is sent, and not quoted."""
        wrong = SlackNotifier(token=token, base_url=slack.url)

        with pytest.raises(DeliveryError, match="SLACK_BOT_TOKEN") as caught:
            wrong.send(MESSAGE)
        assert not caught.value.retryable
        assert TOKEN not in "".join(traceback.format_exception(caught.value))
        assert not slack.requests
