"""What a challenger must not do, however much better it is on the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitoring.retraining.comparison import Comparison, Sample
from monitoring.retraining.differences import CONFIDENCE, mean_difference
from monitoring.spec.part import ThresholdSpec
from monitoring.spec.retraining import RetrainingSpec

#: A segment with fewer rows than this shows neither harm nor its absence.
MINIMUM_SEGMENT_ROWS = 100


@dataclass(frozen=True, slots=True)
class Guards:
    """
    By what share the loss of a segment may rise, and the bounds of the challenger's figures.
    """

    margin: float = 0.05
    gate: Mapping[str, ThresholdSpec] = field(default_factory=dict)

    @classmethod
    def of(cls, policy: RetrainingSpec) -> Guards:
        """Return the guards of *policy*."""
        return cls(policy.margin, policy.gate)


def offences(guards: Guards, comparison: Comparison, sample: Sample) -> list[str]:
    """Return what speaks against the challenger, in words; nothing when all guards let it pass."""
    return _worse_segments(guards, comparison, sample) + _beyond_gate(guards, comparison)


def _worse_segments(guards: Guards, comparison: Comparison, sample: Sample) -> list[str]:
    """
    Name the segments in which the loss has surely risen by more than the margin.

    The certainty is shared out among the segments (Bonferroni), so that many of them do not make
    a refusal by chance.
    """
    watched = {
        name: rows
        for name, rows in sample.segments.items()
        if int(rows.sum()) >= MINIMUM_SEGMENT_ROWS
    }
    found: list[str] = []
    for name, rows in watched.items():
        champion = comparison.champion[rows]
        rise = mean_difference(
            comparison.challenger[rows] - champion,
            groups=None if sample.days is None else sample.days[rows],
            confidence=1 - (1 - CONFIDENCE) / len(watched),
        )
        if rise.lower > guards.margin * float(champion.mean()):
            found.append(f"{comparison.name} of {name} is higher by {rise.value:.4f}")

    return found


def _beyond_gate(guards: Guards, comparison: Comparison) -> list[str]:
    found: list[str] = []
    for name, bound in guards.gate.items():
        value = comparison.figures.get(f"challenger_{name}")
        if value is None:
            found.append(f"{name} was not computed, so its gate cannot be passed")
        elif bound.low is not None and value < bound.low:
            found.append(f"{name} is {value:.4f}, below {bound.low:g}")
        elif bound.high is not None and value > bound.high:
            found.append(f"{name} is {value:.4f}, above {bound.high:g}")

    return found
