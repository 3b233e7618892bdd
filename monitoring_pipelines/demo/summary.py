"""What the demo shows at its end: months, alerts, versions, and what to type next."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from rich.table import Table

from monitoring.alerting.incident import Cause, Incident
from monitoring.profile.collecting import merged
from monitoring.profile.grouping import Group
from monitoring.profile.outcomes.outcomes import empty_outcomes
from monitoring.profile.table import TableProfile
from monitoring.reference import Reference
from monitoring.results import ALL, Measure
from monitoring.spec.model import MonitorSpec
from monitoring_pipelines.cli.console import out, table_of
from resources.journal import TABLE, Journal
from resources.results.records import ModelVersionRecord
from resources.results.store import ResultsStore

_MONTH_COLUMNS = (
    "month",
    "rows",
    "labelled",
    "late",
    "said",
    "AUC",
    "log-loss",
    "largest drift (PSI)",
    "firing",
)


def print_summary(spec: MonitorSpec, store: ResultsStore) -> None:
    """Print the story of *spec*."""
    journal = Journal(spec, store)
    out.print(_months(journal))
    out.print(_alerts(store, spec))
    out.print(_versions(store.model_versions(spec.model), store, spec))
    out.print("\nNext: [bold]make dev[/bold] (or [bold]monitor dev[/bold]) opens the Dagster UI.")


def _months(journal: Journal) -> Table:
    reference = journal.reference()
    table = table_of(
        *_MONTH_COLUMNS, title="What the monitor saw, with the labels known at the end"
    )
    months: dict[str, list[str]] = defaultdict(list)
    for key in journal.seen(TABLE):
        months[key[:7]].append(key)
    incidents = journal.store.incidents(model=journal.spec.model)
    for days in months.values():
        table.add_row(*_month(journal, reference, days, incidents))

    return table


def _month(
    journal: Journal, reference: Reference, days: Sequence[str], incidents: Sequence[Incident]
) -> list[str]:
    profiles = journal.table_profiles(days, layout=reference.layout)
    outcomes = journal.outcomes(days, reference=reference, segment=ALL)
    whole = merged(
        (profiles[Group(day)] for day in days if Group(day) in profiles),
        empty=TableProfile.empty(reference.layout),
    )
    labelled = merged(
        (outcomes[Group(day)] for day in days if Group(day) in outcomes),
        empty=empty_outcomes(reference.labelled_layout()),
    )
    numbers = {row.metric: row for row in reference.performance(labelled) if row.column == ALL}
    drifts = [row for row in reference.drift(whole) if row.metric == "psi" and row.value]
    largest = max(drifts, key=lambda row: row.value or 0.0, default=None)

    return [
        f"{date.fromisoformat(days[0]):%B}",
        f"{whole.rows:,}",
        f"{labelled.labelled:,}",
        _shown(numbers.get("actual_positive_rate"), "{:.1%}"),
        _shown(numbers.get("positive_rate"), "{:.1%}"),
        _shown(numbers.get("roc_auc"), "{:.3f}"),
        _shown(numbers.get("log_loss"), "{:.3f}"),
        "" if largest is None else f"{largest.column} {largest.value:.2f}",
        _state(days, incidents),
    ]


def _state(days: Sequence[str], incidents: Sequence[Incident]) -> str:
    """Name the causes that were firing at any time from the first to the last of *days*."""
    firing = {
        incident.cause
        for incident in incidents
        if incident.since <= days[-1] and (incident.until is None or incident.until >= days[0])
    }

    return ", ".join(cause.value for cause in Cause if cause in firing) or "ok"


def _alerts(store: ResultsStore, spec: MonitorSpec) -> Table:
    table = table_of("when", "channel", "alert", "delivery", title="Alerts")
    for record in store.notifications(spec.model):
        incident = record.incident
        table.add_row(
            f"{record.notification.created_at:%d %b}",
            record.notification.channel,
            f"{incident.cause} {incident.state}, since {incident.since}",
            record.detail or record.status.value,
        )

    return table


def _versions(
    versions: Sequence[ModelVersionRecord], store: ResultsStore, spec: MonitorSpec
) -> Table:
    table = table_of("version", "trained on", "status", "because", title="Versions")
    causes = {request.version: request.cause for request in store.retrainings(spec.model)}
    for version in versions:
        cause = causes.get(version.version)
        because = version.reason or ""
        table.add_row(
            version.version,
            f"{version.trained_from} to {version.trained_to}",
            version.status.value,
            f"{because} (asked for by {cause})" if cause is not None else because,
        )

    return table


def _shown(measure: Measure | None, pattern: str) -> str:
    return "" if measure is None or measure.value is None else pattern.format(measure.value)
