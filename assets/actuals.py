"""The asset that joins a day's predictions with the labels known so far."""

from collections.abc import Iterator
from functools import partial

import dagster as dg

from assets.checks import labels_check_specs, labels_checks
from assets.keys import ACTUALS, PREDICTIONS, owners_of, step_key, table_key
from assets.metadata import actuals_metadata, show
from assets.partitions import partitions_of, partitions_of_run
from monitoring.profile.outcomes.outcomes import empty_outcomes, outcomes_of
from monitoring.spec.model import ActualsSpec, MonitorSpec
from resources.clock import Clock
from resources.journal import Journal
from resources.results.store import ResultsStore
from resources.warehouse.collecting import collect_from
from resources.warehouse.query import Query, group_keys
from resources.warehouse.warehouse import Warehouse


def build_actuals(spec: MonitorSpec, actuals_spec: ActualsSpec) -> dg.AssetsDefinition:
    """Return the asset that keeps what the model said beside what turned out to be true."""

    @dg.asset(
        key=step_key(spec.model, ACTUALS),
        group_name=spec.model,
        owners=owners_of(spec),
        kinds={"python", "arrow"},
        partitions_def=partitions_of(spec),
        backfill_policy=dg.BackfillPolicy.single_run(),
        deps=[table_key(actuals_spec.table), step_key(spec.model, PREDICTIONS)],
        check_specs=labels_check_specs(spec),
    )
    def actuals(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        results: dg.ResourceParam[ResultsStore],
        clock: dg.ResourceParam[Clock],
    ) -> Iterator[dg.MaterializeResult[None]]:
        """The labels of a day's predictions that are known so far, by score."""
        partitions, now = partitions_of_run(context, spec), clock.now()
        journal = Journal(spec, results)
        reference = journal.reference()
        layout = reference.labelled_layout()
        outcomes = collect_from(
            warehouse,
            Query(spec, warehouse).outcomes(partitions, as_of=now),
            group_keys(spec, reference.segments),
            partial(outcomes_of, layout=layout),
            empty=empty_outcomes(layout),
            partitions=partitions.keys,
        )
        journal.save_outcomes(outcomes, layout=layout.fingerprint, as_of=now)
        show(context, actuals_metadata(outcomes))

        yield dg.MaterializeResult(
            check_results=labels_checks(outcomes, delay=actuals_spec.delay, as_of=now)
        )

    return actuals
