"""Tests of the verdict on two models that answered the same rows."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit, softmax

from monitoring.retraining.comparison import Sample
from monitoring.retraining.evaluation import MINIMUM_CLASS_ROWS, Evaluation, evaluate
from monitoring.retraining.guards import Guards
from monitoring.spec.model import Task
from monitoring.spec.part import ThresholdSpec
from monitoring.spec.retraining_rules import FIGURES
from monitoring.windows import Window

WINDOW = Window("14d", date(2026, 3, 10), date(2026, 3, 24))


def drawn(rows: int, *, champion: float, challenger: float, seed: int = 0) -> Sample:
    """Return the scores of two models, which see the log-odds with so much noise, and labels."""
    generator = np.random.default_rng(seed)
    log_odds = generator.normal(-1.0, 1.5, rows)
    shared = generator.normal(0.0, 1.0, rows)
    scores = [
        expit(log_odds + noise * (0.7 * shared + 0.7 * generator.normal(0.0, 1.0, rows)))
        for noise in (champion, challenger)
    ]
    return Sample(scores[0], scores[1], generator.random(rows) < expit(log_odds))


def binary(sample: Sample, *, guards: Guards | None = None) -> Evaluation:
    """Return the evaluation of two classifiers."""
    return evaluate(Task.BINARY, sample, window=WINDOW, guards=guards)


class TestBinary:
    """Tests of two models that say how likely the positive class is."""

    def test_scikit_learn(self) -> None:
        """Log-losses, AUCs and accuracies are those of scikit-learn, ties included."""
        from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

        sample = drawn(3000, champion=1.0, challenger=0.5)
        positive, champion = sample.truth, sample.champion.round(1)

        figures = binary(Sample(champion, sample.challenger, positive)).figures
        assert figures["champion_roc_auc"] == pytest.approx(roc_auc_score(positive, champion))
        assert figures["challenger_roc_auc"] == pytest.approx(
            roc_auc_score(positive, sample.challenger)
        )
        assert figures["challenger_log_loss"] == pytest.approx(
            log_loss(positive, sample.challenger)
        )
        assert figures["challenger_accuracy"] == accuracy_score(positive, sample.challenger >= 0.5)
        assert figures["roc_auc_difference"] == pytest.approx(
            figures["challenger_roc_auc"] - figures["champion_roc_auc"]
        )

    def test_delong_definition(self) -> None:
        """
        The interval of the AUCs' difference is DeLong's, from the pairwise kernel of the paper.

        psi(x, y) is 1 where the positive is above the negative, a half where they tie. The variance
        is that of its means over the negatives, by positives, plus that of those over positives.
        """
        sample = drawn(300, champion=1.0, challenger=0.8, seed=1)
        rounded = Sample(sample.champion.round(1), sample.challenger.round(1), sample.truth)
        kernels = []
        for scores in (rounded.champion, rounded.challenger):
            gaps = scores[rounded.truth][:, None] - scores[~rounded.truth][None, :]
            kernels.append((np.sign(gaps) + 1) / 2)
        contrast = kernels[1] - kernels[0]
        variance = contrast.mean(axis=1).var(ddof=1) / contrast.shape[0]
        variance += contrast.mean(axis=0).var(ddof=1) / contrast.shape[1]

        figures = binary(rounded).figures
        reach = 1.967929669 * variance**0.5  # Student's t with 299 degrees of freedom
        assert figures["roc_auc_difference"] == pytest.approx(contrast.mean())
        assert figures["roc_auc_difference_lower"] == pytest.approx(contrast.mean() - reach)
        assert figures["roc_auc_difference_upper"] == pytest.approx(contrast.mean() + reach)

    def test_bootstrap(self) -> None:
        """Both intervals have the width of a bootstrap of whole days, within a fifth."""
        sample = drawn(3000, champion=1.0, challenger=0.6, seed=2)
        generator = np.random.default_rng(3)
        days = np.arange(3000) // 100
        shocks = np.random.default_rng(4).normal(0.0, 0.8, 30)
        scores = expit(np.log(sample.champion / (1 - sample.champion)) + shocks[days])
        differences = []
        for _ in range(200):
            rows = np.concatenate(
                [np.arange(100) + 100 * day for day in generator.integers(0, 30, 30)]
            )
            figures = binary(
                Sample(scores[rows], sample.challenger[rows], sample.truth[rows])
            ).figures
            differences.append((figures["roc_auc_difference"], figures["log_loss_difference"]))
        spread = np.std(differences, axis=0)

        found = binary(Sample(scores, sample.challenger, sample.truth, days)).figures
        for name, deviation in zip(("roc_auc", "log_loss"), spread, strict=True):
            width = found[f"{name}_difference_upper"] - found[f"{name}_difference_lower"]
            assert width / (2 * 2.045) == pytest.approx(deviation, rel=0.2)

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
        outcome = binary(drawn(2000, champion=noise[0], challenger=noise[1], seed=4))

        assert outcome.verdict.startswith(verdict)
        assert better == outcome.better

    def test_sharper_but_ranks_worse(self) -> None:
        """A lower log-loss is not enough where the ranking may have suffered."""
        sample = drawn(4000, champion=0.1, challenger=1.0, seed=5)

        outcome = binary(Sample(sample.champion**4, sample.challenger, sample.truth))
        assert outcome.figures["log_loss_difference_upper"] < 0
        assert not outcome.better
        assert outcome.verdict.startswith("cannot tell: the AUC may be lower by")

    def test_same_model(self) -> None:
        """A model is not better than itself: the difference is 0, with no uncertainty."""
        sample = drawn(500, champion=1.0, challenger=1.0)

        outcome = binary(Sample(sample.champion, sample.champion, sample.truth))
        assert not outcome.better
        assert 0.0 == outcome.figures["roc_auc_difference_upper"]
        assert 0.0 == outcome.figures["log_loss_difference_lower"]

    @pytest.mark.parametrize(
        ("rows", "positives"),
        [(0, 0), (199, 99), (500, 0), (500, 500), (500, 1), (500, MINIMUM_CLASS_ROWS - 1)],
    )
    def test_too_few(self, rows: int, positives: int) -> None:
        """
        Too few rows, or too few of either class, cannot tell; what cannot be told is not better.

        Regression: with a single positive the variance of the AUC was 0 / 0.
        """
        scores = np.linspace(0.1, 0.9, rows)

        outcome = binary(Sample(scores, scores, np.arange(rows) < positives))
        assert not outcome.better
        assert outcome.verdict.startswith("cannot tell: expected 200 labelled rows")
        assert outcome.verdict.endswith(f"got {rows} with {positives} positive")
        assert {} == outcome.figures

    def test_certain_and_wrong(self) -> None:
        """Scores of exactly 0 and 1 have a finite log-loss."""
        sample = drawn(500, champion=1.0, challenger=0.5)

        outcome = binary(Sample(np.where(sample.truth, 0.0, 1.0), sample.challenger, sample.truth))
        assert outcome.better
        assert np.isfinite(list(outcome.figures.values())).all()

    @pytest.mark.parametrize("rows", [50, 500])
    def test_round_trip(self, rows: int) -> None:
        """An evaluation is read as it was written, decided or not."""
        outcome = binary(drawn(rows, champion=1.0, challenger=0.5))

        assert outcome == Evaluation.decode(outcome.encode())


def labelled(rows: int, noise: tuple[float, float], *, seed: int) -> Sample:
    """Return what two models say of three classes, seeing the logits with so much *noise*."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(0.0, 1.5, (rows, 3))
    drawn_by = generator.gumbel(0.0, 1.0, (rows, 3))
    answers = [
        softmax(logits + level * generator.normal(0, 1, (rows, 3)), axis=1) for level in noise
    ]

    return Sample(answers[0], answers[1], (logits + drawn_by).argmax(axis=1))


