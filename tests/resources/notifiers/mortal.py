"""A process that finds an incident, tells Slack of it, and is killed at a step of its work."""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from itertools import count

import sqlalchemy as sa

from monitoring.alerting.incident import Cause
from monitoring.spec.parse import read_monitor
from resources.delivery import Delivery
from resources.incidents import Incidents
from resources.notifiers.slack import SlackNotifier
from resources.results.store import ResultsStore

SPEC = read_monitor(
    """
model: churn
task: binary_classification
start: 2026-01-01
predictions: {table: predictions, id: id, timestamp: made, score: score}
positive_class: 1
reference: {table: reference}
windows: {drift: [1d]}
alerts: {slack: {channel: "#ml"}, resolve_after: 1}
""",
    source="m.yaml",
).spec
NOW = datetime(2026, 1, 10, 6, tzinfo=UTC)

#: What changes something outside of the process, or is about to.
_STEPS = ("BEGIN IMMEDIATE", "INSERT", "UPDATE", "DELETE")


def work(database: str, slack: str, now: datetime, dies_at: int | None = None) -> None:
    """
    Do what a run and then the sensor do; be killed before the *dies_at*-th step.

    A step is a statement that writes, a commit, or bytes that go out to Slack.
    """
    steps = count(1)

    def step() -> None:
        if next(steps) == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(*asked: object) -> None:
        if str(asked[2]).startswith(_STEPS):
            step()

    def audit(event: str, _arguments: tuple[object, ...]) -> None:
        if event == "http.client.send":
            step()

    sa.event.listen(sa.Engine, "before_cursor_execute", statement)
    sa.event.listen(sa.Engine, "commit", lambda _connection: step())
    sys.addaudithook(audit)
    store = ResultsStore(f"sqlite:///{database}")
    Incidents(SPEC, store, Cause.DRIFT).refresh(as_of=NOW, run_id="run")
    delivery = Delivery(store, SlackNotifier(token="xoxb-1", base_url=slack, timeout=30))  # noqa: S106 - opens nothing
    delivery.remind(SPEC, now=now)
    delivery.deliver_due(now=now)
