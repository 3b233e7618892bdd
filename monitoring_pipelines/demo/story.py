"""The demo: lives through a model's year as the daemon would, and tells what came of it."""

import gc
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from assets.keys import daily_steps
from monitoring.spec.model import MonitorSpec
from monitoring_pipelines.cli.console import err
from monitoring_pipelines.definitions import build_definitions
from monitoring_pipelines.demo.calendar import Chapter, chapters
from monitoring_pipelines.demo.home import demo_monitor, fresh_home
from monitoring_pipelines.demo.summary import print_summary
from monitoring_pipelines.demo.warehouse import (
    FIRST_VERSION,
    MONITORED_FROM,
    TRAINED_FROM,
    build_warehouse,
    first_artefact,
)
from monitoring_pipelines.home import open_instance
from monitoring_pipelines.runner import Runner, RunResult
from monitoring_pipelines.settings import Settings
from monitoring_pipelines.wiring import open_results, resources_now
from resources.clock import SetClock
from resources.monitor_files import MonitorFiles
from resources.results.records import ModelVersionRecord, VersionStatus
from resources.results.store import ResultsStore
from resources.training import checksum

#: The labels of the night are there before the day is computed.
_BEFORE = ("label_arrivals",)

#: What follows from the day.
_AFTER = ("retraining", "notifications")


@dataclass(slots=True)
class Story:
    """A model, its clock, and everything that runs when the clock moves."""

    spec: MonitorSpec
    clock: SetClock
    resources: dict[str, object]
    runner: Runner
    failures: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Learn what is normal."""
        self._note(self.runner.reference(self.spec))

    def live(self, chapter: Chapter) -> None:
        """Compute the days of *chapter* on the morning after, and let the sensors see it."""
        self.clock.time = chapter.now
        self._tick(_BEFORE)
        steps = daily_steps(self.spec)
        self._note(self.runner.days(self.spec, steps, chapter.first, chapter.last))
        self._tick(_AFTER)

    def _tick(self, sensors: Sequence[str]) -> None:
        """Do what *sensors* ask for now, as the daemon would."""
        for name in sensors:
            for request in self._asked_by(name):
                self._note(self.runner.request(request))

    def _asked_by(self, name: str) -> list[dg.RunRequest]:
        context = dg.build_sensor_context(
            instance=self.runner.instance,
            resources=self.resources,
            definitions=self.runner.definitions,
            sensor_name=name,
        )
        sensor = self.runner.definitions.resolve_sensor_def(name)

        return list(sensor.evaluate_tick(context).run_requests or ())

    def _note(self, result: RunResult) -> None:
        self.failures += result.failures


def tell(settings: Settings, *, days: int | None) -> list[str]:
    """
    Build the warehouse, live through the year, print what came of it, and return what failed.

    *days* shortens the year to its first days.
    """
    # Sensors log what they deliver; here the messages themselves are on the screen.
    logging.getLogger("dagster").setLevel(logging.WARNING)
    fresh_home(settings)
    monitor = demo_monitor(settings)
    spec = monitor.spec
    warehouse = Path(settings.home / "warehouse.duckdb")
    build_warehouse(warehouse, progress=lambda line: err.print(line, highlight=False))
    clock = SetClock(datetime.combine(MONITORED_FROM, datetime.min.time(), UTC))
    resources = resources_now(settings, clock)
    store = open_results(settings)
    register_first_version(store, spec, first_artefact(warehouse), created_at=clock.now())
    definitions = build_definitions(MonitorFiles((monitor,), ()), resources)
    with open_instance(settings) as instance:
        story = Story(spec, clock, resources, Runner(definitions, instance))
        _live_through(story, chapters(spec, days=days))
    print_summary(spec, store)

    return story.failures


def register_first_version(
    store: ResultsStore, spec: MonitorSpec, artefact: Path, *, created_at: datetime
) -> None:
    """Make the model that is deployed at the beginning the champion."""
    record = ModelVersionRecord(
        model=spec.model,
        version=FIRST_VERSION,
        status=VersionStatus.CHAMPION,
        created_at=created_at,
        run_id="",
        artefact=str(artefact),
        checksum=checksum(artefact),
        trained_from=TRAINED_FROM.isoformat(),
        trained_to=MONITORED_FROM.isoformat(),
        reason="deployed when monitoring began",
    )
    with store.transaction() as transaction:
        transaction.save_model_version(record)


def _live_through(story: Story, year: list[Chapter]) -> None:
    columns = (
        TextColumn("{task.description:<22}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err) as progress:
        task = progress.add_task("Learning the reference", total=len(year) + 1)
        story.begin()
        # What is loaded by now stays to the end: no need to search it for garbage at every turn.
        gc.freeze()
        progress.advance(task)
        for chapter in year:
            progress.update(task, description=f"Living through {chapter.words}")
            story.live(chapter)
            progress.advance(task)
    gc.unfreeze()
