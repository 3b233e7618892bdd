"""Tests of the decision to train again, and of the comparison that follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit

from monitoring.alerting.incident import Cause, Incident, State
from monitoring.results import Verdict
from monitoring.retraining import (
    MINIMUM_CLASS_ROWS,
    Evaluation,
    PastRequest,
    decide,
    evaluate,
    retraining_spans,
)
from monitoring.spec.model import MonitorSpec
from monitoring.windows import Window

NOW = datetime(2026, 3, 31, 6, tzinfo=UTC)
WINDOW = Window("14d", date(2026, 3, 10), date(2026, 3, 24))


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


def incident(
    since: str, *, cause: Cause = Cause.PERFORMANCE, state: State = State.FIRING
) -> Incident:
    """Return an incident that began on *since*."""
    return Incident("churn", cause, state, Verdict.CRITICAL, since=since, last_seen=since)


FIRING = incident("2026-03-20")
ANSWERED = PastRequest(FIRING.fingerprint, NOW - timedelta(days=30))


class TestDecide:
    """Tests of the policy, row by row of its table."""

    @pytest.mark.parametrize(
        ("incidents", "past", "labels", "reason"),
        [
            ([], [], 9999, "no incident of performance is firing"),
            ([incident("2026-03-20", state=State.RESOLVED)], [], 9999, "no incident of"),
            ([incident("2026-03-20", cause=Cause.DRIFT)], [], 9999, "no incident of"),
            ([FIRING], [ANSWERED], 9999, "churn:performance:2026-03-20 was answered already"),
            ([FIRING], [], 999, "expected 1,000 labelled rows to train on, got 999"),
            (
                [FIRING],
                [PastRequest("churn:performance:2026-03-01", NOW - timedelta(days=6))],
                9999,
                "cooling down until 2026-04-01 06:00 UTC",
            ),
        ],
    )
    def test_no(
        self,
        incidents: Sequence[Incident],
        past: Sequence[PastRequest],
        labels: int,
        reason: str,
    ) -> None:
        """Without a new cause or labels, or too soon, nothing starts, and the reason says so."""
        decision = decide(spec(), incidents, past, labels=labels, now=NOW)

        assert not decision.start
        assert decision.incident is None
        assert decision.reason.startswith(reason)

    @pytest.mark.parametrize(
        "past",
        [[], [ANSWERED], [PastRequest("churn:performance:2026-03-01", NOW - timedelta(days=7))]],
        ids=["first", "another incident was answered", "cooldown is just over"],
    )
    def test_yes(self, past: Sequence[PastRequest]) -> None:
        """An incident that fires, that is new, and for which there are labels starts one."""
        new = incident("2026-03-25")

        decision = decide(spec(), [FIRING, new] if past else [new], past, labels=1000, now=NOW)
        assert decision.start
        assert decision.incident is not None
        expected = FIRING if past and past[0] is not ANSWERED else new
        assert expected.fingerprint == decision.incident.fingerprint

    def test_drift_where_asked(self) -> None:
        """A monitor file may name drift as a cause as well."""
        drifted = incident("2026-03-20", cause=Cause.DRIFT)
        asked = spec(on=["performance", "drift"])

        assert decide(asked, [drifted], [], labels=1000, now=NOW).start

    def test_no_policy(self) -> None:
        """A monitor file without a policy asks for nothing."""
        silent = spec().model_copy(update={"retraining": None})

        assert not decide(silent, [FIRING], [], labels=9999, now=NOW).start


class TestRetrainingSpans:
    """Tests of the days to train and to evaluate on."""

    def test_latest_mature_days(self) -> None:
        """
        The evaluation ends with the last day whose labels are due, the training before it.

        At 06:00 on 31 March, with a delay of three days, that day is 27 March.
        """
        spans = retraining_spans(spec(), now=NOW)

        assert Window("14d", date(2026, 3, 14), date(2026, 3, 28)) == spans.evaluation
        assert date(2026, 3, 14) == spans.training.end
        assert date(2026, 1, 13) == spans.training.start

    def test_midnight(self) -> None:
        """Labels are due at midnight itself, and a second earlier they are not."""
        midnight = datetime(2026, 3, 31, tzinfo=UTC)
        before = midnight - timedelta(seconds=1)

        assert date(2026, 3, 28) == retraining_spans(spec(), now=midnight).evaluation.end
        assert date(2026, 3, 27) == retraining_spans(spec(), now=before).evaluation.end

    def test_young_monitor(self) -> None:
        """Training starts on the first monitored day at the earliest."""
        assert date(2026, 1, 1) == retraining_spans(spec(window="90d"), now=NOW).training.start

    def test_ended_monitor(self) -> None:
        """The last monitored day, inclusive, is the last day of the evaluation."""
        ended = spec().model_copy(update={"end": date(2026, 3, 1)})

        assert date(2026, 3, 2) == retraining_spans(ended, now=NOW).evaluation.end

    def test_never_overlap(self) -> None:
        """No day is both trained and evaluated on, however short the spans."""
        spans = retraining_spans(spec(window="1d", evaluation="1d"), now=NOW)

        assert not set(spans.training.days) & set(spans.evaluation.days)

    def test_no_labels(self) -> None:
        """Without actuals there is nothing to train on."""
        with pytest.raises(ValueError, match="retraining needs a policy and actuals"):
            retraining_spans(spec().model_copy(update={"actuals": None}), now=NOW)


def drawn(
    rows: int, *, champion: float, challenger: float, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return the scores of two models, which see the log-odds with so much noise, and labels."""
    generator = np.random.default_rng(seed)
    log_odds = generator.normal(-1.0, 1.5, rows)
    shared = generator.normal(0.0, 1.0, rows)
    scores = [
        expit(log_odds + noise * (0.7 * shared + 0.7 * generator.normal(0.0, 1.0, rows)))
        for noise in (champion, challenger)
    ]
    return scores[0], scores[1], generator.random(rows) < expit(log_odds)


