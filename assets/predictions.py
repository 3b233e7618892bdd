"""The asset that pulls a day of predictions and keeps its profile."""

from functools import partial

import dagster as dg

from assets.keys import PREDICTIONS, REFERENCE, owners_of, step_key, table_key
from assets.metadata import predictions_metadata, show
from assets.partitions import partitions_of, partitions_of_run
from monitoring.profile.table import TableProfile
from monitoring.spec.model import MonitorSpec
from resources.clock import Clock
from resources.journal import Journal
from resources.results.store import ResultsStore
from resources.warehouse.collecting import collect_from
from resources.warehouse.query import Query, group_keys
from resources.warehouse.warehouse import Warehouse


def build_predictions(spec: MonitorSpec) -> dg.AssetsDefinition:
    """Return the asset that reads the predictions of *spec* once and keeps their profiles."""

    @dg.asset(
        key=step_key(spec.model, PREDICTIONS),
        group_name=spec.model,
        owners=owners_of(spec),
        kinds={"python", "arrow"},
        partitions_def=partitions_of(spec),
        backfill_policy=dg.BackfillPolicy.single_run(),
        deps=[table_key(spec.predictions.table), step_key(spec.model, REFERENCE)],
    )
    def predictions(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        results: dg.ResourceParam[ResultsStore],
        clock: dg.ResourceParam[Clock],
    ) -> dg.MaterializeResult[None]:
        """The predictions of a day, summarised as one mergeable profile per version."""
        partitions, journal = partitions_of_run(context, spec), Journal(spec, results)
        layout = journal.reference().layout
        # Before the rows are read: what comes in meanwhile may be missing.
        now = clock.now()
        profiles = collect_from(
            warehouse,
            Query(spec, warehouse).predictions(layout.columns, partitions),
            group_keys(spec),
            partial(TableProfile.of, layout=layout),
            empty=TableProfile.empty(layout),
            partitions=partitions.keys,
        )
        journal.save_table_profiles(profiles, layout=layout.fingerprint, as_of=now)
        show(context, predictions_metadata(profiles))

        return dg.MaterializeResult()

    return predictions
