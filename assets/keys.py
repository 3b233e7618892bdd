"""The asset keys of one model: its name, then the step."""

import dagster as dg

from monitoring.spec.model import MonitorSpec
from monitoring.spec.tables import lineage_key

REFERENCE = "reference"
PREDICTIONS = "predictions"
QUALITY = "quality"
DRIFT = "drift"
ACTUALS = "actuals"
PERFORMANCE = "performance"
ESTIMATED_PERFORMANCE = "estimated_performance"
TRAINED_MODEL = "trained_model"
EVALUATION = "evaluation"
PROMOTION = "promotion"

#: The steps that are computed for every day or batch, in their order.
DAILY_STEPS = (PREDICTIONS, QUALITY, DRIFT, ACTUALS, PERFORMANCE, ESTIMATED_PERFORMANCE)

#: The steps that labels which come later change.
LABEL_STEPS = (ACTUALS, PERFORMANCE)

RETRAINING_STEPS = (TRAINED_MODEL, EVALUATION, PROMOTION)


def step_key(model: str, step: str) -> dg.AssetKey:
    """Return the key of a *step* of *model*."""
    return dg.AssetKey([model, step])


def table_key(table: str) -> dg.AssetKey:
    """Return the key under which a *table* of the warehouse stands in the lineage."""
    return dg.AssetKey(lineage_key(table))


def daily_steps(spec: MonitorSpec) -> tuple[str, ...]:
    """Return the steps of *spec*: without actuals there is no performance."""
    return DAILY_STEPS if spec.actuals is not None else (PREDICTIONS, QUALITY, DRIFT)


def owners_of(spec: MonitorSpec) -> list[str]:
    """Return the owner of *spec* as Dagster writes owners: an e-mail address or a team."""
    if spec.owner is None:
        return []

    return [spec.owner if "@" in spec.owner else f"team:{spec.owner}"]
