"""Whether to train again, on which days, and whether what came of it is better."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from monitoring.alerting.incident import Incident, State
from monitoring.spec.model import MonitorSpec
from monitoring.windows import DAY, Window, window_ending

#: By how much the AUC of a challenger may be lower before it counts as worse.
AUC_MARGIN = 0.01

#: Certainty of the intervals on which the decision rests.
CONFIDENCE = 0.95

#: Fewer labelled rows than this cannot tell two models apart.
MINIMUM_EVALUATION_ROWS = 200

#: Fewer rows of one class than this do not show how the AUC varies.
MINIMUM_CLASS_ROWS = 10

_CLIP = 1e-15


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a retraining starts, and why; *incident* is its cause."""

    start: bool
    reason: str
    incident: Incident | None = None


@dataclass(frozen=True, slots=True)
class PastRequest:
    """An earlier retraining: the fingerprint of its cause, and when it was asked for."""

    cause: str
    requested_at: datetime


def decide(
    spec: MonitorSpec,
    incidents: Sequence[Incident],
    past: Sequence[PastRequest],
    *,
    labels: int,
    now: datetime,
) -> Decision:
    """
    Say whether one of *incidents* starts a retraining at *now*.

    *labels* is how many labelled rows there are to train on. One incident starts one retraining,
    however long it lasts, and none starts within the cooldown of the one before.
    """
    policy = spec.retraining
    if policy is None:
        return Decision(start=False, reason="the monitor file asks for no retraining")
    firing = [
        incident
        for incident in incidents
        if incident.state is State.FIRING and incident.cause in policy.on
    ]
    if not firing:
        return Decision(start=False, reason=f"no incident of {' or '.join(policy.on)} is firing")
    answered = {request.cause for request in past}
    new = [incident for incident in firing if incident.fingerprint not in answered]
    if not new:
        return Decision(start=False, reason=f"{firing[0].fingerprint} was answered already")
    latest = max((request.requested_at for request in past), default=None)
    if labels < policy.minimum_labels:
        needed = f"expected {policy.minimum_labels:,} labelled rows to train on, got {labels:,}"
        return Decision(start=False, reason=needed)
    if latest is not None and now < latest + policy.cooldown:
        until = latest + policy.cooldown
        return Decision(start=False, reason=f"cooling down until {until:%Y-%m-%d %H:%M} UTC")

    return Decision(start=True, reason=f"{new[0].fingerprint} is firing", incident=new[0])


@dataclass(frozen=True, slots=True)
class RetrainingSpans:
    """The days to train on, and the later days that neither model has seen."""

    training: Window
    evaluation: Window


