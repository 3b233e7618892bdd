"""``monitor run``: the daily steps of days or batches, through the same assets as the daemon's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from assets.keys import daily_steps
from monitoring.errors import SettingsError
from monitoring.partitions import split_at
from monitoring.spec.model import MonitorSpec
from monitoring.windows import DAY
from monitoring_pipelines.cli.console import Exit, HomeOption, err, plain_errors, settings_for
from monitoring_pipelines.definitions import build_definitions
from monitoring_pipelines.home import open_instance
from monitoring_pipelines.jobs import reference_starts
from monitoring_pipelines.runner import Runner, RunResult, month_chunks
from monitoring_pipelines.settings import Settings
from monitoring_pipelines.wiring import open_results, resources_now
from resources.clock import SetClock, SystemClock
from resources.journal import Journal
from resources.monitor_files import MonitorFiles, load_monitors
from resources.warehouse.open import open_warehouse
from resources.warehouse.query import PARTITION, Query
from resources.warehouse.warehouse import read_table

_DAY = ["%Y-%m-%d"]

#: A run of this many batches loads as many profiles as a month of days does.
BATCHES_PER_RUN = 30


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the work that is one run: a reference, a month of days at most, or a batch."""

    spec: MonitorSpec
    words: str
    days: tuple[date, date] | None = None
    batches: tuple[str, ...] = ()

    @property
    def is_reference(self) -> bool:
        """Whether the reference is learnt."""
        return self.days is None and not self.batches

    def execute(self, runner: Runner) -> RunResult:
        """Run this piece."""
        if self.batches:
            return runner.batches(self.spec, daily_steps(self.spec), self.batches)
        if self.days is not None:
            return runner.days(self.spec, daily_steps(self.spec), *self.days)

        return runner.reference(self.spec)


def run(
    model: Annotated[str | None, typer.Option(help="Only this model; else all.")] = None,
    start: Annotated[
        datetime | None, typer.Option("--from", formats=_DAY, help="First day, inclusive.")
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=_DAY, help="Last day, inclusive.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(help="Use only labels recorded by this moment, such as 2026-03-01T06:00."),
    ] = None,
    rebuild: Annotated[  # noqa: FBT002 - typer makes a flag of it
        bool, typer.Option("--rebuild-reference", help="Learn the reference again first.")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Compute days, or all batches, and record them; exit 2: a wrong file, 3: a failed step."""
    with plain_errors():
        settings = settings_for(home)
        clock = SystemClock() if as_of is None else SetClock(parse_moment(as_of))
        files = load_monitors(settings.monitors)
        specs = _wanted(files, model)
        first, last = start.date() if start else None, end.date() if end else None
        _check_span(first, last)
        now = min(clock.now(), SystemClock().now())
        span = (first, _over(last, now=now))
        definitions = build_definitions(files, resources_now(settings, clock))
        with open_instance(settings) as instance:
            pieces = [
                piece
                for spec in specs
                for piece in plan(spec, settings, span, now=now, rebuild=rebuild)
            ]
            failures = execute(pieces, Runner(definitions, instance))
    for failure in failures:
        err.print(failure, style="red", markup=False, highlight=False, soft_wrap=True)
    if failures:
        raise typer.Exit(Exit.FAILED)
    if files.broken and model is None:
        raise typer.Exit(Exit.MISUSED)


def plan(
    spec: MonitorSpec,
    settings: Settings,
    span: tuple[date | None, date | None],
    *,
    now: datetime,
    rebuild: bool = False,
) -> Iterator[Piece]:
    """
    Yield what has to be run for *spec*: the reference first, where there is none yet.

    Without a span, every day from the first of the monitor to yesterday, or every batch.
    """
    if rebuild or not Journal(spec, open_results(settings)).has_reference():
        yield Piece(spec, f"{spec.model}: reference")
    if spec.by_batch:
        query = Query(spec, open_warehouse(settings.warehouse_url))
        found = read_table(query.warehouse, query.batches())[PARTITION].to_pylist()
        for part in batched([str(batch) for batch in found if batch is not None], BATCHES_PER_RUN):
            yield Piece(spec, f"{spec.model}: {part[0]} to {part[-1]}", batches=part)
        return
    yesterday = now.date() - DAY
    first = max(filter(None, (span[0], spec.start)))
    last = min(filter(None, (span[1] or yesterday, spec.end)))
    if first > last:
        err.print(
            f"{spec.model}: no day to compute: it is monitored from {spec.start} to "
            f"{spec.end or yesterday}, and {first} to {last} is asked for.",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    starts = reference_starts(Journal(spec, open_results(settings)))
    for chunk in split_at(month_chunks(first, last), starts):
        yield Piece(spec, f"{spec.model}: {chunk[0]} to {chunk[1]}", days=chunk)


def execute(pieces: Sequence[Piece], runner: Runner) -> list[str]:
    """
    Run *pieces* with a progress bar; one that fails does not stop the others.

    Without its reference a model can compute nothing, so its other pieces are left out.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    failures, lost = list[str](), set[str]()
    with Progress(*columns, console=err) as progress:
        task = progress.add_task("", total=len(pieces))
        for piece in pieces:
            progress.update(task, description=piece.words)
            if piece.spec.model not in lost:
                found = piece.execute(runner).failures
                failures += [f"{piece.words}: {line}" for line in found]
                if found and piece.is_reference:
                    lost.add(piece.spec.model)
            progress.advance(task)

    return failures


def batched(items: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    """Yield *items* in tuples of *size*, the last one shorter."""
    for start in range(0, len(items), size):
        yield tuple(items[start : start + size])


def parse_moment(text: str) -> datetime:
    """
    Read an ISO date or moment; one without a zone is in UTC.

    Raises:
        SettingsError: when *text* is neither.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"--as-of: expected a moment such as 2026-03-01T06:00, got {text!r}."
        raise SettingsError(msg) from error

    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _check_span(first: date | None, last: date | None) -> None:
    """Refuse a span that ends before it begins."""
    if first is not None and last is not None and last < first:
        msg = f"--to: expected a day on or after --from {first}, got {last}."
        raise SettingsError(msg)


def _over(last: date | None, *, now: datetime) -> date | None:
    """Return *last*, or the day before *now* where that day was not over."""
    yesterday = now.date() - DAY
    if last is None or last <= yesterday:
        return last
    words = f"--to {last}: that day is not over; the last that is computed is {yesterday}."
    err.print(words, style="yellow", markup=False, highlight=False, soft_wrap=True)

    return yesterday


def _wanted(files: MonitorFiles, model: str | None) -> list[MonitorSpec]:
    """Return the monitors to run; a broken file is told, and the others run."""
    specs = [file.spec for file in files.specs]
    for broken in files.broken:
        for problem in broken.problems:
            err.print(problem, style="yellow", markup=False, highlight=False, soft_wrap=True)
    if model is None and specs:
        return specs
    wanted = [spec for spec in specs if spec.model == model]
    if not wanted:
        known = ", ".join(spec.model for spec in specs) or "none"
        msg = f"No usable monitor file for {model or 'any model'}; there are: {known}."
        raise SettingsError(msg)

    return wanted
