"""The assets of the retraining chain: train a challenger, evaluate it, promote or refuse it."""

from collections.abc import Iterator, Sequence

import dagster as dg

from assets.keys import EVALUATION, PERFORMANCE, PROMOTION, TRAINED_MODEL, owners_of, step_key
from assets.metadata import evaluation_metadata, version_metadata
from monitoring.spec.model import MonitorSpec, RetrainingSpec
from resources.challenge import Challenge
from resources.clock import Clock
from resources.registry import ModelRegistry
from resources.results.store import ResultsStore
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


def _build_trained_model(spec: MonitorSpec, policy: RetrainingSpec) -> dg.AssetsDefinition:
    @dg.asset(
        key=step_key(spec.model, TRAINED_MODEL),
        group_name=spec.model,
        owners=owners_of(spec),
        kinds={"python"},
        deps=[step_key(spec.model, PERFORMANCE)],
        description=f"A challenger, trained by {policy.trainer} on the latest labelled days.",
    )
    def trained_model(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        results: dg.ResourceParam[ResultsStore],
        registry: dg.ResourceParam[ModelRegistry],
        clock: dg.ResourceParam[Clock],
    ) -> dg.MaterializeResult[None]:
        """Train a challenger on the latest labelled days."""
        challenge = Challenge(spec, policy, Query(spec, warehouse), results, registry)
        cause = context.run.tags.get(CAUSE_TAG, f"{spec.model}:manual:{context.run.run_id}")
        record = challenge.train(cause, as_of=clock.now(), run_id=context.run.run_id)

        return dg.MaterializeResult(metadata=version_metadata(record))

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
        warehouse: dg.ResourceParam[Warehouse],
        results: dg.ResourceParam[ResultsStore],
        registry: dg.ResourceParam[ModelRegistry],
        clock: dg.ResourceParam[Clock],
    ) -> Iterator[dg.MaterializeResult[None]]:
        """Champion and challenger on the same recent labelled rows."""
        challenge = Challenge(spec, policy, Query(spec, warehouse), results, registry)
        outcome = challenge.evaluate(as_of=clock.now())
        check = dg.AssetCheckResult(
            check_name=BETTER,
            passed=outcome.better,
            severity=dg.AssetCheckSeverity.WARN,
            description=outcome.verdict,
            metadata={"rows": outcome.rows},
        )

        yield dg.MaterializeResult(metadata=evaluation_metadata(outcome), check_results=[check])

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
        warehouse: dg.ResourceParam[Warehouse],
        results: dg.ResourceParam[ResultsStore],
        registry: dg.ResourceParam[ModelRegistry],
    ) -> dg.MaterializeResult[None]:
        """The decision: the challenger becomes champion, or is refused."""
        challenge = Challenge(spec, policy, Query(spec, warehouse), results, registry)
        record, outcome = challenge.decide()

        return dg.MaterializeResult(
            metadata=version_metadata(record) | evaluation_metadata(outcome)
        )

    return promotion
