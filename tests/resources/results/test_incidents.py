"""Incidents, what they went through, and the messages about them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitoring.alerting.incident import Cause, Incident, Notification, State
from monitoring.errors import ResultsError
from monitoring.results import Measurement, Verdict
from resources.results.records import NotificationStatus, TransitionRecord
from resources.results.store import ResultsStore

Measure = Callable[..., Measurement]

NOON = datetime(2013, 4, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def incident(measure: Measure) -> Incident:
    """
    A drift that is firing, with one measurement as evidence.
    """
    return Incident(
        model="m",
        cause=Cause.DRIFT,
        state=State.FIRING,
        severity=Verdict.CRITICAL,
        since="2013-04-01",
        last_seen="2013-04-03",
        evidence=(measure(value=0.4, verdict=Verdict.CRITICAL),),
    )


class TestIncidents:
    """Incidents and what they went through."""

    def test_life(self, store: ResultsStore, incident: Incident) -> None:
        """
        An incident is one row that moves on; each state that it comes into is noted.
        """
        life = [
            replace(incident, state=State.PENDING),
            incident,
            replace(incident, last_seen="2013-04-04"),
            replace(incident, state=State.RESOLVED, until="2013-04-05"),
        ]
        for hours, stage in enumerate(life):
            with store.transaction() as tx:
                tx.save_incident(stage, run_id=f"r{hours}", at=NOON + hours * HOUR, note="PSI")

        (found,) = store.incidents()
        assert life[-1] == found
        assert incident.evidence == found.evidence
        assert [
            TransitionRecord("m", Cause.DRIFT, "2013-04-01", state, NOON + hours * HOUR, run, "PSI")
            for state, hours, run in (
                (State.PENDING, 0, "r0"),
                (State.FIRING, 1, "r1"),
                (State.RESOLVED, 3, "r3"),
            )
        ] == store.transitions("m")

    def test_again(self, store: ResultsStore, incident: Incident) -> None:
        """
        An incident that was over and fires again has a transition for each time, and why.

        Regression: the second time left no trace, and its message told the first error.
        """
        over = replace(incident, state=State.RESOLVED)
        for hours, (stage, note) in enumerate(
            [(incident, "disk full"), (over, ""), (incident, "no table"), (incident, "unheard")]
        ):
            with store.transaction() as tx:
                tx.save_incident(stage, run_id=f"r{hours}", at=NOON + hours * HOUR, note=note)

        assert [
            (State.FIRING, "r0", "disk full"),
            (State.RESOLVED, "r1", ""),
            (State.FIRING, "r2", "no table"),
        ] == [(each.state, each.run_id, each.note) for each in store.transitions("m")]

    def test_filters(self, store: ResultsStore, incident: Incident) -> None:
        """
        Incidents are chosen by model, state, cause and since.
        """
        quality = replace(incident, cause=Cause.QUALITY, state=State.RESOLVED)
        later = replace(incident, since="2013-05-01")
        other = replace(incident, model="n")
        with store.transaction() as tx:
            for each in (other, later, quality, incident):
                tx.save_incident(each, run_id="r", at=NOON)

        assert [incident, later, quality, other] == store.incidents()
        assert [incident, later, quality] == store.incidents(model="m")
        assert [incident, later, other] == store.incidents(state=State.FIRING)
        assert [quality] == store.incidents(cause=Cause.QUALITY)
        assert [later] == store.incidents(since="2013-05-01")


class TestOutbox:
    """Messages that are due, and what became of them."""

    @pytest.fixture
    def message(self, incident: Incident) -> Notification:
        """
        A message about the incident.
        """
        return Notification("m:drift:2013-04-01:firing:0", incident, "#ml-alerts", NOON)

    def test_once(self, store: ResultsStore, message: Notification) -> None:
        """
        The same key is put into the outbox once, and keeps the incident as it stood then.
        """
        later = replace(message, incident=replace(message.incident, last_seen="2013-04-09"))
        with store.transaction() as tx:
            assert tx.enqueue(message)
            assert not tx.enqueue(later)

        (found,) = store.due_notifications(NOON)
        assert message == found
        assert message.incident.evidence == found.incident.evidence

    def test_not_before_it_is_due(self, store: ResultsStore, message: Notification) -> None:
        """
        A message that failed waits for its next attempt.
        """
        with store.transaction() as tx:
            tx.enqueue(message)
        assert [] == store.due_notifications(NOON - HOUR)

        with store.transaction() as tx:
            tx.mark_notification(
                message.key,
                status=NotificationStatus.DUE,
                detail="timed out",
                at=NOON,
                attempts=1,
                next_attempt_at=NOON + HOUR,
            )

        assert [] == store.due_notifications(NOON)
        assert [replace(message, attempts=1)] == store.due_notifications(NOON + HOUR)

    @pytest.mark.parametrize("status", ["sent", "not_sent", "parked"])
    def test_done(self, store: ResultsStore, message: Notification, status: str) -> None:
        """
        A message that was sent, or never will be, is not due and says what happened.
        """
        with store.transaction() as tx:
            tx.enqueue(message)
            tx.mark_notification(
                message.key,
                status=NotificationStatus(status),
                detail="no token",
                at=NOON,
                attempts=1,
                receipt="1366.01",
            )

        (found,) = store.notifications("m")
        assert [] == store.due_notifications(NOON + HOUR)
        assert (status, "no token", "1366.01") == (found.status, found.detail, found.receipt)
        assert (NOON if status == "sent" else None) == found.sent_at
        assert [] == store.notifications("n")

    def test_unknown_key(self, store: ResultsStore) -> None:
        """
        Marking a message that does not exist is a mistake, not a no-op.
        """
        with pytest.raises(ResultsError, match="nowhere"), store.transaction() as tx:
            tx.mark_notification(
                "nowhere", status=NotificationStatus.SENT, detail=None, at=NOON, attempts=1
            )
