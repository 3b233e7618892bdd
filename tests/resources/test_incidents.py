"""Tests of how stored measurements become incidents, and incidents messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from monitoring.alerting.incident import Cause, State
from monitoring.results import ALL, Measurement, Verdict
from monitoring.spec.model import MonitorSpec
from monitoring.spec.parse import read_monitor
from monitoring.windows import DAY
from resources.delivery import Delivery
from resources.in_memory import RecordingNotifier
from resources.incidents import Incidents
from resources.results.records import WindowKey
from resources.results.store import ResultsStore

NOW = datetime(2026, 1, 10, 6, tzinfo=UTC)
FIRST = date(2026, 1, 1)
MONITOR = """
model: churn
task: binary_classification
start: 2026-01-01
predictions: {table: predictions, id: id, timestamp: made, score: score}
positive_class: 1
reference: {table: reference, label: label}
windows: {drift: [1d], performance: [1d]}
alerts: {slack: {channel: "#ml"}, fire_after: 1}
"""
ACTUALS = "actuals: {table: actuals, id: id, label: label, timestamp: at, delay: 1d}"


def spec_of(monitor: str = MONITOR) -> MonitorSpec:
    """Return a monitor."""
    return read_monitor(monitor, source="m.yaml").spec


def row(
    day: int,
    column: str = "age",
    metric: str = "psi",
    value: float = 0.3,
    verdict: Verdict | None = Verdict.WARNING,
) -> Measurement:
    """Return a number of the *day*-th day; within its bound of 0.1 only if its verdict is ok."""
    start = FIRST + (day - 1) * DAY
    return Measurement(
        model="churn",
        version=ALL,
        segment=ALL,
        window="1d",
        window_start=start.isoformat(),
        window_end=(start + DAY).isoformat(),
        column=column,
        metric=metric,
        value=value,
        lower=None,
        upper=None,
        rows=500,
        threshold_low=None,
        threshold_high=0.1,
        verdict=verdict,
        as_of=NOW,
        run_id="run",
    )


def save(store: ResultsStore, step: str, rows: Sequence[Measurement]) -> None:
    """Keep *rows* in place of what *step* said of their days."""
    windows = {(each.window, each.window_start, each.window_end) for each in rows}
    with store.transaction() as transaction:
        transaction.replace_measurements(
            "churn", step, [WindowKey(*window) for window in sorted(windows)], rows
        )


def refresh(
    store: ResultsStore, cause: Cause = Cause.DRIFT, *, spec: MonitorSpec | None = None
) -> list[str]:
    """Bring the incidents of *cause* up to date; return those that changed."""
    found = Incidents(spec or spec_of(), store, cause).refresh(as_of=NOW, run_id="run")
    return [f"{incident.state} {incident.since}" for incident in found]


class TestMessages:
    """Tests of what people hear."""

    def test_collapse(self, store: ResultsStore) -> None:
        """Two hundred features that break on one day are one message, which Slack takes."""
        save(store, "drift", [row(1, f"feature_{i}", value=1 + i / 100) for i in range(200)])
        notifier = RecordingNotifier()
        refresh(store)
        Delivery(store, notifier).deliver_due(now=NOW)

        (message,) = notifier.sent
        assert "feature_199" in message.text.partition("\n")[0]
        assert "- and 194 more" in message.text
        assert len(message.blocks) <= 50
        assert len(message.text) <= 4_000

    def test_retracted(self, store: ResultsStore) -> None:
        """A day that is computed again takes its alert back, and people hear that it was."""
        notifier = RecordingNotifier()
        for minute, verdict in enumerate((Verdict.WARNING, Verdict.OK)):
            save(store, "drift", [row(1, verdict=verdict)])
            refresh(store)
            Delivery(store, notifier).deliver_due(now=NOW + minute * timedelta(minutes=1))

        assert "Taken back: days were computed again" in notifier.sent[-1].text
        notes = {str(each.state): each.note for each in store.transitions("churn")}
        assert {"firing": "", "resolved": "retracted: computed again"} == notes

    def test_bound_of_the_file(self, store: ResultsStore) -> None:
        """
        A bound that somebody wrote opens an incident; a calibrated one of the same metric does not.

        Regression: recall below its bound was critical in the table, and nobody was told.
        """
        save(store, "performance", [row(1, ALL, "recall", 0.61, Verdict.CRITICAL)])
        assert [] == refresh(store, Cause.PERFORMANCE)
        spec = spec_of(f"{MONITOR}thresholds: {{recall: {{low: 0.68}}}}\n{ACTUALS}")
        assert ["firing 2026-01-01"] == refresh(store, Cause.PERFORMANCE, spec=spec)
        notifier = RecordingNotifier()
        Delivery(store, notifier).deliver_due(now=NOW)

        assert "Recall" in notifier.sent[0].text

    def test_segments(self, store: ResultsStore) -> None:
        """
        What fires names the segments that are hit hardest; they alone open nothing.

        Regression: a message never named a segment.
        """
        spec = spec_of(f"{MONITOR}segments: [plan]\n")
        parts = [
            replace(row(1, value=value, verdict=None), segment=f"plan={name}", threshold_high=None)
            for name, value in (("free", 0.2), ("gold", 0.9), ("calm", 0.05))
        ]
        judged = [replace(part, verdict=Verdict.WARNING) for part in parts]
        save(store, "drift", [row(1, verdict=Verdict.OK), *judged])
        assert [] == refresh(store, spec=spec)
        columns = [row(1, f"feature_{place}", value=0.2) for place in range(9)]
        save(store, "drift", [row(1), *columns, *parts])
        assert ["firing 2026-01-01"] == refresh(store, spec=spec)
        notifier = RecordingNotifier()
        Delivery(store, notifier).deliver_due(now=NOW)

        lines = notifier.sent[0].text.splitlines()
        named = [line for line in lines if "plan=" in line]
        assert [
            "- PSI of age where plan=gold is 0.90",
            "- PSI of age where plan=free is 0.20",
        ] == named
        assert "- and 4 more" in lines

    def test_pending(self, store: ResultsStore) -> None:
        """An incident that is pending is kept and told to nobody, until it fires."""
        spec = spec_of(MONITOR.replace("fire_after: 1", "fire_after: 2"))
        save(store, "drift", [row(1)])
        assert ["pending 2026-01-01"] == refresh(store, spec=spec)
        assert [] == store.notifications("churn")
        save(store, "drift", [row(2)])
        assert ["firing 2026-01-01"] == refresh(store, spec=spec)
        assert ["firing"] == [str(each.incident.state) for each in store.notifications("churn")]

        assert {State.PENDING, State.FIRING} == {each.state for each in store.transitions("churn")}

    def test_false_start(self, store: ResultsStore) -> None:
        """One that was pending and came to nothing is over, and told to nobody."""
        spec = spec_of(MONITOR.replace("fire_after: 1", "fire_after: 2"))
        save(store, "drift", [row(1)])
        refresh(store, spec=spec)
        save(store, "drift", [row(2, verdict=Verdict.OK)])

        assert ["resolved 2026-01-01"] == refresh(store, spec=spec)
        assert [] == store.notifications("churn")


class TestInhibition:
    """Tests of breaches that another trouble explains."""

    def test_broken_column(self, store: ResultsStore) -> None:
        """The drift of a column whose values are broken is part of that trouble; others are not."""
        broken = [
            row(1, ALL, "failed_expectations", 1, Verdict.CRITICAL),
            row(1, "age", "failed_expectations", 1, None),
        ]
        save(store, "quality", broken)
        save(store, "drift", [row(1), row(1, "plan", verdict=Verdict.OK)])
        assert [] == refresh(store)
        save(store, "drift", [row(1), row(1, "plan")])
        assert ["firing 2026-01-01"] == refresh(store)

        (incident,) = store.incidents(cause=Cause.DRIFT)
        assert ["plan"] == [breach.column for breach in incident.evidence]

    def test_answers(self, store: ResultsStore) -> None:
        """
        What the model answers to a broken feature is part of that trouble, not of a broken id.

        Regression: a feature that came empty was a quality incident and a drift of the score.
        """
        for column, expected in (("age", []), ("id", ["firing 2026-01-01"])):
            broken = [
                row(1, ALL, "failed_expectations", 1, Verdict.CRITICAL),
                row(1, column, "failed_expectations", 1, None),
            ]
            save(store, "quality", broken)
            save(store, "drift", [row(1, "score"), row(1, "age", verdict=Verdict.OK)])

            assert expected == refresh(store)

    def test_late_labels(self, store: ResultsStore) -> None:
        """What the few labels of a day say whose labels are late opens no incident."""
        for day, coverage in ((1, 0.9), (2, 0.9), (3, 0.2)):
            verdict = Verdict.CRITICAL if day == 3 else Verdict.OK
            rows = [
                row(day, ALL, "label_coverage", coverage, None),
                row(day, ALL, "log_loss", 0.7, verdict),
            ]
            save(store, "performance", rows)
        assert [] == refresh(store, Cause.PERFORMANCE)
        save(store, "performance", [row(3, ALL, "log_loss", 0.7, Verdict.CRITICAL)])

        assert ["firing 2026-01-03"] == refresh(store, Cause.PERFORMANCE)
