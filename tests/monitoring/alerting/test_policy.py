"""Tests of the way from verdicts to incidents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.alerting.incident import Cause, Incident, State
from monitoring.alerting.policy import (
    CLEAR_AFTER,
    Finding,
    alert_window,
    headline_metrics,
    headlines_of,
    replay,
)
from monitoring.metrics import METRICS, Input, metrics_of
from monitoring.results import ALL, Measurement, Verdict
from monitoring.spec.model import Task
from monitoring.spec.parse import read_monitor
from monitoring.windows import DAY

#: What a window says, in short.
KINDS = {".": None, "w": Verdict.WARNING, "C": Verdict.CRITICAL}

HISTORIES = st.text("..wC", max_size=30)


def breach(verdict: Verdict, partition: str) -> Measurement:
    """Return a breach of a PSI."""
    return Measurement(
        model="churn",
        version=ALL,
        segment=ALL,
        window="batch",
        window_start=partition,
        window_end=partition,
        column="age",
        metric="psi",
        value=0.3,
        lower=None,
        upper=None,
        rows=100,
        threshold_low=None,
        threshold_high=0.1,
        verdict=verdict,
        as_of=datetime(2026, 3, 5, tzinfo=UTC),
        run_id="run",
    )


def findings(history: str) -> list[Finding]:
    """Return a finding for each letter, on the days from 1 January on."""
    found = []
    for offset, letter in enumerate(history):
        partition = (date(2026, 1, 1) + offset * DAY).isoformat()
        verdict = KINDS[letter]
        found.append(Finding(partition, () if verdict is None else (breach(verdict, partition),)))
    return found


def replayed(history: str) -> list[Incident]:
    """Return the incidents of *history*."""
    return replay("churn", Cause.DRIFT, findings(history))


def spans(incidents: Sequence[Incident]) -> list[tuple[str, str, str | None]]:
    """Return the days of January of each incident: since, last seen, until."""
    return [
        (incident.since[-2:], incident.last_seen[-2:], incident.until and incident.until[-2:])
        for incident in incidents
    ]


class TestReplay:
    """Tests of when an incident opens, and when it is over."""

    @pytest.mark.parametrize(
        ("history", "expected"),
        [
            ("", []),
            ("....", []),
            ("..w", [("03", "03", None)]),
            ("..w..", [("03", "03", None)]),
            ("..w...", [("03", "03", "04")]),
            ("w..w", [("01", "04", None)]),
            ("w..w...", [("01", "04", "05")]),
            ("w...w", [("01", "01", "02"), ("05", "05", None)]),
            ("ww....ww....", [("01", "02", "03"), ("07", "08", "09")]),
        ],
    )
    def test_hysteresis(self, history: str, expected: list[tuple[str, str, str | None]]) -> None:
        """
        A breach opens an incident; three windows in a row without one end it, at the first.

        A number that swings around its bound is one incident, not many.
        """
        incidents = replayed(history)

        assert expected == spans(incidents)
        for incident in incidents:
            assert (incident.state is State.RESOLVED) == (incident.until is not None)

    @pytest.mark.parametrize(
        ("history", "severity"),
        [
            ("w", Verdict.WARNING),
            ("wC", Verdict.CRITICAL),
            ("Cw", Verdict.CRITICAL),
            ("C..w", Verdict.CRITICAL),
        ],
    )
    def test_severity(self, history: str, severity: Verdict) -> None:
        """An incident is as grave as its gravest window, and does not get milder."""
        (incident,) = replayed(history)

        assert severity is incident.severity

    def test_worst_breach_of_a_window(self) -> None:
        """One critical number among warnings makes the window critical."""
        mixed = Finding("b1", (breach(Verdict.WARNING, "b1"), breach(Verdict.CRITICAL, "b1")))

        assert Verdict.CRITICAL is mixed.severity

    def test_evidence(self) -> None:
        """The evidence is that of the last window that breached, also when all is over."""
        (incident,) = replayed("wC...")

        assert ["2026-01-02"] == [row.window_start for row in incident.evidence]

    def test_batches(self) -> None:
        """Batches are in the order in which they are told, not in that of their names."""
        order = [Finding("b10", (breach(Verdict.WARNING, "b10"),))]
        order += [Finding(name) for name in ("b9", "b11", "a1")]

        (incident,) = replay("churn", Cause.DRIFT, order)
        assert ("b10", "b9") == (incident.since, incident.until)

    @given(HISTORIES)
    def test_repeatable(self, history: str) -> None:
        """The same findings give the same incidents."""
        assert replayed(history) == replayed(history)

    @given(HISTORIES, st.data())
    def test_prefix(self, history: str, data: st.DataObject) -> None:
        """
        What is over stays as it is, and what is open keeps its name, whatever comes next.

        So incidents can be told day by day, and a later day never takes one back.
        """
        cut = data.draw(st.integers(0, len(history)))
        before, after = replayed(history[:cut]), replayed(history)

        over = [incident for incident in before if incident.state is State.RESOLVED]
        assert over == after[: len(over)]
        assert [i.fingerprint for i in before] == [i.fingerprint for i in after[: len(before)]]

    @given(HISTORIES)
    def test_order(self, history: str) -> None:
        """Incidents do not overlap, only the last can be open, and none begins without a breach."""
        incidents = replayed(history)

        assert all(incident.state is State.RESOLVED for incident in incidents[:-1])
        breached = {item.partition for item in findings(history) if item.breaches}
        for incident in incidents:
            assert {incident.since, incident.last_seen} <= breached
            assert incident.until is None or incident.last_seen < incident.until
        for earlier, later in pairwise(incidents):
            assert earlier.until is not None
            gap = date.fromisoformat(later.since) - date.fromisoformat(earlier.until)
            assert gap >= CLEAR_AFTER * DAY

    @given(HISTORIES)
    def test_every_breach_is_in_an_incident(self, history: str) -> None:
        """Nothing that breached is left untold."""
        incidents = replayed(history)

        for item in findings(history):
            inside = [i for i in incidents if i.since <= item.partition <= i.last_seen]
            assert len(inside) == 1 or not item.breaches


class TestPatience:
    """Tests of incidents that wait before they fire, and before they are over."""

    @staticmethod
    def states(history: str, *, fire_after: int = 1, resolve_after: int = 3) -> list[str]:
        """Return the state and the first day of each incident of *history*."""
        found = replay(
            "churn",
            Cause.DRIFT,
            findings(history),
            fire_after=fire_after,
            resolve_after=resolve_after,
        )
        return [f"{incident.state} {incident.since[-2:]}" for incident in found]

    @pytest.mark.parametrize(
        ("history", "expected"),
        [
            ("w", ["pending 01"]),
            ("ww", ["pending 01"]),
            ("www", ["firing 01"]),
            ("ww.", []),
            ("ww.w", ["pending 04"]),
            ("ww.www", ["firing 04"]),
            ("www.w", ["firing 01"]),
            ("www...w", ["resolved 01", "pending 07"]),
        ],
    )
    def test_fire_after(self, history: str, expected: list[str]) -> None:
        """It takes so many breaches in a row; fewer are forgotten, and told to nobody."""
        assert expected == self.states(history, fire_after=3)

    @pytest.mark.parametrize(
        ("windows", "state"), [(1, "resolved"), (2, "resolved"), (3, "firing")]
    )
    def test_resolve_after(self, windows: int, state: str) -> None:
        """It takes so many windows in order before an incident is over."""
        assert [f"{state} 01"] == self.states("w..", resolve_after=windows)

    @given(HISTORIES, st.integers(1, 5), st.integers(1, 5))
    def test_one_open(self, history: str, fire_after: int, resolve_after: int) -> None:
        """Whatever the patience, only the last incident is open."""
        found = self.states(history, fire_after=fire_after, resolve_after=resolve_after)

        assert all(line.startswith("resolved") for line in found[:-1])


class TestAlertWindow:
    """Tests of the window that opens incidents."""

    @pytest.mark.parametrize(
        ("days", "label"),
        [([1, 7, 30], "7d"), ([30, 14, 1], "14d"), ([1], "1d"), ([1, 3], "3d"), ([28], "28d")],
    )
    def test_shortest_of_a_week(self, days: list[int], label: str) -> None:
        """It is the shortest window of a week or more, else the longest."""
        assert label == alert_window([timedelta(days=number) for number in days])


class TestHeadlineMetrics:
    """Tests of which metrics open incidents."""

    @pytest.mark.parametrize("task", Task)
    @pytest.mark.parametrize("scored", [True, False])
    def test_always_one_that_is_computed(self, task: Task, *, scored: bool) -> None:
        """
        Every kind of model has a headline that is computed, with scores or without.

        Regression: a binary classifier without scores had none, and was silently not monitored.
        """
        missing = Input.SCORE if not scored else None
        computed = {name for name in metrics_of(task) if missing not in METRICS[name].needs}

        assert headline_metrics(Cause.PERFORMANCE, task, scored=scored) & computed

    def test_rare_class(self) -> None:
        """The accuracy of a scored classifier, which moves with the mix of classes, opens none."""
        assert {"roc_auc", "log_loss"} == headline_metrics(Cause.PERFORMANCE, Task.BINARY)

    def test_other_causes(self) -> None:
        """Drift and quality have the same headline for every task; a failed run has no metric."""
        for task in Task:
            assert {"psi"} == headline_metrics(Cause.DRIFT, task)
            assert {"failed_expectations"} == headline_metrics(Cause.QUALITY, task)
            assert not headline_metrics(Cause.RUN_FAILURE, task)

    def test_written_bounds(self) -> None:
        """Bounds in the file widen the headlines; a method that finds its own bounds does not."""
        spec = read_monitor(
            """
model: churn
task: binary_classification
start: 2026-01-01
predictions: {table: predictions, id: id, timestamp: made, score: score}
positive_class: 1
actuals: {table: actuals, id: id, label: label, timestamp: recorded, delay: 1d}
reference: {table: reference, label: label}
thresholds: {recall: {low: 0.68}, brier_score: {method: historical}, rows: {low: 100}}
""",
            source="m.yaml",
        ).spec

        assert {"psi", "recall", "rows"} == headlines_of(Cause.DRIFT, spec)
        assert {"roc_auc", "log_loss", "recall", "rows"} == headlines_of(Cause.PERFORMANCE, spec)
        assert {"failed_expectations"} == headlines_of(Cause.QUALITY, spec)
