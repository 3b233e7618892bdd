"""Slack as a notifier: one message out, every way in which it can fail mapped to one error."""

import logging
import re
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPException, InvalidURL

import dagster as dg
from pydantic import Field
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from monitoring.alerting.message import Message
from monitoring.alerting.slack_message import escape
from monitoring.errors import DeliveryError
from resources.notifiers.notifier import Receipt

_TEXT_LIMIT = 4_000

# The SDK logs requests and bodies; a proxy that echoes headers would put the token there.
_SILENT = logging.Logger("slack_sdk", logging.CRITICAL + 1)  # noqa: LOG001 - not the shared one

_TOKEN = re.compile(r"[\x21-\x7e]+")
_ERROR_CODE = re.compile(r"[a-z0-9_]{1,80}")

#: Errors that Slack says of itself or of the moment, not of the request.
_PASSING = {
    "ratelimited",
    "rate_limited",
    "message_limit_exceeded",
    "internal_error",
    "fatal_error",
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",
}

_TOKEN_REMEDY = "set SLACK_BOT_TOKEN to a bot token of the app"  # noqa: S105 - advice
_CHANNEL_REMEDY = "check alerts.slack.channel; invite the bot to the channel if it is private"
_REMEDIES = {
    "invalid_auth": _TOKEN_REMEDY,
    "not_authed": _TOKEN_REMEDY,
    "account_inactive": _TOKEN_REMEDY,
    "token_revoked": _TOKEN_REMEDY,
    "token_expired": _TOKEN_REMEDY,
    "not_allowed_token_type": _TOKEN_REMEDY,
    "missing_scope": "give the app the scope chat:write and install it again",
    "channel_not_found": _CHANNEL_REMEDY,
    "not_in_channel": "invite the bot to the channel",
    "is_archived": "unarchive the channel, or name another in alerts.slack.channel",
    "restricted_action": "let the app post in this channel, or name another",
    "invalid_blocks": "report this as a bug, with the incident",
    "msg_too_long": "report this as a bug, with the incident",
}


class SlackNotifier(dg.ConfigurableResource[None]):
    """
    Posts messages to Slack.

    Hand the token over as ``dg.EnvVar("SLACK_BOT_TOKEN")``: Dagster's UI shows the values of
    resources, but only the names of environment variables.
    """

    token: str = Field(repr=False, description="A bot token with the scope chat:write.")
    base_url: str = Field(
        default="https://slack.com/api/", description="Where Slack's Web API is; for proxies."
    )
    timeout: int = Field(default=10, ge=1, description="Seconds to wait for an answer.")

    def send(self, message: Message) -> Receipt:
        """
        Post *message*: as an answer in the thread, or in place of the message, that it names.

        Raises:
            DeliveryError: when Slack did not take it, or may not have.
        """
        try:
            answer = self._post(message)
        except SlackApiError as error:
            if _code(error) == "duplicate_client_msg_id":
                return Receipt(sent=True, detail="sent before: Slack knows this message")
            # Without its cause, which quotes the answer, which may quote the token.
            raise _refusal(error, channel=message.channel) from None
        except InvalidURL as error:
            raise self._wrong_address() from error
        except OSError as error:
            msg = f"Slack could not be reached for {message.channel}: {error}."
            raise DeliveryError(msg, retryable=True) from error
        except (HTTPException, ValueError, AttributeError, LookupError):
            # The SDK trips over JSON that is no object, and over bytes that are no text.
            raise _unreadable(message.channel) from None

        # The channel's id, by which Slack lets a message be edited; its name does not do.
        sent_to = answer.get("channel", message.channel)
        thread = f"{sent_to}/{answer['ts']}" if answer.get("ts") else None
        return Receipt(sent=True, detail=f"sent to {message.channel}", thread=thread)

    def _post(self, message: Message) -> SlackResponse:
        handle = message.edits or message.thread or f"{message.channel}/"
        channel, _, stamp = handle.partition("/")
        text, blocks = escape(message.text, limit=_TEXT_LIMIT), list(message.blocks)
        if message.edits is not None:
            return self._client().chat_update(channel=channel, ts=stamp, text=text, blocks=blocks)

        return self._client().chat_postMessage(
            channel=channel,
            thread_ts=stamp or None,
            reply_broadcast=(message.broadcast and bool(stamp)) or None,
            text=text,
            blocks=blocks,
            mrkdwn=False,
            link_names=False,
            unfurl_links=False,
            unfurl_media=False,
            metadata={"event_type": "monitor_incident", "event_payload": {"key": message.key}},
            client_msg_id=client_message_id(message.key),
        )

    def _client(self) -> WebClient:
        token = self.token.strip()
        # An illegal header would be quoted, with the token, in the exception of http.client.
        if not _TOKEN.fullmatch(token):
            msg = f"The Slack token is empty or has impossible characters: {_TOKEN_REMEDY}."
            raise DeliveryError(msg, retryable=False)

        if not self.base_url.startswith(("https://", "http://")):
            raise self._wrong_address()

        # No retry handlers: the outbox retries, and a sleep here would stop a sensor's tick.
        return WebClient(
            token=token,
            base_url=self.base_url,
            timeout=self.timeout,
            logger=_SILENT,
            retry_handlers=[],
        )

    def _wrong_address(self) -> DeliveryError:
        msg = f"Slack's address {self.base_url!r} is not a web address: correct SLACK_API_URL."

        return DeliveryError(msg, retryable=False)


def client_message_id(key: str) -> str:
    """
    Return the UUID under which Slack may know a message by *key*.

    Slack does not document what it does with it (it refuses some repeats, as
    ``duplicate_client_msg_id``), so the key is in the message's metadata as well.
    """
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"monitoring-pipelines:{key}"))


def _refusal(error: SlackApiError, *, channel: str) -> DeliveryError:
    status, code = error.response.status_code, _code(error)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = _retry_after(error.response.headers)
        msg = f"Slack asks to slow down: the message to {channel} waits."
        return DeliveryError(msg, retryable=True, retry_after=wait)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        msg = f"Slack answered HTTP {status} to the message to {channel}."
        return DeliveryError(msg, retryable=True)
    if code is None and status == HTTPStatus.OK:
        return _unreadable(channel)
    if code is None:
        msg = f"HTTP {status} answered the message to {channel}: is SLACK_API_URL right?"
        return DeliveryError(msg, retryable=False)

    remedy = _REMEDIES.get(code, "see https://docs.slack.dev/reference/methods/chat.postMessage")
    passing = code in _PASSING
    msg = f"Slack refused the message to {channel}: {code}"
    return DeliveryError(f"{msg}." if passing else f"{msg}: {remedy}.", retryable=passing)


def _unreadable(channel: str) -> DeliveryError:
    msg = f"The answer to the message to {channel} is not Slack's JSON: is SLACK_API_URL right?"

    return DeliveryError(msg, retryable=True)


def _code(error: SlackApiError) -> str | None:
    """Return Slack's error code; ``None`` for an answer that has none."""
    data = error.response.data
    code = data.get("error") if isinstance(data, dict) else None

    return code if isinstance(code, str) and _ERROR_CODE.fullmatch(code) else None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    lowered = {name.lower(): value for name, value in headers.items()}
    seconds = lowered.get("retry-after", "")

    return float(seconds) if seconds.isascii() and seconds.isdecimal() else None
