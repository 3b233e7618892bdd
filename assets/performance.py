"""The asset that measures how well the model did, on the labels known so far."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import dagster as dg

from assets.checks import performance_check_specs, performance_checks
from assets.keys import ACTUALS, ESTIMATED_PERFORMANCE, PERFORMANCE, QUALITY, owners_of, step_key
from assets.label_metadata import change_metadata, shortest, values_before
from assets.metadata import PERFORMANCE_HEADLINES, show, windows_metadata
from assets.partitions import batches_of, partitions_of, partitions_of_run
from monitoring.alerting.incident import Cause
from monitoring.labels.history import ArrivalHistory
from monitoring.labels.judging import judge_labels
from monitoring.labels.measures import window_measures
from monitoring.labels.rows import PlacedOutcomes, placed
from monitoring.measures.judging import Stamp, WindowKey, measure_windows
from monitoring.profile.grouping import Group
from monitoring.profile.outcomes.outcomes import Outcomes, empty_outcomes
from monitoring.reference import Reference
from monitoring.results import Measurement
from monitoring.spec.model import ActualsSpec, MonitorSpec, Task
from resources.clock import Clock
from resources.incidents import Incidents
from resources.journal import OUTCOMES, Journal
from resources.label_history import LabelHistory
from resources.live_versions import LiveVersions
from resources.loss_errors import loss_errors
from resources.results.store import ResultsStore
from resources.trailing import Trailing

#: The metrics whose change is shown when a day is computed again.
CHANGING = ("roc_auc", "log_loss", "accuracy", "mae", "label_coverage")


def build_performance(spec: MonitorSpec, actuals_spec: ActualsSpec) -> dg.AssetsDefinition:
    """Return the asset that computes performance from stored outcomes; it reads no rows."""

    @dg.asset(
        key=step_key(spec.model, PERFORMANCE),
        group_name=spec.model,
        owners=owners_of(spec),
        kinds={"python"},
        partitions_def=partitions_of(spec),
        backfill_policy=dg.BackfillPolicy.single_run(),
        deps=[step_key(spec.model, step) for step in _steps_before(spec)],
        check_specs=performance_check_specs(spec),
    )
    def performance(
        context: dg.AssetExecutionContext,
        results: dg.ResourceParam[ResultsStore],
        clock: dg.ResourceParam[Clock],
    ) -> Iterator[dg.MaterializeResult[None]]:
        """How well the model did: metrics with intervals and label coverage."""
        partitions, journal = partitions_of_run(context, spec), Journal(spec, results)
        now, batches = clock.now(), batches_of(context, spec)
        reference = journal.reference(partitions.keys)
        layout = reference.labelled_layout()
        windows, known, blocked = journal.windows(
            partitions, spec.windows.performance, OUTCOMES, layout=layout.fingerprint, by=now
        )
        outcomes = journal.outcomes(known, reference=reference)
        labels = LabelHistory(journal, actuals_spec, layout.fingerprint, now, batches)
        stamp = Stamp(spec.model, now, context.run.run_id)
        realised = _measured(
            outcomes,
            windows,
            reference,
            labels.before(known),
            label=actuals_spec.label,
            blocked=blocked,
            stamp=stamp,
        )
        live = LiveVersions(journal, reference.thresholds, stamp).compared(realised, windows)
        measurements = [*realised, *loss_errors(spec, results, realised), *live]
        measurements = Trailing(spec, results, PERFORMANCE).judged(measurements)
        judged = judge_labels(measurements, maturity=labels.maturity(known), as_of=now)
        before = values_before(journal, partitions, window=shortest(windows), metrics=CHANGING)
        journal.save_measurements(PERFORMANCE, windows, judged)
        incidents = Incidents(spec, results, Cause.PERFORMANCE)
        incidents.refresh(as_of=now, run_id=stamp.run_id, batches=batches)
        show(context, windows_metadata(judged, partitions, headlines=PERFORMANCE_HEADLINES))
        show(context, change_metadata(before, judged, window=shortest(windows)))

        yield dg.MaterializeResult(check_results=performance_checks(spec, judged))

    return performance


def _steps_before(spec: MonitorSpec) -> tuple[str, ...]:
    """Return what performance is made of: of a regression the estimates too, for their errors."""
    if spec.task is Task.REGRESSION:
        return ACTUALS, QUALITY, ESTIMATED_PERFORMANCE

    return ACTUALS, QUALITY


def _measured(
    outcomes: Mapping[Group, Outcomes],
    windows: Sequence[WindowKey],
    reference: Reference,
    history: ArrivalHistory,
    *,
    label: str,
    blocked: Mapping[str, str],
    stamp: Stamp,
) -> list[Measurement]:
    """Return what is realised, how far the estimate was from it, and what is still to come."""
    return measure_windows(
        placed(outcomes),
        windows,
        partial(window_measures, reference=reference, history=history, label=label),
        empty=PlacedOutcomes(empty_outcomes(reference.labelled_layout())),
        book=reference.thresholds,
        stamp=stamp,
        blocked=blocked,
    )
