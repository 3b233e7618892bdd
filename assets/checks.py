"""
Asset checks: what a person on call sees as passed or failed.

A check speaks of the last partition of its run. An evaluation costs about 0.1 s, so there is a
handful for each asset, and each lists its findings in a table.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import dagster as dg

from assets.keys import ACTUALS, DRIFT, PERFORMANCE, step_key
from assets.metadata import TABLE_ROWS, breaches_table, literal, worst_first
from monitoring.alerting.incident import Cause
from monitoring.alerting.policy import alert_window, headlines_of
from monitoring.alerting.words import crossing
from monitoring.labels.maturity import Maturity
from monitoring.profile.grouping import Group
from monitoring.profile.outcomes.outcomes import Outcomes
from monitoring.results import ALL, Measurement, Verdict
from monitoring.spec.columns import answer_columns
from monitoring.spec.model import MonitorSpec
from monitoring.windows import BATCH

FEATURE_DRIFT = "feature_drift"
PREDICTION_DRIFT = "prediction_drift"
PERFORMANCE_HELD = "performance"
LABELS_ON_TIME = "labels_on_time"


def drift_check_specs(spec: MonitorSpec) -> list[dg.AssetCheckSpec]:
    """Return one check for what goes into the model and one for what comes out."""
    return [
        dg.AssetCheckSpec(
            FEATURE_DRIFT,
            asset=step_key(spec.model, DRIFT),
            description="No feature is further from the reference than its threshold.",
        ),
        dg.AssetCheckSpec(
            PREDICTION_DRIFT,
            asset=step_key(spec.model, DRIFT),
            description="Scores and predictions are no further from the reference than usual.",
        ),
    ]


def performance_check_specs(spec: MonitorSpec) -> list[dg.AssetCheckSpec]:
    """Return the check that the model is as good as on the reference."""
    return [
        dg.AssetCheckSpec(
            PERFORMANCE_HELD,
            asset=step_key(spec.model, PERFORMANCE),
            description="Headline metrics of the latest mature window are within their thresholds.",
        )
    ]


def labels_check_specs(spec: MonitorSpec) -> list[dg.AssetCheckSpec]:
    """Return the check that labels come."""
    return [
        dg.AssetCheckSpec(
            LABELS_ON_TIME,
            asset=step_key(spec.model, ACTUALS),
            description="Days whose labels are due have some, and labels come as they used to.",
        )
    ]


def drift_checks(
    spec: MonitorSpec, measurements: Sequence[Measurement]
) -> list[dg.AssetCheckResult]:
    """Return the verdicts on the features and on what the model answers."""
    answers = answer_columns(spec)
    latest = _latest(spec, Cause.DRIFT, spec.windows.drift, measurements)

    return [
        _result(FEATURE_DRIFT, [row for row in latest if row.column not in answers]),
        _result(PREDICTION_DRIFT, [row for row in latest if row.column in answers]),
    ]


def performance_checks(
    spec: MonitorSpec, measurements: Sequence[Measurement]
) -> list[dg.AssetCheckResult]:
    """Return the verdict on the latest mature window."""
    latest = _latest(spec, Cause.PERFORMANCE, spec.windows.performance, measurements)

    return [_result(PERFORMANCE_HELD, latest)]


def labels_checks(
    outcomes: Mapping[Group, Outcomes],
    lateness: Sequence[Measurement],
    *,
    maturity: Maturity,
    as_of: datetime,
) -> list[dg.AssetCheckResult]:
    """Return whether days whose labels are due have any, and those of the last day come in time."""
    due = {
        group.partition: outcome
        for group, outcome in outcomes.items()
        if group.version == group.segment == ALL
        and not _is_batch(group.partition)
        and maturity.due(date.fromisoformat(group.partition)) <= as_of
    }
    without = sorted(key for key, outcome in due.items() if outcome.rows and not outcome.labelled)
    last = lateness[-1].last_partition if lateness else ""
    latest = [row for row in lateness if row.last_partition == last]
    late = worst_first(row for row in latest if row.breached)
    words = [f"{len(without)} of {len(due)} days whose labels are due have none."]

    return [
        dg.AssetCheckResult(
            check_name=LABELS_ON_TIME,
            passed=not without and not late,
            severity=dg.AssetCheckSeverity.WARN,
            description=" ".join([*words, *(f"{crossing(row, quote=literal)}." for row in late)]),
            metadata={
                "days_due": len(due),
                "days_without_labels": ", ".join(without[:TABLE_ROWS]),
                "findings": breaches_table(latest),
            },
        )
    ]


def _latest(
    spec: MonitorSpec,
    cause: Cause,
    lengths: Sequence[timedelta],
    measurements: Sequence[Measurement],
) -> list[Measurement]:
    """Return the headlines of the latest window that has verdicts."""
    window = BATCH if spec.by_batch else alert_window(lengths)
    metrics = headlines_of(cause, spec)
    judged = [
        row
        for row in measurements
        if row.window == window
        and row.segment == row.version == ALL
        and row.metric in metrics
        and row.verdict is not None
    ]
    end = judged[-1].last_partition if spec.by_batch and judged else None
    end = end or max((row.last_partition for row in judged), default=None)

    return [row for row in judged if row.last_partition == end]


def _result(name: str, rows: Sequence[Measurement]) -> dg.AssetCheckResult:
    breached = [row for row in rows if row.breached]
    severe = any(row.verdict is Verdict.CRITICAL for row in breached)

    return dg.AssetCheckResult(
        check_name=name,
        passed=not breached,
        severity=dg.AssetCheckSeverity.ERROR if severe else dg.AssetCheckSeverity.WARN,
        description=_words(rows, breached),
        metadata={
            "breaches": len(breached),
            "window_end": rows[0].last_partition if rows else "",
            "findings": breaches_table(rows),
        },
    )


def _words(rows: Sequence[Measurement], breached: Sequence[Measurement]) -> str:
    if not rows:
        return "No window of this run is mature and large enough to judge."
    if not breached:
        return f"All {len(rows)} numbers are within their thresholds."

    worst = crossing(worst_first(breached)[0], quote=literal)
    return f"{len(breached)} of {len(rows)} numbers are beyond their thresholds: {worst}."


def _is_batch(partition: str) -> bool:
    """Batches have names, days have dates."""
    try:
        date.fromisoformat(partition)
    except ValueError:
        return True

    return False