class TestEvaluate:
    """Tests of the comparison of two models on the same rows."""

    def test_scikit_learn(self) -> None:
        """Log-losses and AUCs are those of scikit-learn, ties included."""
        from sklearn.metrics import log_loss, roc_auc_score

        champion, challenger, positive = drawn(3000, champion=1.0, challenger=0.5)
        champion = champion.round(1)

        figures = evaluate(champion, challenger, positive, window=WINDOW).figures
        assert figures["champion_roc_auc"] == pytest.approx(roc_auc_score(positive, champion))
        assert figures["challenger_roc_auc"] == pytest.approx(roc_auc_score(positive, challenger))
        assert figures["challenger_log_loss"] == pytest.approx(log_loss(positive, challenger))
        assert figures["roc_auc_difference"] == pytest.approx(
            figures["challenger_roc_auc"] - figures["champion_roc_auc"]
        )

    def test_delong_definition(self) -> None:
        """
        The interval of the AUCs' difference is DeLong's, from the pairwise kernel of the paper.

        psi(x, y) is 1 where the positive is above the negative, a half where they tie. The variance
        is that of its means over the negatives, by positives, plus that of those over positives.
        """
        champion, challenger, positive = drawn(300, champion=1.0, challenger=0.8, seed=1)
        kernels = []
        for scores in (champion.round(1), challenger.round(1)):
            gaps = scores[positive][:, None] - scores[~positive][None, :]
            kernels.append((np.sign(gaps) + 1) / 2)
        contrast = kernels[1] - kernels[0]
        variance = contrast.mean(axis=1).var(ddof=1) / contrast.shape[0]
        variance += contrast.mean(axis=0).var(ddof=1) / contrast.shape[1]

        figures = evaluate(champion.round(1), challenger.round(1), positive, window=WINDOW).figures
        reach = 1.959963984540054 * variance**0.5
        assert figures["roc_auc_difference"] == pytest.approx(contrast.mean())
        assert figures["roc_auc_difference_lower"] == pytest.approx(contrast.mean() - reach)
        assert figures["roc_auc_difference_upper"] == pytest.approx(contrast.mean() + reach)

    def test_bootstrap(self) -> None:
        """Both intervals have the width of a bootstrap of the rows, within a tenth."""
        champion, challenger, positive = drawn(1500, champion=1.0, challenger=0.6, seed=2)
        generator = np.random.default_rng(3)
        differences = []
        for _ in range(600):
            rows = generator.integers(0, 1500, 1500)
            figures = evaluate(
                champion[rows], challenger[rows], positive[rows], window=WINDOW
            ).figures
            differences.append((figures["roc_auc_difference"], figures["log_loss_difference"]))
        spread = np.std(differences, axis=0)

        found = evaluate(champion, challenger, positive, window=WINDOW).figures
        for name, deviation in zip(("roc_auc", "log_loss"), spread, strict=True):
            width = found[f"{name}_difference_upper"] - found[f"{name}_difference_lower"]
            assert width / (2 * 1.96) == pytest.approx(deviation, rel=0.1)

    @pytest.mark.parametrize(
        ("noise", "verdict", "better"),
        [
            ((2.0, 0.2), "better: log-loss lower by", True),
            ((0.2, 2.0), "worse: log-loss higher by", False),
            ((1.0, 1.0), "cannot tell: log-loss differs by", False),
        ],
    )
    def test_verdicts(self, noise: tuple[float, float], verdict: str, *, better: bool) -> None:
        """A challenger that sees more is better, one that sees less worse; else none can tell."""
        scores = drawn(2000, champion=noise[0], challenger=noise[1], seed=4)

        outcome = evaluate(*scores, window=WINDOW)
        assert outcome.verdict.startswith(verdict)
        assert better == outcome.better

    def test_sharper_but_ranks_worse(self) -> None:
        """A lower log-loss is not enough where the ranking may have suffered."""
        champion, challenger, positive = drawn(4000, champion=0.1, challenger=1.0, seed=5)

        outcome = evaluate(champion**4, challenger, positive, window=WINDOW)
        assert outcome.figures["log_loss_difference_upper"] < 0
        assert not outcome.better
        assert outcome.verdict.startswith("cannot tell: the AUC may be lower by")

    def test_same_model(self) -> None:
        """A model is not better than itself: the difference is 0, with no uncertainty."""
        scores, _, positive = drawn(500, champion=1.0, challenger=1.0)

        outcome = evaluate(scores, scores, positive, window=WINDOW)
        assert not outcome.better
        assert 0.0 == outcome.figures["roc_auc_difference_upper"]
        assert 0.0 == outcome.figures["log_loss_difference_lower"]

    @pytest.mark.parametrize(
        ("rows", "positives"),
        [(199, 99), (500, 0), (500, 500), (500, 1), (500, MINIMUM_CLASS_ROWS - 1)],
    )
    def test_too_few(self, rows: int, positives: int) -> None:
        """
        Too few rows, or too few of either class, cannot tell; what cannot be told is not better.

        Regression: with a single positive the variance of the AUC was 0 / 0.
        """
        scores = np.linspace(0.1, 0.9, rows)
        positive = np.arange(rows) < positives

        outcome = evaluate(scores, scores, positive, window=WINDOW)
        assert not outcome.better
        assert outcome.verdict.endswith(f"got {rows} with {positives} positive")
        assert {} == outcome.figures

    def test_certain_and_wrong(self) -> None:
        """Scores of exactly 0 and 1 have a finite log-loss."""
        _, challenger, positive = drawn(500, champion=1.0, challenger=0.5)

        outcome = evaluate(np.where(positive, 0.0, 1.0), challenger, positive, window=WINDOW)
        assert outcome.better
        assert np.isfinite(list(outcome.figures.values())).all()

    @pytest.mark.parametrize("rows", [50, 500])
    def test_round_trip(self, rows: int) -> None:
        """An evaluation is read as it was written, decided or not."""
        scores: Any = drawn(rows, champion=1.0, challenger=0.5)
        outcome = evaluate(*scores, window=WINDOW)

        assert outcome == Evaluation.decode(outcome.encode())
