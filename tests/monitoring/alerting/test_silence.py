"""Tests of what people asked not to be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitoring.alerting.incident import Cause, Incident, State
from monitoring.alerting.silence import Silence, due_at, muted_until
from monitoring.results import ALL, Measurement, Verdict
from monitoring.spec.alerts import AlertsSpec

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SILENCE = Silence("churn", NOON, NOON + HOUR, "a known campaign")
BREACH = Measurement(
    model="churn",
    version=ALL,
    segment=ALL,
    window="1d",
    window_start="2026-03-04",
    window_end="2026-03-05",
    column="age",
    metric="psi",
    value=0.3,
    lower=None,
    upper=None,
    rows=100,
    threshold_low=None,
    threshold_high=0.1,
    verdict=Verdict.WARNING,
    as_of=NOON,
    run_id="run",
)


def incident(*columns: str, severity: Verdict = Verdict.WARNING) -> Incident:
    """Return an incident with a breach of each of *columns*."""
    evidence = tuple(replace(BREACH, column=column) for column in columns)
    return Incident(
        "churn", Cause.DRIFT, State.FIRING, severity, "2026-03-04", "2026-03-04", None, evidence
    )


class TestSilence:
    """Tests of silences."""

    @pytest.mark.parametrize(
        ("hours", "mutes"), [(-1, False), (0, True), (0.9, True), (1, False), (2, False)]
    )
    def test_span(self, hours: float, *, mutes: bool) -> None:
        """It holds from its start until its end, which is no longer silent."""
        assert mutes == SILENCE.mutes(incident("age"), at=NOON + hours * HOUR)

    def test_other_model(self) -> None:
        """Another model is told of."""
        assert not replace(SILENCE, model="fraud").mutes(incident("age"), at=NOON)

    def test_column(self) -> None:
        """A silent column hides what it causes alone, and no incident that has another cause."""
        silence = replace(SILENCE, column="age")

        assert silence.mutes(incident("age", "age"), at=NOON)
        assert not silence.mutes(incident("age", "plan"), at=NOON)
        assert not silence.mutes(incident(), at=NOON)

    def test_metric(self) -> None:
        """A silent metric hides what it causes alone."""
        assert replace(SILENCE, metric="psi").mutes(incident("age"), at=NOON)
        assert not replace(SILENCE, metric="roc_auc").mutes(incident("age"), at=NOON)


class TestMutedUntil:
    """Tests of the moment from which people are told again."""

    def test_silence(self) -> None:
        """It is the end of the silence, and of the later one where two overlap."""
        longer = replace(SILENCE, until=SILENCE.until + timedelta(hours=5))
        for silences in ([SILENCE], [SILENCE, longer], [longer, SILENCE]):
            until = muted_until(incident("age"), silences, AlertsSpec(), at=NOON)
            assert max(silence.until for silence in silences) == until
        assert muted_until(incident("age"), [], AlertsSpec(), at=NOON) is None

    @pytest.mark.parametrize(
        ("day", "muted"), [(3, False), (4, True), (5, True), (6, True), (7, False)]
    )
    def test_maintenance(self, day: int, *, muted: bool) -> None:
        """Both days of a maintenance are silent, and those between them, until midnight."""
        alerts = AlertsSpec(maintenance=["2026-03-04 to 2026-03-06"])
        until = muted_until(incident("age"), [], alerts, at=NOON.replace(day=day))

        assert (datetime(2026, 3, 7, tzinfo=UTC) if muted else None) == until


class TestDueAt:
    """Tests of quiet hours."""

    ALERTS = AlertsSpec(quiet_hours="22:00-07:00 Europe/Berlin")

    def test_night(self) -> None:
        """A warning of the night waits for the morning where people are."""
        night = datetime(2026, 3, 5, 22, 30, tzinfo=UTC)

        assert datetime(2026, 3, 6, 6, tzinfo=UTC) == due_at(incident(), self.ALERTS, at=night)

    def test_day(self) -> None:
        """By day, and where no hours are quiet, nothing waits."""
        assert due_at(incident(), self.ALERTS, at=NOON) is None
        assert due_at(incident(), AlertsSpec(), at=NOON) is None

    def test_critical(self) -> None:
        """What is critical never waits."""
        night = datetime(2026, 3, 5, 23, tzinfo=UTC)

        assert due_at(incident(severity=Verdict.CRITICAL), self.ALERTS, at=night) is None
