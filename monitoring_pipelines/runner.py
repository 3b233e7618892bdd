"""Runs the jobs of the code location in this process, as the daemon would in its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import dagster as dg

from assets.keys import REFERENCE
from assets.partitions import batches_name
from monitoring.spec.model import MonitorSpec
from monitoring.windows import DAY
from monitoring_pipelines.jobs import (
    RANGE_END_TAG,
    RANGE_START_TAG,
    RETRAIN,
    job_name,
    keys_of,
)

#: Dagster's own log repeats every event on the console; the command line tells what matters.
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True, slots=True)
class RunResult:
    """What came of a run: the messages of the steps that failed, none when all is well."""

    run_id: str
    failures: tuple[str, ...] = ()

    @property
    def success(self) -> bool:
        """Whether every step did its work."""
        return not self.failures


@dataclass(frozen=True, slots=True)
class Runner:
    """Executes the jobs of *definitions* and records them in *instance*."""

    definitions: dg.Definitions
    instance: dg.DagsterInstance

    def reference(self, spec: MonitorSpec) -> RunResult:
        """Build the reference of *spec*."""
        return self._run(job_name(spec.model), keys_of(spec, [REFERENCE]))

    def days(self, spec: MonitorSpec, steps: Sequence[str], first: date, last: date) -> RunResult:
        """Compute *steps* for the days from *first* to *last*, in one run."""
        if first == last:
            return self._run(
                job_name(spec.model), keys_of(spec, steps), partition_key=first.isoformat()
            )

        tags = _range_tags(first.isoformat(), last.isoformat())

        return self._run(job_name(spec.model), keys_of(spec, steps), tags=tags)

    def batches(self, spec: MonitorSpec, steps: Sequence[str], batches: Sequence[str]) -> RunResult:
        """
        Compute *steps* for *batches*, which become partitions if they are not yet.

        One run where they follow each other in the order in which Dagster knows them, else one
        for each.
        """
        name, job, keys = batches_name(spec.model), job_name(spec.model), keys_of(spec, steps)
        self.instance.add_dynamic_partitions(name, list(batches))
        known = list(self.instance.get_dynamic_partitions(name))
        first = known.index(batches[0])
        if known[first : first + len(batches)] == list(batches):
            return self._run(job, keys, tags=_range_tags(batches[0], batches[-1]))
        runs = [self._run(job, keys, partition_key=batch) for batch in batches]

        return RunResult(runs[-1].run_id, tuple(line for run in runs for line in run.failures))

    def request(self, request: dg.RunRequest) -> RunResult:
        """Do what a sensor or a schedule asked for."""
        return self._run(
            request.job_name or RETRAIN,
            list(request.asset_selection or []),
            partition_key=request.partition_key,
            tags=dict(request.tags),
        )

    def _run(
        self,
        job: str,
        selection: Sequence[dg.AssetKey],
        *,
        partition_key: str | None = None,
        tags: dict[str, str] | None = None,
    ) -> RunResult:
        result = self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance,
            asset_selection=list(selection),
            partition_key=partition_key,
            tags=tags,
            run_config=_QUIET,
            raise_on_error=False,
        )

        failures = tuple(_failures(result))
        if not result.success and not failures:
            # Nothing but a step names its failure; a resource that cannot be made is before all.
            failures = (f"{job}: the run failed before its first step; see run {result.run_id}.",)

        return RunResult(result.run_id, failures)


def _range_tags(first: str, last: str) -> dict[str, str]:
    return {RANGE_START_TAG: first, RANGE_END_TAG: last}


def _failures(result: dg.ExecuteInProcessResult) -> Iterator[str]:
    """Name the steps that failed by what went wrong; those skipped for it are not repeated."""
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            cause = error.cause if error is not None and error.cause is not None else error
            detail = cause.message.strip() if cause is not None else event.message or ""
            yield f"{event.step_key}: {detail}"


def month_chunks(first: date, last: date) -> list[tuple[date, date]]:
    """
    Split the days from *first* to *last* at the ends of months.

    >>> month_chunks(date(2013, 4, 28), date(2013, 5, 2))
    [(datetime.date(2013, 4, 28), datetime.date(2013, 4, 30)), \
(datetime.date(2013, 5, 1), datetime.date(2013, 5, 2))]
    """
    chunks: list[tuple[date, date]] = []
    start = first
    while start <= last:
        next_month = (start.replace(day=1) + 32 * DAY).replace(day=1)
        end = min(next_month - DAY, last)
        chunks.append((start, end))
        start = end + DAY

    return chunks
