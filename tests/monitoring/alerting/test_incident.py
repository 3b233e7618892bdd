"""Tests of an incident."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from monitoring.alerting.incident import Cause, Incident, State
from monitoring.results import ALL, Measurement, Verdict

INCIDENT = Incident(
    model="churn",
    cause=Cause.DRIFT,
    state=State.FIRING,
    severity=Verdict.WARNING,
    since="2026-03-01",
    last_seen="2026-03-04",
)


class TestIncident:
    """Tests of what makes two incidents the same."""

    def test_fingerprint(self) -> None:
        """The name is stable while an incident lasts, and once it is over."""
        later = replace(INCIDENT, last_seen="2026-03-09", severity=Verdict.CRITICAL)
        over = replace(later, state=State.RESOLVED, until="2026-03-10")

        assert "churn:drift:2026-03-01" == INCIDENT.fingerprint
        assert INCIDENT.fingerprint == later.fingerprint == over.fingerprint

    def test_names_differ(self) -> None:
        """Model, cause and first window each tell incidents apart."""
        others = [
            replace(INCIDENT, model="fraud"),
            replace(INCIDENT, cause=Cause.QUALITY),
            replace(INCIDENT, since="2026-03-02"),
        ]

        assert 4 == len({incident.fingerprint for incident in [INCIDENT, *others]})

    def test_evidence(self) -> None:
        """Evidence explains an incident; a change of it alone is no change of the incident."""
        breach = Measurement(
            model="churn",
            version=ALL,
            segment=ALL,
            window="7d",
            window_start="2026-02-26",
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
            as_of=datetime(2026, 3, 5, tzinfo=UTC),
            run_id="run",
        )

        assert INCIDENT == replace(INCIDENT, evidence=(breach,))
        assert INCIDENT != replace(INCIDENT, last_seen="2026-03-05")
