"""Tests of the probation of a version that was promoted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from monitoring.alerting.incident import Cause, Incident, State
from monitoring.results import ALL, Measurement, Verdict
from monitoring.retraining.probation import broken_probation
from monitoring.spec.retraining import RetrainingSpec

PROMOTED = datetime(2026, 3, 1, 6, tzinfo=UTC)
POLICY = RetrainingSpec(trainer="a:b", probation=timedelta(days=14))


def incident(
    since: str,
    window_start: str,
    *,
    cause: Cause = Cause.PERFORMANCE,
    state: State = State.FIRING,
) -> Incident:
    """Return an incident that began on *since* and whose evidence is a week from *window_start*."""
    end = (date.fromisoformat(window_start) + timedelta(days=7)).isoformat()
    place = (ALL, ALL, "7d", window_start, end, ALL, "log_loss")
    number = (0.9, None, None, 500, None, 0.7, Verdict.CRITICAL, PROMOTED, "run")

    return Incident(
        "churn",
        cause,
        state,
        Verdict.CRITICAL,
        since,
        since,
        evidence=(Measurement("churn", *place, *number),),
    )


class TestBrokenProbation:
    """Tests of what ends it."""

    def test_own_incident(self) -> None:
        """An incident whose window lies after the promotion takes the version back."""
        own = incident("2026-03-09", "2026-03-03")

        assert own == broken_probation(POLICY, [own], promoted_at=PROMOTED, in_use_since=PROMOTED)

    @pytest.mark.parametrize(
        "innocent",
        [
            incident("2026-02-20", "2026-03-03"),
            incident("2026-03-05", "2026-02-27"),
            incident("2026-03-09", "2026-03-01"),
            incident("2026-03-16", "2026-03-10"),
            incident("2026-03-09", "2026-03-03", state=State.RESOLVED),
            incident("2026-03-09", "2026-03-03", cause=Cause.DRIFT),
        ],
        ids=[
            "began before",
            "window of both versions",
            "window from the day of the promotion",
            "probation is over",
            "resolved",
            "another cause",
        ],
    )
    def test_kept(self, innocent: Incident) -> None:
        """Whatever is not an incident of the new version within its probation changes nothing."""
        assert (
            broken_probation(POLICY, [innocent], promoted_at=PROMOTED, in_use_since=PROMOTED)
            is None
        )

    def test_no_probation(self) -> None:
        """A policy without a probation never takes a version back."""
        silent = POLICY.model_copy(update={"probation": timedelta(0)})

        own = incident("2026-03-09", "2026-03-03")
        assert broken_probation(silent, [own], promoted_at=PROMOTED, in_use_since=PROMOTED) is None

    @pytest.mark.parametrize(("since", "counts"), [("2026-03-10", False), ("2026-03-12", True)])
    def test_in_use_again(self, since: str, *, counts: bool) -> None:
        """
        A version that is in use again answers for what began after that, and for nothing before.

        Regression: the incident for which its successor was taken back took this one back too.
        """
        again = datetime(2026, 3, 11, 6, tzinfo=UTC)
        found = incident(since, since)
        broken = broken_probation(POLICY, [found], promoted_at=PROMOTED, in_use_since=again)

        assert broken == (found if counts else None)
