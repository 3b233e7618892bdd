"""``monitor status``: one line per model, and an exit code for scripts."""

from datetime import date, timedelta
from typing import Annotated

import typer
from rich.text import Text

from monitoring.alerting.incident import Cause, Incident, State
from monitoring.errors import SettingsError
from monitoring.spec.model import MonitorSpec
from monitoring.thresholds.calibration import BUDGET_DAYS
from monitoring_pipelines.cli.console import (
    Exit,
    HomeOption,
    err,
    out,
    plain_errors,
    settings_for,
    table_of,
)
from monitoring_pipelines.home import dagster_home, open_instance
from monitoring_pipelines.pulse import NOTIFICATIONS, SELF_WATCH, silent_daemon, silent_sensors
from monitoring_pipelines.settings import Settings
from monitoring_pipelines.wiring import open_results
from resources.clock import SystemClock
from resources.journal import TABLE, Journal
from resources.monitor_files import load_monitors
from resources.results.store import ResultsStore

_COLUMNS = ("model", "state", "last", "rows", "labels to", "version", "90 days", "firing")
_WHOLE = ("model", "state", "last")


def status(
    model: Annotated[str | None, typer.Option(help="Only this model.")] = None,
    home: HomeOption = None,
) -> None:
    """
    Print one line per model; exit 0 when all are healthy, 1 when one alerts.

    1 as well when the daemon or a sensor stands still: nobody else could tell.
    """
    with plain_errors():
        settings = settings_for(home)
        files = load_monitors(settings.monitors)
        store = open_results(settings)
        table = table_of(*_COLUMNS, whole=_WHOLE)
        specs = [file.spec for file in files.specs if model in {None, file.spec.model}]
        if not specs and (model is not None or not files.broken):
            known = ", ".join(file.spec.model for file in files.specs) or "none"
            msg = f"No usable monitor file for {model or 'any model'}; there are: {known}."
            raise SettingsError(msg)
        firing = {spec.model: _firing(spec, store) for spec in specs}
        for spec in specs:
            table.add_row(*(Text(cell) for cell in _line(spec, store, firing[spec.model])))
        out.print(table)
        silent = _silent(settings)
        for line in silent:
            err.print(line, style="red", markup=False, highlight=False, soft_wrap=True)
        for broken in files.broken:
            for problem in broken.problems:
                err.print(problem, style="red", markup=False, highlight=False, soft_wrap=True)
    # An alert is never hidden by somebody else's broken file.
    if any(firing.values()) or silent:
        raise typer.Exit(Exit.ALERTING)
    if files.broken:
        raise typer.Exit(Exit.MISUSED)


def _firing(spec: MonitorSpec, store: ResultsStore) -> list[Incident]:
    return store.incidents(model=spec.model, state=State.FIRING)


def _silent(settings: Settings) -> list[str]:
    """Say what of Dagster stands still, where a daemon has ever run."""
    if not (dagster_home(settings) / "dagster.yaml").exists():
        return []
    try:
        return _still(settings)
    except Exception as error:  # noqa: BLE001 - Dagster's storages raise what their drivers do
        # Its text may hold the password of the storage.
        return [f"Dagster's own storage cannot be read ({type(error).__name__}): is it up?"]


def _still(settings: Settings) -> list[str]:
    now = SystemClock().now()
    with open_instance(settings) as instance:
        daemon = silent_daemon(instance, now=now)
        if daemon is not None:
            return [daemon]
        silent = silent_sensors(instance, [NOTIFICATIONS, SELF_WATCH], now=now)

    return [f"Sensor {name} {why}." for name, why in silent.items()]


def _rate(spec: MonitorSpec, store: ResultsStore, last: str | None) -> str:
    """Write how many incidents there were in 90 days, and how many of them may be false."""
    if spec.by_batch or last is None:
        return ""
    first = (date.fromisoformat(last) - timedelta(days=BUDGET_DAYS)).isoformat()
    seen = [
        incident
        for incident in store.incidents(model=spec.model)
        if incident.cause in {Cause.DRIFT, Cause.PERFORMANCE}
        and incident.state is not State.PENDING
        and incident.since > first
        and not incident.retracted
    ]

    return f"{len(seen)} (budget {spec.alerts.budget:g})"


def _line(spec: MonitorSpec, store: ResultsStore, firing: list[Incident]) -> list[str]:
    journal = Journal(spec, store)
    tables, outcomes = journal.seen(TABLE), journal.seen("outcomes")
    last = max(tables, default=None)
    champion = store.champion(spec.model)
    state = "alerting" if firing else "healthy" if tables else "no data yet"

    return [
        spec.model,
        state,
        last or "",
        str(tables[last].rows) if last is not None else "",
        max(outcomes, default=""),
        champion.version if champion is not None else "",
        _rate(spec, store, last),
        ", ".join(f"{incident.cause} since {incident.since}" for incident in firing),
    ]