class TestMulticlass:
    """Tests of two models that give each class a probability."""

    def test_scikit_learn(self) -> None:
        """Log-losses and accuracies are those of scikit-learn."""
        from sklearn.metrics import accuracy_score, log_loss

        sample = labelled(1000, (1.0, 0.5), seed=1)
        figures = evaluate(Task.MULTICLASS, sample, window=WINDOW).figures

        assert figures["champion_log_loss"] == pytest.approx(
            log_loss(sample.truth, sample.champion, labels=[0, 1, 2])
        )
        assert figures["challenger_accuracy"] == accuracy_score(
            sample.truth, sample.challenger.argmax(axis=1)
        )

    @pytest.mark.parametrize(
        ("noise", "verdict"),
        [
            ((2.0, 0.2), "better: log-loss lower by"),
            ((0.2, 2.0), "worse: log-loss higher by"),
            ((1.0, 1.0), "cannot tell: log-loss differs by"),
        ],
    )
    def test_verdicts(self, noise: tuple[float, float], verdict: str) -> None:
        """The same three verdicts as for two classes."""
        outcome = evaluate(Task.MULTICLASS, labelled(1500, noise, seed=3), window=WINDOW)

        assert outcome.verdict.startswith(verdict)


def predicted(rows: int, noise: tuple[float, float], *, seed: int) -> Sample:
    """Return what two models predict of a number, each off by so much *noise*."""
    generator = np.random.default_rng(seed)
    truth = generator.normal(10.0, 5.0, rows)
    first, second = (truth + level * generator.standard_t(5, rows) for level in noise)

    return Sample(first, second, truth)


