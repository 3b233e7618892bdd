"""The asset that pulls a day of predictions and keeps its profile."""

import dagster as dg

from assets.keys import PREDICTIONS, REFERENCE, owners_of, step_key, table_key
from assets.metadata import predictions_metadata, show
from assets.partitions import partitions_of, partitions_of_run
from monitoring.measures.judging import Stamp
from monitoring.spec.model import MonitorSpec
from resources.clock import Clock
from resources.exclusions import save_exclusions
from resources.journal import Journal
from resources.results.store import ResultsStore
from resources.warehouse.pulling import pull_predictions
from resources.warehouse.query import Query
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
        layout = journal.reference(partitions.keys).layout
        # Before the rows are read: what comes in meanwhile may be missing.
        now = clock.now()
        pulled = pull_predictions(Query(spec, warehouse), layout, partitions, as_of=now)
        journal.save_table_profiles(pulled.profiles, layout=layout.fingerprint, as_of=now)
        stamp = Stamp(spec.model, now, context.run.run_id)
        save_exclusions(journal, PREDICTIONS, pulled.excluded, stamp=stamp)
        show(context, predictions_metadata(pulled.profiles))

        return dg.MaterializeResult()

    return predictions
