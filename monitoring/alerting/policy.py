"""From a history of verdicts to incidents: when one opens, and when it is over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from monitoring.alerting.incident import Cause, Incident, State
from monitoring.results import Measurement, Verdict
from monitoring.spec.model import MonitorSpec, Task
from monitoring.windows import format_duration

#: The metrics whose breach opens an incident. The others are recorded and judged, and explain it.
HEADLINES: Mapping[Cause, frozenset[str]] = {
    Cause.QUALITY: frozenset({"failed_expectations"}),
    Cause.DRIFT: frozenset({"psi"}),
    Cause.PERFORMANCE: frozenset({"roc_auc", "log_loss", "accuracy", "mae", "rmse"}),
    Cause.LABELS: frozenset({"late_label_fraction", "label_silence"}),
}

#: Windows in a row without a breach before an incident is over, when nothing else is said.
CLEAR_AFTER = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """What one window says of a cause: its breaches, worst first; none when all is well."""

    partition: str
    breaches: tuple[Measurement, ...] = ()

    @property
    def severity(self) -> Verdict:
        """The gravest verdict among the breaches."""
        verdicts = {breach.verdict for breach in self.breaches}

        return Verdict.CRITICAL if Verdict.CRITICAL in verdicts else Verdict.WARNING


def alert_window(windows: Sequence[timedelta]) -> str:
    """
    Return the label of the window that opens incidents: the shortest of a week or more.

    A week has every weekday once, and its numbers are steadier than a day's. Shorter windows serve
    where no longer one is computed.
    """
    weekly = [window for window in windows if window >= timedelta(days=7)]

    return format_duration(min(weekly) if weekly else max(windows))


def headlines_of(cause: Cause, spec: MonitorSpec) -> frozenset[str]:
    """
    Return the metrics whose breach opens an incident of *cause* for the model of *spec*.

    A bound that somebody wrote is meant to be acted on, and outside of the budget of false alarms
    that the calibrated ones keep to. Of quality, the expectations decide.
    """
    usual = headline_metrics(cause, spec.task, scored=spec.predictions.score is not None)
    if cause is Cause.QUALITY:
        return usual

    return usual | {name for name, bounds in spec.thresholds.items() if bounds.method is None}


def headline_metrics(cause: Cause, task: Task, *, scored: bool = True) -> frozenset[str]:
    """
    Return the metrics whose breach opens an incident of *cause* when a file says nothing of them.

    The accuracy of a rare class moves with the share of that class; it serves where the model has
    no scores and nothing better is computed.
    """
    if cause is Cause.PERFORMANCE and task is Task.BINARY and scored:
        return frozenset({"roc_auc", "log_loss"})

    return HEADLINES.get(cause, frozenset())


def replay(
    model: str,
    cause: Cause,
    findings: Iterable[Finding],
    *,
    fire_after: int = 1,
    resolve_after: int = CLEAR_AFTER,
) -> list[Incident]:
    """
    Return the incidents of *findings*, which are in order of time, oldest first.

    An incident is pending until *fire_after* windows in a row have breached, and forgotten when
    they do not; one that fires is over after *resolve_after* windows in a row without a breach.
    The same findings always give the same incidents, so a day that is computed again changes what
    follows from it and nothing else.
    """
    incidents: list[Incident] = []
    current: Incident | None = None
    breached, clear = 0, list[str]()
    for finding in findings:
        if finding.breaches:
            breached, clear = breached + 1, []
            current = _extended(current, finding, model, cause)
            if breached >= fire_after:
                current = replace(current, state=State.FIRING)
            continue
        clear.append(finding.partition)
        if current is not None and current.state is State.PENDING:
            current = None
        elif current is not None and len(clear) == resolve_after:
            incidents.append(replace(current, state=State.RESOLVED, until=clear[0]))
            current = None
        if current is None:
            breached = 0
    if current is not None:
        incidents.append(current)

    return incidents


def _extended(current: Incident | None, finding: Finding, model: str, cause: Cause) -> Incident:
    graver = current is not None and current.severity is Verdict.CRITICAL

    return Incident(
        model=model,
        cause=cause,
        state=current.state if current is not None else State.PENDING,
        severity=Verdict.CRITICAL if graver else finding.severity,
        since=current.since if current is not None else finding.partition,
        last_seen=finding.partition,
        evidence=finding.breaches,
    )
