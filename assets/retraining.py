"""The assets of the retraining chain: train a challenger, evaluate it, promote or refuse it."""

from collections.abc import Iterator, Sequence

import dagster as dg

from assets.keys import EVALUATION, PERFORMANCE, PROMOTION, TRAINED_MODEL, owners_of, step_key
from assets.metadata import evaluation_metadata, version_metadata, versions_metadata
from monitoring.spec.model import MonitorSpec
from monitoring.spec.retraining import RetrainingSpec
from resources.challenge import Challenge
from resources.clock import Clock
from resources.live_versions import side_by_side
from resources.promotion import Promotion
from resources.registries.registry import Registry
from resources.results.store import ResultsStore
from resources.trainers.open import open_trainer
from resources.warehouse.query import Query
from resources.warehouse.warehouse import Warehouse

#: The run tag that names the incident which asked for the retraining.
CAUSE_TAG = "monitor/cause"

BETTER = "better_than_champion"


def build_retraining(spec: MonitorSpec, policy: RetrainingSpec) -> Sequence[dg.AssetsDefinition]:
    """Return the chain from a challenger to the decision about it."""
    return [
        _build_trained_model(spec, policy),
        _build_evaluation(spec, policy),
        _build_promotion(spec, policy),
    ]


def cause_of(run: dg.DagsterRun, spec: MonitorSpec) -> str:
    """Return what asked for a retraining: an incident, or a person, who started its first run."""
    by_hand = f"{spec.model}:manual:{run.root_run_id or run.run_id}"

    return run.tags.get(CAUSE_TAG, by_hand)


def _build_trained_model(spec: MonitorSpec, policy: RetrainingSpec) -> dg.AssetsDefinition:
    @dg.asset(
        key=step_key(spec.model, TRAINED_MODEL),
        group_name=spec.model,
        owners=owners_of(spec),
        kinds={"python"},
        deps=[step_key(spec.model, PERFORMANCE)],
        description=f"A challenger, trained by {_trainer(policy)} on the latest labelled days.",
    )
    def trained_model(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        results: dg.ResourceParam[ResultsStore],
        registry: dg.ResourceParam[Registry],
        clock: dg.ResourceParam[Clock],
    ) -> dg.MaterializeResult[None]:
        """Train a challenger on the latest labelled days."""
        trainer = open_trainer(spec, policy, context)
        challenge = Challenge(spec, policy, Query(spec, warehouse), results, registry, trainer)
        cause = cause_of(context.run, spec)
        record = challenge.train(cause, as_of=clock.now(), run_id=context.run.run_id)
        registry.publish(spec.model)

        return dg.MaterializeResult(metadata=version_metadata(record) | {"cause": cause})

    return trained_model


def _build_evaluation(spec: MonitorSpec, policy: RetrainingSpec) -> dg.AssetsDefinition:
    @dg.asset(
        key=step_key(spec.model, EVALUATION),
        group_name=spec.model,
        owners=owners_of(spec),
        kinds={"python"},
        deps=[step_key(spec.model, TRAINED_MODEL)],
        check_specs=[
            dg.AssetCheckSpec(
                BETTER,
                asset=step_key(spec.model, EVALUATION),
                description="The challenger is better on labelled days that neither model saw.",
            )
        ],
    )
    def evaluation(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        results: dg.ResourceParam[ResultsStore],
        registry: dg.ResourceParam[Registry],
        clock: dg.ResourceParam[Clock],
    ) -> Iterator[dg.MaterializeResult[None]]:
        """Champion and challenger on the same recent labelled rows."""
        trainer = open_trainer(spec, policy, context)
        challenge = Challenge(spec, policy, Query(spec, warehouse), results, registry, trainer)
        outcome = challenge.evaluate(cause_of(context.run, spec), as_of=clock.now())
        check = dg.AssetCheckResult(
            check_name=BETTER,
            passed=outcome.better,
            severity=dg.AssetCheckSeverity.WARN,
            description=outcome.verdict,
            metadata={"rows": outcome.rows},
        )

        shown = evaluation_metadata(outcome) | versions_metadata(side_by_side(spec.model, results))
        yield dg.MaterializeResult(metadata=shown, check_results=[check])

    return evaluation


def _build_promotion(spec: MonitorSpec, policy: RetrainingSpec) -> dg.AssetsDefinition:
    @dg.asset(
        key=step_key(spec.model, PROMOTION),
        group_name=spec.model,
        owners=owners_of(spec),
        kinds={"python"},
        deps=[step_key(spec.model, EVALUATION)],
    )
    def promotion(
        context: dg.AssetExecutionContext,
        results: dg.ResourceParam[ResultsStore],
        registry: dg.ResourceParam[Registry],
        clock: dg.ResourceParam[Clock],
    ) -> dg.MaterializeResult[None]:
        """The decision: the challenger becomes champion, waits for approval, or is refused."""
        cause = cause_of(context.run, spec)
        record, outcome = Promotion(spec, results, registry).decide(
            cause, policy, at=clock.now(), run_id=context.run.run_id
        )

        return dg.MaterializeResult(
            metadata=version_metadata(record) | evaluation_metadata(outcome)
        )

    return promotion


def _trainer(policy: RetrainingSpec) -> str:
    if policy.command is not None:
        return policy.command[0]

    return policy.trainer or "an external pipeline"
