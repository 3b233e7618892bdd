"""Tests of a sender that dies: at every step nothing is lost, and nothing becomes two things."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from monitoring.alerting.incident import Cause, Incident, State
from monitoring.alerting.message import Message
from monitoring.results import Verdict
from monitoring.spec.model import MonitorSpec
from monitoring.spec.parse import read_monitor
from resources.delivery import CLAIM, Delivery
from resources.notifiers.notifier import Receipt
from resources.notifiers.slack import SlackNotifier
from resources.outbox import Outbox
from resources.results.records import NotificationStatus
from resources.results.store import ResultsStore

if TYPE_CHECKING:
    from tests.resources.notifiers.conftest import SlackServer

NOW = datetime(2026, 1, 10, 6, tzinfo=UTC)
MONITOR = """
model: churn
task: binary_classification
start: 2026-01-01
predictions: {table: predictions, id: id, timestamp: made, score: score}
positive_class: 1
reference: {table: reference}
alerts: {slack: {channel: "#ml"}}
"""


class Killed(BaseException):
    """What nobody catches: the process is gone."""


class Dying:
    """A Slack whose sender dies before or after its *call*-th request."""

    def __init__(self, slack: SlackNotifier, *, call: int, after: bool) -> None:
        self.slack, self.left, self.after = slack, call, after

    def send(self, message: Message) -> Receipt:
        """Send *message*, or die."""
        self.left -= 1
        if not self.left and not self.after:
            raise Killed
        receipt = self.slack.send(message)
        if not self.left:
            raise Killed
        return receipt


def queue(store: ResultsStore, state: State, *, at: datetime, dies: bool = False) -> None:
    """Bring the incident to *state*, and queue the message about it; or die before the commit."""
    spec: MonitorSpec = read_monitor(MONITOR, source="m.yaml").spec
    until = "2026-01-10" if state is State.RESOLVED else None
    incident = Incident(
        "churn", Cause.DRIFT, state, Verdict.WARNING, "2026-01-09", "2026-01-09", until
    )
    with store.transaction() as transaction:
        transaction.save_incident(incident, run_id="run", at=at)
        Outbox(spec, store).put(incident, transaction, at=at)
        if dies:
            raise Killed


class TestKilled:
    """Tests of a process that ends while it delivers."""

    @pytest.mark.parametrize(
        ("call", "after"),
        [(1, False), (1, True), (2, False), (2, True), (3, False), (3, True)],
        ids=["post", "posted", "edit", "edited", "answer", "answered"],
    )
    def test_every_step(
        self, store: ResultsStore, slack: SlackServer, *, call: int, after: bool
    ) -> None:
        """
        Firing and resolved arrive in order; what arrives twice bears one id and one key.

        The requests are the post, the edit and the answer. The process dies before and after each,
        and the next one goes on when the claim of the dead one is over.
        """
        real = SlackNotifier(token="xoxb-1", base_url=slack.url, timeout=1)  # noqa: S106 - opens nothing
        dying = Dying(real, call=call, after=after)
        deaths = 0
        for step, state in enumerate((State.FIRING, State.RESOLVED)):
            now = NOW + step * timedelta(hours=1)
            queue(store, state, at=now)
            for tick in range(3):
                try:
                    Delivery(store, dying).deliver_due(now=now + tick * CLAIM)
                except Killed:
                    deaths += 1

        posts = [body for path, _, body in slack.requests if path.endswith("chat.postMessage")]
        keys = [body["metadata"]["event_payload"]["key"] for body in posts]
        assert 1 == deaths
        assert ["churn:drift:2026-01-09:firing", "churn:drift:2026-01-09:resolved"] == sorted(
            set(keys)
        )
        assert sorted(keys) == keys
        assert len(set(keys)) == len({body["client_msg_id"] for body in posts})
        assert len(keys) <= 3
        assert {NotificationStatus.SENT} == {r.status for r in store.notifications("churn")}
        assert ["thread_ts" in body for body in posts] == [key.endswith("resolved") for key in keys]

    def test_before_commit(self, store: ResultsStore) -> None:
        """A process that dies before its transaction is committed leaves no half of it."""
        with pytest.raises(Killed):
            queue(store, State.FIRING, at=NOW, dies=True)

        assert [] == store.incidents()
        assert [] == store.notifications("churn")


class TestSlackState:
    """Tests of what Slack is asked to do with the first message."""

    def test_edit(self, store: ResultsStore, slack: SlackServer) -> None:
        """The end edits the message of the beginning, by the channel's id and its time stamp."""
        notifier = SlackNotifier(token="xoxb-1", base_url=slack.url, timeout=1)  # noqa: S106 - opens nothing
        for state in (State.FIRING, State.RESOLVED):
            queue(store, state, at=NOW)
            Delivery(store, notifier).deliver_due(now=NOW)

        paths = [path.rpartition("/")[2] for path, _, _ in slack.requests]
        edit, answer = slack.requests[1][2], slack.requests[2][2]
        assert ["chat.postMessage", "chat.update", "chat.postMessage"] == paths
        assert ("C024BE91L", "1373846400.000100") == (edit["channel"], edit["ts"])
        assert edit["blocks"][0]["text"]["text"].startswith("🟢 Resolved")
        assert "1373846400.000100" == answer["thread_ts"]
        assert "reply_broadcast" not in answer
