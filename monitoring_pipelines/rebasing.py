"""The run by which a monitor goes over to the reference of the version that is in use."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import dagster as dg

from assets.keys import REFERENCE, daily_steps
from monitoring_pipelines.jobs import MODEL_TAG, days_request, job_name, keys_of
from resources.champion_changes import champion_changes
from resources.journal import TABLE, Journal
from resources.reference_basis import Basis, basis_of

#: Run tag: for which change of the version in use a run learns the reference.
REFERENCE_TAG = "monitor/reference"

#: How long after a failed run the next one is asked for; doubled each time, up to the longest.
FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)

_MOST_DOUBLINGS = 10
_ENDED = [
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
]


def rebasing_requests(
    journal: Journal, instance: dg.DagsterInstance, *, now: datetime
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """
    Yield the run that learns the reference, where another one is due, and counts its days again.

    Those are the days that were read already and are judged by it. A tick that dies is repeated
    without effect, for the key is the same until a run has it. One that has failed, also after it
    learnt the reference, is asked for again under the key of the next attempt.
    """
    spec = journal.spec
    basis = basis_of(spec, journal.store)
    if not basis.valid_from:
        return
    version, changes = basis.version or "file", champion_changes(journal.store, spec.model)
    name = f"{spec.model}:reference:{version}:{basis.valid_from}:{len(changes)}"
    known = dg.RunsFilter(tags={REFERENCE_TAG: name})
    latest = next(iter(instance.get_run_records(known, limit=1)), None)
    if not _is_due(basis, latest):
        return
    attempts = instance.get_runs_count(dg.RunsFilter(tags=known.tags, statuses=_ENDED))
    obstacle = None if latest is None else _obstacle(latest, attempts, now)
    if obstacle is not None:
        yield dg.SkipReason(f"{spec.model}: the reference of {version} is not learnt: {obstacle}")
        return
    tags = {MODEL_TAG: spec.model, REFERENCE_TAG: name}
    yield _request(journal, basis, key=f"{name}:{attempts + 1}", tags=tags)


def _is_due(basis: Basis, latest: dg.RunRecord | None) -> bool:
    """Say whether a reference is to be learnt, or days to be counted again that were not."""
    if basis.is_new or latest is None:
        return basis.is_new

    return latest.dagster_run.status is not dg.DagsterRunStatus.SUCCESS


def _obstacle(latest: dg.RunRecord, attempts: int, now: datetime) -> str | None:
    """Return why no other run is asked for yet, after so many *attempts*."""
    run = latest.dagster_run
    if run.status is dg.DagsterRunStatus.NOT_STARTED:
        # A tick died before it started its run: Dagster does that when it meets the key again.
        return None
    if not run.is_finished:
        return f"run {run.run_id} is under way"
    over = latest.end_time or latest.update_timestamp.timestamp()
    wait = min(FIRST_WAIT * 2 ** min(attempts - 1, _MOST_DOUBLINGS), LONGEST_WAIT)
    again = datetime.fromtimestamp(over, UTC) + wait
    if now < again:
        state = run.status.value.lower()
        return f"run {run.run_id} ended in {state}; the next is at {again:%Y-%m-%d %H:%M} UTC"

    return None


def _request(journal: Journal, basis: Basis, *, key: str, tags: dict[str, str]) -> dg.RunRequest:
    spec = journal.spec
    read = [date.fromisoformat(day) for day in journal.seen(TABLE) if day >= basis.valid_from]
    if read:
        steps, days = (REFERENCE, *daily_steps(spec)), (min(read), max(read))
        return days_request(spec, steps, days, run_key=key, tags=tags)

    return dg.RunRequest(
        run_key=key,
        job_name=job_name(spec.model),
        asset_selection=keys_of(spec, [REFERENCE]),
        tags=tags,
    )
