"""What a failed run left undone, and whether a later run has made that good."""

from collections.abc import Iterator

import dagster as dg

from assets.keys import REFERENCE, RETRAINING_STEPS, daily_steps
from monitoring.spec.model import MonitorSpec
from monitoring_pipelines.jobs import MODEL_TAG, keys_of, span_of
from resources.results.records import TransitionRecord

#: Run tag of a failed run: the later one that did what it left undone.
MADE_GOOD_TAG = "monitor/made_good_by"

_PLANNED = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
_MADE = dg.DagsterEventType.ASSET_MATERIALIZATION


def models_of(run: dg.DagsterRun, instance: dg.DagsterInstance) -> set[str]:
    """
    Return the models whose assets *run* is about; of one that failed, those that it left undone.

    A run that is started in the UI bears no tag, and its assets begin with the model.
    """
    if MODEL_TAG in run.tags:
        return {run.tags[MODEL_TAG]}

    return {key.path[0] for key in _assets(run, instance)}


def left_undone(
    spec: MonitorSpec,
    instance: dg.DagsterInstance,
    good: dg.DagsterRun,
    *,
    opened: TransitionRecord,
) -> bool:
    """
    Say whether a failed run of *spec*, since one *opened* an incident, is left now after *good*.

    Those that it makes good bear that in a tag, so that none is asked about twice.
    """
    record = instance.get_run_record_by_id(good.run_id)
    is_left = False
    for failed in _failed(spec, instance, opened):
        run = failed.dagster_run
        later = record is not None and record.storage_id > failed.storage_id
        if later and covers(good, run, instance, spec=spec):
            instance.add_run_tags(run.run_id, {MADE_GOOD_TAG: good.run_id})
        else:
            is_left = True

    return is_left


def covers(
    good: dg.DagsterRun, failed: dg.DagsterRun, instance: dg.DagsterInstance, *, spec: MonitorSpec
) -> bool:
    """
    Say whether *good* did the steps of *spec* that *failed* left undone, for its days or later.

    Batches have no order, so any batch counts as a later one.
    """
    steps = (REFERENCE, *daily_steps(spec), *(RETRAINING_STEPS if spec.retraining else ()))
    # What the monitor file does not ask for any more, nothing will do.
    left = _assets(failed, instance) & set(keys_of(spec, steps))
    if not left <= _assets(good, instance):
        return False
    wanted, done = span_of(failed), span_of(good)
    if wanted is None or done is None or spec.by_batch:
        return True

    return done[0] > wanted[1] or (done[0] <= wanted[0] and wanted[1] <= done[1])


def _failed(
    spec: MonitorSpec, instance: dg.DagsterInstance, opened: TransitionRecord
) -> Iterator[dg.RunRecord]:
    """Yield the failed runs of *spec* that nothing has made good."""
    first = instance.get_run_record_by_id(opened.run_id)
    later = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.FAILURE],
        created_after=opened.at if first is None else first.create_timestamp,
    )
    for record in [*instance.get_run_records(later), *([first] if first else [])]:
        run = record.dagster_run
        if MADE_GOOD_TAG not in run.tags and spec.model in models_of(run, instance):
            yield record


def _assets(run: dg.DagsterRun, instance: dg.DagsterInstance) -> set[dg.AssetKey]:
    """Return the assets of *run*; of one that failed, those that it did not materialize."""
    keys: dict[dg.DagsterEventType, set[dg.AssetKey]] = {_PLANNED: set(), _MADE: set()}
    for entry in instance.all_logs(run.run_id, of_type=set(keys)):
        event = entry.dagster_event
        if event is not None and event.asset_key is not None:
            keys[event.event_type].add(event.asset_key)
    planned = set(run.asset_selection or keys[_PLANNED])
    if run.status is dg.DagsterRunStatus.SUCCESS:
        return planned

    return planned - keys[_MADE] or planned
