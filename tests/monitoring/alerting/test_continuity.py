"""Tests of what happens to known incidents when the past is computed again."""

from __future__ import annotations

from monitoring.alerting.continuity import continued
from monitoring.alerting.incident import Cause, Incident, State
from monitoring.results import Verdict

DAYS = [f"2026-01-{day:02}" for day in range(1, 21)]


def incident(first: int, last: int, state: State = State.FIRING) -> Incident:
    """Return the drift of the days from *first* to *last*."""
    until = DAYS[last] if state is State.RESOLVED else None

    return Incident(
        "churn", Cause.DRIFT, state, Verdict.WARNING, DAYS[first - 1], DAYS[last - 1], until
    )


class TestContinued:
    """One cause keeps one name."""

    def test_new(self) -> None:
        """What nobody knew of keeps the name that the replay gives it."""
        assert [incident(5, 8)] == continued([incident(5, 8)], [], partitions=DAYS)

    def test_begins_elsewhere(self) -> None:
        """An incident whose first breach moves keeps its name, to either side."""
        known = incident(5, 8)

        for first in (3, 6):
            (found,) = continued([incident(first, 9)], [known], partitions=DAYS)
            assert (known.fingerprint, DAYS[8]) == (found.fingerprint, found.last_seen)

    def test_gone(self) -> None:
        """A firing incident of which nothing is left is over; a resolved one is not touched."""
        (found,) = continued([], [incident(5, 8)], partitions=DAYS)

        assert (State.RESOLVED, DAYS[-1]) == (found.state, found.until)
        assert [] == continued([], [incident(5, 8, State.RESOLVED)], partitions=DAYS)

    def test_retracted(self) -> None:
        """What computing again took back has no evidence left, and says that it was taken back."""
        pending = incident(9, 9, State.PENDING)
        found = continued([], [incident(5, 8), pending], partitions=DAYS)

        assert [True, True] == [each.retracted for each in found]
        assert not incident(5, 8).retracted

    def test_not_pending_again(self) -> None:
        """An incident that people know to fire does not become pending when days are corrected."""
        (found,) = continued([incident(6, 6, State.PENDING)], [incident(5, 8)], partitions=DAYS)

        assert (State.FIRING, DAYS[4]) == (found.state, found.since)

    def test_before_replay(self) -> None:
        """An incident of days that were not replayed stays as it is."""
        assert [] == continued([], [incident(1, 2)], partitions=DAYS[5:])

    def test_apart(self) -> None:
        """Two incidents of different days are two."""
        known = incident(2, 3, State.RESOLVED)
        found = continued([known, incident(10, 12)], [known], partitions=DAYS)

        assert [known, incident(10, 12)] == found

    def test_batches(self) -> None:
        """The order is that of the replay, not that of the names."""
        batches = ["b9", "b10", "b11"]
        known = Incident("churn", Cause.DRIFT, State.FIRING, Verdict.WARNING, "b9", "b10")
        again = Incident("churn", Cause.DRIFT, State.FIRING, Verdict.WARNING, "b10", "b11")

        assert ["b9"] == [i.since for i in continued([again], [known], partitions=batches)]
