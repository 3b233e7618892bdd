"""The asset that joins a day's predictions with the labels known so far."""

from collections.abc import Iterator

import dagster as dg

from assets.checks import labels_check_specs, labels_checks
from assets.keys import ACTUALS, PREDICTIONS, owners_of, step_key, table_key
from assets.label_metadata import lateness_metadata, state_metadata
from assets.metadata import actuals_metadata, show
from assets.partitions import batches_of, partitions_of, partitions_of_run
from monitoring.alerting.incident import Cause
from monitoring.labels.rows import outcomes_in, times_in
from monitoring.measures.judging import Stamp
from monitoring.spec.model import ActualsSpec, MonitorSpec
from resources.clock import Clock
from resources.exclusions import save_exclusions
from resources.incidents import Incidents
from resources.journal import Journal
from resources.label_history import LabelHistory
from resources.results.store import ResultsStore
from resources.shadow_pairs import save_pairs
from resources.warehouse.pulling import pull_outcomes
from resources.warehouse.query import Query
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
        deps=[*_tables(spec, actuals_spec), step_key(spec.model, PREDICTIONS)],
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
        reference = journal.reference(partitions.keys)
        query = Query(spec, warehouse)
        pulled = pull_outcomes(query, reference, partitions, as_of=now)
        outcomes, times = outcomes_in(pulled.profiles), times_in(pulled.profiles)
        layout = reference.labelled_layout().fingerprint
        journal.save_outcomes(outcomes, layout=layout, as_of=now)
        journal.save_label_times(times, layout=layout, as_of=now)
        save_pairs(journal, query, partitions, as_of=now)
        stamp = Stamp(spec.model, now, context.run.run_id)
        save_exclusions(journal, ACTUALS, pulled.excluded, stamp=stamp)
        batches = batches_of(context, spec)
        labels = LabelHistory(journal, actuals_spec, layout, now, batches)
        late = labels.save_lateness(partitions.keys, stamp=stamp)
        maturity = labels.maturity(partitions.keys)
        incidents = Incidents(spec, results, Cause.LABELS)
        incidents.refresh(as_of=now, run_id=stamp.run_id, batches=batches)
        show(context, actuals_metadata(outcomes))
        show(context, state_metadata(partitions, maturity=maturity, as_of=now))
        show(context, lateness_metadata(late))

        yield dg.MaterializeResult(
            check_results=labels_checks(outcomes, late, maturity=maturity, as_of=now)
        )

    return actuals


def _tables(spec: MonitorSpec, actuals_spec: ActualsSpec) -> list[dg.AssetKey]:
    tables = (actuals_spec.table, spec.predictions.shadow)

    return [table_key(table) for table in tables if table is not None]