class TestRegression:
    """Tests of two models that predict a number."""

    def test_scikit_learn(self) -> None:
        """Errors are those of scikit-learn, and the bootstrap of the RMSE is around them."""
        from sklearn.metrics import mean_absolute_error, root_mean_squared_error

        sample = predicted(800, (1.0, 0.7), seed=1)
        figures = evaluate(Task.REGRESSION, sample, window=WINDOW).figures
        errors = [
            root_mean_squared_error(sample.truth, answer)
            for answer in (sample.champion, sample.challenger)
        ]

        assert figures["champion_rmse"] == pytest.approx(errors[0])
        assert figures["challenger_mae"] == pytest.approx(
            mean_absolute_error(sample.truth, sample.challenger)
        )
        assert figures["rmse_difference"] == pytest.approx(errors[1] - errors[0])
        assert figures["rmse_difference_lower"] < errors[1] - errors[0]
        assert figures["rmse_difference_upper"] > errors[1] - errors[0]

    @pytest.mark.parametrize(
        ("noise", "verdict"),
        [
            ((2.0, 0.5), "better: mean squared error lower by"),
            ((0.5, 2.0), "worse: mean squared error higher by"),
            ((1.0, 1.0), "cannot tell: mean squared error differs by"),
        ],
    )
    def test_verdicts(self, noise: tuple[float, float], verdict: str) -> None:
        """The same three verdicts as for classes."""
        outcome = evaluate(Task.REGRESSION, predicted(1000, noise, seed=3), window=WINDOW)

        assert outcome.verdict.startswith(verdict)

    def test_too_few(self) -> None:
        """Fewer than 200 rows cannot tell."""
        outcome = evaluate(Task.REGRESSION, predicted(199, (9.0, 0.1), seed=4), window=WINDOW)

        assert "cannot tell: expected 200 labelled rows, got 199" == outcome.verdict


class TestGuards:
    """Tests of what a better challenger must not do."""

    def segmented(self, *, harm: float) -> Sample:
        """Return a challenger that is better on the whole and adds *harm* to one row in five."""
        sample = predicted(3000, (2.0, 0.5), seed=5)
        few = np.arange(3000) % 5 == 0
        segments: dict[str, NDArray[np.bool_]] = {"plan=pro": few, "plan=basic": ~few}

        return Sample(
            sample.champion, sample.challenger + harm * few, sample.truth, segments=segments
        )

    def test_segment(self) -> None:
        """A challenger that is worse for one segment is refused, and the segment is named."""
        outcome = evaluate(Task.REGRESSION, self.segmented(harm=4.0), window=WINDOW)

        assert not outcome.better
        assert outcome.verdict.startswith("refused, though better: mean squared error lower by")
        assert ["mse of plan=pro is higher by"] == [text[:28] for text in outcome.offences]

    def test_margin(self) -> None:
        """What rises by less than the margin is allowed, and so is what does not surely rise."""
        lenient = Guards(margin=3.0)

        assert evaluate(Task.REGRESSION, self.segmented(harm=0.0), window=WINDOW).better
        outcome = evaluate(Task.REGRESSION, self.segmented(harm=4.0), window=WINDOW, guards=lenient)
        assert outcome.better

    @pytest.mark.parametrize(
        ("gate", "offence"),
        [
            ({"roc_auc": ThresholdSpec(low=0.99)}, ", below 0.99"),
            ({"expected_calibration_error": ThresholdSpec(high=0.001)}, ", above 0.001"),
            (
                {"rmse": ThresholdSpec(high=1)},
                "rmse was not computed, so its gate cannot be passed",
            ),
        ],
    )
    def test_gate(self, gate: dict[str, ThresholdSpec], offence: str) -> None:
        """A challenger beyond a bound of the monitor file is refused, however much better."""
        sample = drawn(2000, champion=2.0, challenger=0.2, seed=4)

        outcome = binary(sample, guards=Guards(gate=gate))
        assert not outcome.better
        assert outcome.offences[0].endswith(offence)
        assert binary(sample, guards=Guards(gate={"roc_auc": ThresholdSpec(low=0.5)})).better


