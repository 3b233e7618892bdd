"""``monitor silence``: nobody is told of a model, or of a part of its troubles, for a while."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from monitoring.alerting.silence import Silence
from monitoring.errors import SettingsError
from monitoring.results import ALL
from monitoring.windows import parse_duration
from monitoring_pipelines.cli.console import HomeOption, out, plain_errors, settings_for
from monitoring_pipelines.wiring import open_results
from resources.clock import SystemClock
from resources.monitor_files import load_monitors
from resources.silences import Silences


def silence(
    model: Annotated[str, typer.Argument(help="The model of which nobody is told.")],
    until: Annotated[
        str | None, typer.Option(help="When it ends: 2026-03-01, 2026-03-01T06:00, or 4h, 3d.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, for those who wonder.")] = "",
    column: Annotated[str, typer.Option(help="Only what this column causes.")] = ALL,
    metric: Annotated[str, typer.Option(help="Only what this metric causes.")] = ALL,
    *,
    end: Annotated[bool, typer.Option("--end", help="End what is in force now.")] = False,
    home: HomeOption = None,
) -> None:
    """Silence MODEL --until … --reason …; without them, list what is in force."""
    with plain_errors():
        settings, now = settings_for(home), SystemClock().now()
        _check_model(model, [file.spec.model for file in load_monitors(settings.monitors).specs])
        silences = Silences(open_results(settings))
        if end:
            out.print(f"{silences.end(model, at=now)} silences of {model} ended.", markup=False)
        elif until is not None:
            added = Silence(model, now, _moment(until, now), reason.strip(), column, metric)
            _check(added)
            silences.add(added)
        for held in silences.of(model):
            if held.until > now:
                out.print(_line(held), markup=False, highlight=False, soft_wrap=True)


def _moment(text: str, now: datetime) -> datetime:
    """Read a moment, in UTC where it says no zone, or how long from *now*."""
    try:
        return now + parse_duration(text)
    except (ValueError, OverflowError):
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"--until: expected a moment such as 2026-03-01T06:00 or a duration, got {text!r}."
        raise SettingsError(msg) from error

    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _check(silence: Silence) -> None:
    if silence.until <= silence.start:
        msg = f"--until: expected a moment to come, got {silence.until:%Y-%m-%d %H:%M} UTC."
        raise SettingsError(msg)
    if not silence.reason:
        msg = "--reason: missing, but required: why nobody is to be told."
        raise SettingsError(msg)


def _check_model(model: str, known: list[str]) -> None:
    if model not in known:
        msg = f"No usable monitor file for {model}; there are: {', '.join(known) or 'none'}."
        raise SettingsError(msg)


def _line(silence: Silence) -> str:
    named = {"column": silence.column, "metric": silence.metric}
    parts = [f"{name} {value}" for name, value in named.items() if value != ALL]
    about = f" ({', '.join(parts)})" if parts else ""
    until = f"{silence.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"

    return f"{silence.model}{about} is silent until {until}: {silence.reason}"
