"""Two models on the same labelled rows: their losses, and every figure that is worth showing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from monitoring.retraining.differences import (
    Difference,
    Floats,
    Groups,
    bootstrap_difference,
    mean_difference,
)
from monitoring.retraining.losses import expected_calibration_error, log_losses, mcnemar_p_value
from monitoring.retraining.ranking import auc_difference
from monitoring.spec.model import Task

#: P(positive class) from which an answer counts as positive.
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Sample:
    """
    The answers of two models to the same rows, and what turned out to be true.

    Answers are P(positive class), a column of probabilities for each class, or predicted values;
    the truth is true or false, the position of the class, or a number. *days* says which rows go
    together, *segments* which rows are watched by themselves.
    """

    champion: Floats
    challenger: Floats
    truth: NDArray[np.generic]
    days: Groups | None = None
    segments: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.truth)


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    What each row costs either model, the *loss* by which they are compared, and flat *figures*.

    *ranking* is the difference of the AUCs, where there is one.
    """

    name: str
    champion: Floats
    challenger: Floats
    loss: Difference
    figures: Mapping[str, float]
    ranking: Difference | None = None


def compare(task: Task, sample: Sample) -> Comparison:
    """Compare two models by the loss of *task*: log-loss, or the squared error."""
    match task:
        case Task.BINARY:
            return _compare_binary(sample)
        case Task.MULTICLASS:
            return _compare_multiclass(sample)
        case Task.REGRESSION:
            return _compare_regression(sample)


def _compare_binary(sample: Sample) -> Comparison:
    positive = sample.truth.astype(np.bool_)
    answers = (sample.champion, sample.challenger)
    aucs, ranking = auc_difference(*answers, positive, groups=sample.days)
    right = [(scores >= _HALF) == positive for scores in answers]
    figures = _pair("roc_auc", *aucs) | bounds("roc_auc_difference", ranking)
    figures |= _decisions(right)
    figures |= _pair(
        "expected_calibration_error",
        *(expected_calibration_error(scores, positive) for scores in answers),
    )
    losses = [log_losses(np.where(positive, scores, 1 - scores)) for scores in answers]

    return _comparison("log_loss", losses, sample, figures, ranking=ranking)


def _compare_multiclass(sample: Sample) -> Comparison:
    truth = sample.truth.astype(np.int64)
    answers = (sample.champion, sample.challenger)
    right = [scores.argmax(axis=1) == truth for scores in answers]
    figures = _decisions(right) | _pair(
        "expected_calibration_error",
        *(
            expected_calibration_error(scores.max(axis=1), hits)
            for scores, hits in zip(answers, right, strict=True)
        ),
    )
    losses = [log_losses(scores[np.arange(sample.rows), truth]) for scores in answers]

    return _comparison("log_loss", losses, sample, figures)


def _compare_regression(sample: Sample) -> Comparison:
    errors = [
        answer - sample.truth.astype(np.float64) for answer in (sample.champion, sample.challenger)
    ]
    squares = [error**2 for error in errors]
    rmse = bootstrap_difference(squares[0], squares[1], np.sqrt, groups=sample.days)
    figures = (
        _pair("rmse", *(float(square.mean() ** 0.5) for square in squares))
        | bounds("rmse_difference", rmse)
        | _pair("mae", *(float(np.abs(error).mean()) for error in errors))
        | _pair("bias", *(float(error.mean()) for error in errors))
    )

    return _comparison("mse", squares, sample, figures)


def _comparison(
    name: str,
    losses: list[Floats],
    sample: Sample,
    figures: Mapping[str, float],
    *,
    ranking: Difference | None = None,
) -> Comparison:
    champion, challenger = losses
    loss = mean_difference(challenger - champion, groups=sample.days)
    means = _pair(name, float(champion.mean()), float(challenger.mean()))
    shown = means | bounds(f"{name}_difference", loss) | dict(figures)

    return Comparison(name, champion, challenger, loss, shown, ranking)


def bounds(name: str, difference: Difference) -> dict[str, float]:
    """Return *difference* as flat figures: its value, and the bounds of its interval."""
    return {
        name: difference.value,
        f"{name}_lower": difference.lower,
        f"{name}_upper": difference.upper,
    }


def _decisions(right: list[NDArray[np.bool_]]) -> dict[str, float]:
    accuracies = _pair("accuracy", *(float(hits.mean()) for hits in right))

    return accuracies | {"mcnemar_p_value": mcnemar_p_value(*right)}


def _pair(name: str, champion: float, challenger: float) -> dict[str, float]:
    return {f"champion_{name}": champion, f"challenger_{name}": challenger}
