"""Tests of the notifier without a token."""

from __future__ import annotations

import logging

import pytest

from monitoring.alerting.message import Message
from resources.notifiers.console import ConsoleNotifier


class TestConsoleNotifier:
    """Tests of messages to whoever runs the monitor."""

    def test_send(
        self, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        """The text is on standard error and in the log; standard output stays for results."""
        caplog.set_level(logging.INFO)

        ConsoleNotifier().send(Message(key="key", channel="#ml-alerts", text="Recall fell."))

        captured = capsys.readouterr()
        assert ("", "Recall fell.\n") == (captured.out, captured.err)
        assert "Message for #ml-alerts: Recall fell." in caplog.text

    def test_receipt(self) -> None:
        """The receipt says that nobody was told, and why."""
        receipt = ConsoleNotifier().send(Message(key="key", channel="#ml-alerts", text="Recall."))

        assert (False, "not sent: no token") == (receipt.sent, receipt.detail)
