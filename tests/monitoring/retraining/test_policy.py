"""Tests of the decision to train again, row by row of its table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from monitoring.alerting.incident import Cause, Incident, State
from monitoring.results import ALL, Measurement, Verdict
from monitoring.retraining.policy import LabelCount, PastRequest, decide
from monitoring.spec.model import MonitorSpec

NOW = datetime(2026, 3, 31, 6, tzinfo=UTC)
ENOUGH = LabelCount(training=9999, new=9999)


def spec(**retraining: object) -> MonitorSpec:
    """Return a monitor that trains again under the policy *retraining*."""
    return MonitorSpec.model_validate(
        {
            "model": "churn",
            "task": "binary_classification",
            "start": date(2026, 1, 1),
            "predictions": {"table": "predictions", "id": "id", "timestamp": "at", "score": "p"},
            "positive_class": 1,
            "actuals": {"table": "actuals", "id": "id", "label": "churned", "delay": "3d"},
            "reference": {"table": "training", "label": "churned"},
            "retraining": {"trainer": "shop.training:train", **retraining},
        }
    )


def breach(metric: str) -> Measurement:
    """Return a critical measurement of *metric*."""
    window = ("7d", "2026-03-14", "2026-03-21")
    bounds = (0.6, None, None, 500, 0.7, None)

    return Measurement("churn", ALL, ALL, *window, ALL, metric, *bounds, Verdict.CRITICAL, NOW, "r")


def incident(
    since: str,
    *,
    cause: Cause = Cause.PERFORMANCE,
    state: State = State.FIRING,
    severity: Verdict = Verdict.CRITICAL,
    metric: str = "roc_auc",
) -> Incident:
    """Return an incident that began on *since* and was last seen three days later."""
    last = (date.fromisoformat(since) + timedelta(days=3)).isoformat()

    return Incident("churn", cause, state, severity, since, last, evidence=(breach(metric),))


FIRING = incident("2026-03-20")
DRIFTED = incident("2026-03-21", cause=Cause.DRIFT)
MONTH_AGO = NOW - timedelta(days=30)
ANSWERED = PastRequest(FIRING.fingerprint, MONTH_AGO)


def asked(days_ago: float, *, running: bool = False, folded: bool = False) -> PastRequest:
    """Return a retraining for another incident, so many days before now."""
    moment = NOW - timedelta(days=days_ago)

    return PastRequest("churn:performance:2026-01-01", moment, running=running, folded=folded)


class TestNo:
    """What keeps a retraining from starting."""

    @pytest.mark.parametrize(
        ("incidents", "past", "labels", "reason"),
        [
            ([], [], 9999, "no incident of performance is firing"),
            ([incident("2026-03-20", state=State.RESOLVED)], [], 9999, "no incident of"),
            ([DRIFTED], [], 9999, "no incident of performance is firing"),
            ([FIRING], [ANSWERED], 9999, "churn:performance:2026-03-20 was answered already"),
            ([FIRING], [], 999, "expected 1,000 labelled rows to train on, got 999"),
            ([FIRING], [asked(6)], 9999, "cooling down until 2026-04-01 06:00 UTC"),
        ],
    )
    def test_default(
        self,
        incidents: Sequence[Incident],
        past: Sequence[PastRequest],
        labels: int,
        reason: str,
    ) -> None:
        """Without a new cause or labels, or too soon, nothing starts, and the reason says so."""
        decision = decide(spec(), incidents, past, labels=LabelCount(labels, labels), now=NOW)

        assert not decision.start
        assert decision.incident is None
        assert decision.reason.startswith(reason)

    @pytest.mark.parametrize(
        ("policy", "reason"),
        [
            ({"mode": "off"}, "retraining is off in the monitor file"),
            ({"metrics": ["log_loss"]}, f"{FIRING.fingerprint} is about roc_auc, and only log_l"),
            ({"lasting": "5d"}, f"{FIRING.fingerprint} has lasted 4d, and 5d are asked for"),
            ({"hours": "22:00-06:00"}, "it is 06:00 UTC, and retrainings start in 22:00-06:00"),
            ({"new_labels": 10_000}, "expected 10,000 labelled rows that the model in use was not"),
        ],
        ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
    )
    def test_policy(self, policy: dict[str, object], reason: str) -> None:
        """Whatever the monitor file asks for beyond the default is a reason of its own."""
        decision = decide(spec(**policy), [FIRING], [], labels=ENOUGH, now=NOW)

        assert not decision.start
        assert decision.reason.startswith(reason)

    def test_severity(self) -> None:
        """A warning starts nothing where only what is critical shall."""
        mild = incident("2026-03-20", severity=Verdict.WARNING)
        decision = decide(spec(severity="critical"), [mild], [], labels=ENOUGH, now=NOW)

        assert f"{mild.fingerprint} is a warning, and only critical ones count" == decision.reason

    def test_maximum(self) -> None:
        """Only so many start within the period, and those that were folded do not count."""
        policy = spec(maximum=2, period="30d", cooldown="1d")
        past = [asked(20), asked(10), asked(5, folded=True)]
        decision = decide(policy, [FIRING], past, labels=ENOUGH, now=NOW)

        assert "2 retrainings within 30d, and 2 are allowed" == decision.reason
        assert decide(policy, [FIRING], past[1:], labels=ENOUGH, now=NOW).start

    def test_no_policy(self) -> None:
        """A monitor file without a policy asks for nothing."""
        silent = spec().model_copy(update={"retraining": None})

        assert not decide(silent, [FIRING], [], labels=ENOUGH, now=NOW).start


class TestYes:
    """What starts one."""

    @pytest.mark.parametrize(
        "past",
        [[], [ANSWERED], [asked(7)]],
        ids=["first", "another incident was answered", "cooldown is just over"],
    )
    def test_new(self, past: Sequence[PastRequest]) -> None:
        """An incident that fires, that is new, and for which there are labels starts one."""
        new = incident("2026-03-25")

        decision = decide(spec(), [FIRING, new] if past else [new], past, labels=ENOUGH, now=NOW)
        assert decision.start
        expected = FIRING if past and past[0] is not ANSWERED else new
        assert expected == decision.incident

    @pytest.mark.parametrize(
        "policy",
        [
            {"severity": "critical"},
            {"metrics": ["roc_auc", "log_loss"]},
            {"lasting": "4d"},
            {"hours": "06:00-07:00"},
            {"mode": "approve"},
        ],
        ids=lambda policy: next(iter(policy)),
    )
    def test_within_policy(self, policy: dict[str, object]) -> None:
        """An incident that has all that the monitor file asks for starts one."""
        assert decide(spec(**policy), [FIRING], [], labels=ENOUGH, now=NOW).start

    def test_two_at_once(self) -> None:
        """Of two incidents at the same time the first starts one, and the other is folded in."""
        both = spec(on=["performance", "drift"])
        decision = decide(both, [FIRING, DRIFTED], [], labels=ENOUGH, now=NOW)

        assert FIRING == decision.incident
        assert (DRIFTED,) == decision.folded
        assert DRIFTED.fingerprint in decision.reason

    def test_while_one_runs(self) -> None:
        """An incident that comes while a retraining runs is folded into it, whatever else holds."""
        decision = decide(
            spec(), [FIRING], [asked(0.1, running=True)], labels=LabelCount(0, 0), now=NOW
        )

        assert not decision.start
        assert (FIRING,) == decision.folded
        assert "folded into the retraining for churn:performance:2026-01-01" in decision.reason
