"""Tests of what Slack itself is asked about one incident, from its beginning to its end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from monitoring.alerting.incident import Cause, Incident, State
from monitoring.results import Verdict
from monitoring.spec.model import MonitorSpec
from monitoring.spec.parse import read_monitor
from resources.delivery import Delivery
from resources.notifiers.slack import SlackNotifier
from resources.outbox import Outbox
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


def queue(store: ResultsStore, state: State, *, at: datetime) -> None:
    """Bring the incident to *state*, and queue the message about it."""
    spec: MonitorSpec = read_monitor(MONITOR, source="m.yaml").spec
    until = "2026-01-10" if state is State.RESOLVED else None
    incident = Incident(
        "churn", Cause.DRIFT, state, Verdict.WARNING, "2026-01-09", "2026-01-09", until
    )
    with store.transaction() as transaction:
        transaction.save_incident(incident, run_id="run", at=at)
        Outbox(spec, store).put(incident, transaction, at=at)


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
