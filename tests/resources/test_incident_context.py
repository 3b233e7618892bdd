"""Tests of what is gathered for a message when it is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from monitoring.alerting.incident import Cause, Incident, State
from monitoring.results import ALL, Measurement, Verdict
from resources.incident_context import context_of
from resources.results.records import WindowKey
from resources.results.store import ResultsStore

NOW = datetime(2026, 1, 10, 6, tzinfo=UTC)
WEEK = ("7d", "2026-01-02", "2026-01-09")


def number(metric: str, value: float, *, window: tuple[str, str, str] = WEEK) -> Measurement:
    """Return a number of one window."""
    return Measurement(
        *("churn", ALL, ALL, *window, ALL, metric, value, None, None, 500, None, 0.5),
        verdict=Verdict.CRITICAL,
        as_of=NOW,
        run_id="the-run",
    )


def keep(store: ResultsStore, incident: Incident, *, note: str = "") -> Incident:
    """Keep *incident*."""
    with store.transaction() as transaction:
        transaction.save_incident(incident, run_id="its-run", at=NOW, note=note)

    return incident


def incident(cause: Cause, since: str, last_seen: str, *evidence: Measurement) -> Incident:
    """Return an incident that fires."""
    return Incident(
        "churn", cause, State.FIRING, Verdict.CRITICAL, since, last_seen, evidence=evidence
    )


class TestContextOf:
    """What stands in the store beside an incident."""

    def test_measured(self, store: ResultsStore) -> None:
        """What messages name of its own window, its run, and the incidents of the same days."""
        other_week = ("7d", "2026-01-01", "2026-01-08")
        rows = [number("log_loss", 0.9), number("label_coverage", 0.97)]
        rows += [number("label_coverage", 0.5, window=other_week)]
        with store.transaction() as transaction:
            windows = [WindowKey(*WEEK), WindowKey(*other_week)]
            transaction.replace_measurements("churn", "performance", windows, rows)
        keep(store, incident(Cause.QUALITY, "2026-01-03", "2026-01-03"))
        keep(store, incident(Cause.DRIFT, "2025-12-01", "2026-01-01"))
        fallen = keep(store, incident(Cause.PERFORMANCE, "2026-01-08", "2026-01-08", rows[0]))
        found = context_of(fallen, store, [], dagster_url="http://ui/", mention=None)

        assert {"label_coverage": 0.97} == {fact.metric: fact.value for fact in found.facts}
        assert found.others is not None
        assert Cause.QUALITY in found.others
        assert Cause.DRIFT not in found.others
        assert "http://ui/runs/the-run" == found.run
        assert not found.reminder

    def test_own_trouble(self, store: ResultsStore) -> None:
        """Of a failed run, what it said, and where it is."""
        failed = incident(Cause.RUN_FAILURE, "2026-01-08", "2026-01-08")
        keep(store, failed, note="no table predictions")
        found = context_of(failed, store, [], dagster_url="http://ui", mention=None)

        assert ("no table predictions", "http://ui/runs/its-run") == (found.note, found.run)

    def test_by_batch(self, store: ResultsStore) -> None:
        """Names of batches need not sort by time, so nothing is said of the same days."""
        batch = replace(number("psi", 0.9), window="batch", window_start="b", window_end="b")
        drifted = incident(Cause.DRIFT, "b", "b", batch)

        assert context_of(drifted, store, [], dagster_url=None, mention=None).others is None