class TestFigures:
    """What a gate can bound."""

    @pytest.mark.parametrize(
        ("task", "sample"),
        [
            (Task.BINARY, drawn(300, champion=1.0, challenger=0.5)),
            (Task.MULTICLASS, labelled(300, (1.0, 0.5), seed=1)),
            (Task.REGRESSION, predicted(300, (1.0, 0.5), seed=1)),
        ],
        ids=list(Task),
    )
    def test_known_to_the_rules(self, task: Task, sample: Sample) -> None:
        """The figures that a monitor file may name are those that are computed of a challenger."""
        figures = evaluate(task, sample, window=WINDOW).figures
        own = {name.removeprefix("challenger_") for name in figures if "challenger_" in name}

        assert FIGURES[task] == own


class TestErrorRate:
    """Tests of how often an equal model passes for a better one."""

    @pytest.mark.parametrize("days", [1, 2, 3])
    def test_few_days(self, days: int) -> None:
        """
        On fewer than three days nothing passes, on three as little as is promised.

        Regression: two equal models, of which each day favours one, passed in 31.7 % of
        comparisons on a single day, for its rows counted as independent, and in 4 % on two.
        """
        outcomes = [
            evaluate(Task.REGRESSION, self.equal(Task.REGRESSION, seed, days), window=WINDOW)
            for seed in range(400)
        ]

        assert sum(outcome.better for outcome in outcomes) < (20 if days == 3 else 1)
        few = f"cannot tell: expected labelled rows of 3 days, got {days}"
        assert (days < 3) == (outcomes[0].verdict == few)

    @pytest.mark.parametrize("task", list(Task))
    def test_equal_models(self, task: Task) -> None:
        """
        Two equal models under weather that days share: at most 2.5 % of challengers pass.

        Of 400 comparisons that is 10; with 20 or more the true rate would be above 2.5 % with a
        certainty of 99.6 % (binomial). Rows that count as independent would let a fifth pass.
        """
        passed = sum(
            evaluate(task, self.equal(task, seed), window=WINDOW).better for seed in range(400)
        )

        assert passed < 20

    def equal(self, task: Task, seed: int, length: int = 14) -> Sample:
        """Return two models that err alike, each on days of its own, in *length* days of rows."""
        generator = np.random.default_rng(seed)
        rows = 560 // length * length
        days = np.repeat(np.arange(length), rows // length)
        shape = (rows, 3) if task is Task.MULTICLASS else (rows,)
        truth = generator.normal(0.0, 1.5, shape)
        answers = [
            truth
            + np.multiply.outer(
                generator.normal(0.0, 1.0, length)[days], np.arange(1, 4) if truth.ndim > 1 else 1
            )
            + generator.normal(0.0, 0.5, shape)
            for _ in range(2)
        ]
        if task is Task.REGRESSION:
            return Sample(answers[0], answers[1], truth, days)
        if task is Task.MULTICLASS:
            labels = (truth + generator.gumbel(0.0, 1.0, shape)).argmax(axis=1)
            return Sample(softmax(answers[0], axis=1), softmax(answers[1], axis=1), labels, days)

        return Sample(
            expit(answers[0]), expit(answers[1]), generator.random(rows) < expit(truth), days
        )