def retraining_spans(spec: MonitorSpec, *, now: datetime) -> RetrainingSpans:
    """
    Return the latest days whose labels are due at *now*: the last of them to evaluate on.

    Raises:
        ValueError: when *spec* has no retraining or no actuals.
    """
    if spec.retraining is None or spec.actuals is None:
        msg = f"{spec.model}: retraining needs a policy and actuals."
        raise ValueError(msg)
    last_mature = (now - spec.actuals.delay).date() - DAY
    if spec.end is not None:
        last_mature = min(last_mature, spec.end)
    evaluation = window_ending(last_mature, spec.retraining.evaluation)
    training = window_ending(evaluation.start - DAY, spec.retraining.window)

    return RetrainingSpans(_not_before(training, spec.start), evaluation)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """
    What came of comparing a challenger with the champion on the same labelled rows.

    *figures* are flat numbers: both log-losses and AUCs, and the differences (challenger minus
    champion) with the bounds of their 95 % intervals.
    """

    better: bool
    verdict: str
    rows: int
    window_start: date
    window_end: date
    figures: Mapping[str, float] = field(default_factory=dict)

    def encode(self) -> str:
        """Return the evaluation as JSON text."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def decode(cls, text: str) -> Evaluation:
        """Read what :meth:`encode` wrote."""
        values = json.loads(text)
        days = {name: date.fromisoformat(values[name]) for name in ("window_start", "window_end")}

        return cls(**values | days)


def evaluate(
    champion: NDArray[np.float64],
    challenger: NDArray[np.float64],
    positive: NDArray[np.bool_],
    *,
    window: Window,
) -> Evaluation:
    """
    Compare the scores of two models on the labelled rows of *window*.

    The challenger is better when its log-loss is surely lower (paired normal interval) and its AUC
    is not lower by more than :data:`AUC_MARGIN` (DeLong). Too few rows cannot tell, and what
    cannot be told is not better.
    """
    undecided = Evaluation(
        better=False,
        verdict=(
            f"cannot tell: expected {MINIMUM_EVALUATION_ROWS} labelled rows, "
            f"{MINIMUM_CLASS_ROWS} of either class"
        ),
        rows=len(positive),
        window_start=window.start,
        window_end=window.end,
    )
    positives = int(positive.sum())
    rarer = min(positives, len(positive) - positives)
    if len(positive) < MINIMUM_EVALUATION_ROWS or rarer < MINIMUM_CLASS_ROWS:
        found = f"got {len(positive)} with {positives} positive"
        return replace(undecided, verdict=f"{undecided.verdict}, {found}")

    losses = [_log_losses(scores, positive) for scores in (champion, challenger)]
    aucs, variance = _delong(champion, challenger, positive)
    loss = _paired_interval(losses[1] - losses[0])
    auc = _interval(aucs[1] - aucs[0], variance**0.5)
    figures = {
        "champion_log_loss": float(losses[0].mean()),
        "challenger_log_loss": float(losses[1].mean()),
        "champion_roc_auc": aucs[0],
        "challenger_roc_auc": aucs[1],
        **dict(zip(_bounds_of("log_loss_difference"), loss, strict=True)),
        **dict(zip(_bounds_of("roc_auc_difference"), auc, strict=True)),
    }
    better = loss[2] < 0 and auc[1] > -AUC_MARGIN

    return replace(
        undecided, better=better, verdict=_verdict(loss, auc, better=better), figures=figures
    )


def _verdict(
    loss: tuple[float, float, float], auc: tuple[float, float, float], *, better: bool
) -> str:
    _, low, high = loss
    if better:
        return f"better: log-loss lower by {-high:.4f} to {-low:.4f}"
    if low > 0:
        return f"worse: log-loss higher by {low:.4f} to {high:.4f}"
    if high >= 0:
        return f"cannot tell: log-loss differs by {low:+.4f} to {high:+.4f}"

    return f"cannot tell: the AUC may be lower by {-auc[1]:.4f}"


def _bounds_of(name: str) -> tuple[str, str, str]:
    return name, f"{name}_lower", f"{name}_upper"


def _log_losses(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> NDArray[np.float64]:
    clipped = np.clip(scores, _CLIP, 1 - _CLIP)

    return -np.log(np.where(positive, clipped, 1 - clipped))


def _paired_interval(differences: NDArray[np.float64]) -> tuple[float, float, float]:
    error = float(differences.std(ddof=1)) / len(differences) ** 0.5

    return _interval(float(differences.mean()), error)


def _interval(value: float, error: float) -> tuple[float, float, float]:
    reach = float(stats.norm.ppf((1 + CONFIDENCE) / 2)) * error

    return value, value - reach, value + reach


def _delong(
    first: NDArray[np.float64], second: NDArray[np.float64], positive: NDArray[np.bool_]
) -> tuple[tuple[float, float], float]:
    """
    Return both AUCs and the variance of their difference.

    DeLong, DeLong and Clarke-Pearson (1988), with the midranks of Sun and Xu (2014).
    """
    placements = [_placements(scores, positive) for scores in (first, second)]
    of_positives = np.vstack([pair[0] for pair in placements])
    of_negatives = np.vstack([pair[1] for pair in placements])
    covariance = np.cov(of_positives) / of_positives.shape[1]
    covariance = covariance + np.cov(of_negatives) / of_negatives.shape[1]
    contrast = np.array([-1.0, 1.0])
    aucs = of_positives.mean(axis=1)

    return (float(aucs[0]), float(aucs[1])), float(max(contrast @ covariance @ contrast, 0.0))


def _placements(
    scores: NDArray[np.float64], positive: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the share of negatives below each positive, and of positives above each negative."""
    up, down = scores[positive], scores[~positive]
    ranks = stats.rankdata(scores)
    above = (ranks[positive] - stats.rankdata(up)) / len(down)
    below = 1 - (ranks[~positive] - stats.rankdata(down)) / len(up)

    return above, below


def _not_before(window: Window, start: date | None) -> Window:
    if start is None or window.start >= start or window.end <= start:
        return window

    return Window(window.label, start, window.end)
