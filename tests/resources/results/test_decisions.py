"""Decisions come back as they were, on SQLite and on PostgreSQL."""

from datetime import UTC, datetime, timedelta

from resources.results.records import DecisionRecord, Subject
from resources.results.store import ResultsStore

NOW = datetime(2026, 1, 10, 6, tzinfo=UTC)


class TestDecisions:
    """What was decided about a model."""

    def test_in_order(self, store: ResultsStore) -> None:
        """
        They are read oldest first, those of another model and of other subjects left out.
        """
        first = DecisionRecord("m", NOW, Subject.RETRAINING, "no", "nothing fires")
        later = NOW + timedelta(hours=1)
        second = DecisionRecord(
            "m", later, Subject.PROMOTION, "yes", "better", "m:drift:2026-01-01", "v2", "run"
        )
        other = DecisionRecord("n", NOW, Subject.ROLLBACK, "yes", "worse")
        with store.transaction() as tx:
            for record in (second, first, other):
                tx.record_decision(record)

        assert [first, second] == store.decisions("m")
        assert [second] == store.decisions("m", Subject.PROMOTION)

    def test_same_moment(self, store: ResultsStore) -> None:
        """
        A decision that is recorded again by a run that is repeated is one decision.
        """
        record = DecisionRecord("m", NOW, Subject.PROMOTION, "no", "NUL \x00 in a name")
        for _ in range(2):
            with store.transaction() as tx:
                tx.record_decision(record)

        (found,) = store.decisions("m")
        assert "NUL \u2400 in a name" == found.reason
