"""Whether a challenger is better than the champion, and in which words that is said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date

import numpy as np

from monitoring.retraining.comparison import Comparison, Sample, compare
from monitoring.retraining.guards import Guards, offences
from monitoring.spec.model import Task
from monitoring.spec.retraining import MINIMUM_EVALUATION_DAYS
from monitoring.windows import Window

#: By how much the AUC of a challenger may be lower before it counts as worse.
AUC_MARGIN = 0.01

#: Fewer labelled rows than this cannot tell two models apart.
MINIMUM_EVALUATION_ROWS = 200

#: Fewer rows of one class than this do not show how the AUC varies.
MINIMUM_CLASS_ROWS = 10


@dataclass(frozen=True, slots=True)
class Evaluation:
    """
    What came of comparing a challenger with the champion on the same labelled rows.

    *figures* are flat numbers: the losses and other measures of both, and the differences
    (challenger minus champion) with the bounds of their 95 % intervals. *offences* say what spoke
    against a challenger that was better on the whole; *refused_days* are the days of the window
    that were left out, because one of the two has learnt from them or their rows failed a check.
    """

    better: bool
    verdict: str
    rows: int
    window_start: date
    window_end: date
    figures: Mapping[str, float] = field(default_factory=dict)
    offences: tuple[str, ...] = ()
    refused_days: tuple[str, ...] = ()
    champion: str | None = None
    challenger: str | None = None

    def encode(self) -> str:
        """Return the evaluation as JSON text."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def decode(cls, text: str) -> Evaluation:
        """Read what :meth:`encode` wrote."""
        values = json.loads(text)
        days = {name: date.fromisoformat(values[name]) for name in ("window_start", "window_end")}
        lists = {name: tuple(values.get(name, ())) for name in ("offences", "refused_days")}

        return cls(**values | days | lists)


def evaluate(
    task: Task, sample: Sample, *, window: Window, guards: Guards | None = None
) -> Evaluation:
    """
    Compare two models on the labelled rows of *window*.

    The challenger is better when its mean loss is surely lower (paired t, by days), its AUC is
    not lower by more than :data:`AUC_MARGIN` (DeLong), and no guard objects. Too few rows or days
    cannot tell, and what cannot be told is not better.
    """
    undecided = Evaluation(
        better=False,
        verdict="",
        rows=sample.rows,
        window_start=window.start,
        window_end=window.end,
    )
    missing = _missing(task, sample)
    if missing is not None:
        return replace(undecided, verdict=f"cannot tell: {missing}")

    comparison = compare(task, sample)
    verdict = _verdict(comparison)
    better = verdict.startswith("better")
    against = offences(guards or Guards(), comparison, sample) if better else []
    if against:
        verdict = f"refused, though {verdict}: {'; '.join(against)}"

    return replace(
        undecided,
        better=better and not against,
        verdict=verdict,
        figures=comparison.figures,
        offences=tuple(against),
    )


def _missing(task: Task, sample: Sample) -> str | None:
    """Return which rows or days are too few, if some are."""
    days = None if sample.days is None else len(np.unique(sample.days))
    if days is not None and 0 < days < MINIMUM_EVALUATION_DAYS:
        return f"expected labelled rows of {MINIMUM_EVALUATION_DAYS} days, got {days}"
    expected = f"expected {MINIMUM_EVALUATION_ROWS} labelled rows"
    if task is not Task.BINARY:
        few = sample.rows < MINIMUM_EVALUATION_ROWS
        return f"{expected}, got {sample.rows}" if few else None
    positives = int(np.count_nonzero(sample.truth))
    rarer = min(positives, sample.rows - positives)
    if sample.rows < MINIMUM_EVALUATION_ROWS or rarer < MINIMUM_CLASS_ROWS:
        wanted = f"{expected}, {MINIMUM_CLASS_ROWS} of either class"
        return f"{wanted}, got {sample.rows} with {positives} positive"

    return None


def _verdict(comparison: Comparison) -> str:
    loss, ranking = comparison.loss, comparison.ranking
    name = comparison.name.replace("log_loss", "log-loss").replace("mse", "mean squared error")
    if loss.lower > 0:
        return f"worse: {name} higher by {loss.lower:.4f} to {loss.upper:.4f}"
    if loss.upper >= 0:
        return f"cannot tell: {name} differs by {loss.lower:+.4f} to {loss.upper:+.4f}"
    if ranking is not None and ranking.lower <= -AUC_MARGIN:
        return f"cannot tell: the AUC may be lower by {-ranking.lower:.4f}"

    return f"better: {name} lower by {-loss.upper:.4f} to {-loss.lower:.4f}"
