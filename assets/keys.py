"""The asset keys of one model: its name, then the step."""

import hashlib

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

ALL_STEPS = (REFERENCE, *DAILY_STEPS, *RETRAINING_STEPS)

#: A step's key is the model and the step.
_STEP_PARTS = 2


def step_key(model: str, step: str) -> dg.AssetKey:
    """Return the key of a *step* of *model*."""
    return dg.AssetKey([model, step])


def table_key(table: str) -> dg.AssetKey:
    """
    Return the key under which a *table* of the warehouse stands in the lineage.

    The table ``churn.predictions`` would be called as a step of the model ``churn`` is, and one key
    twice keeps the whole location from loading.
    """
    parts = lineage_key(table)
    if not parts or (len(parts) == _STEP_PARTS and parts[1] in ALL_STEPS):
        return dg.AssetKey(["tables", *(parts or [_digest(table)])])

    return dg.AssetKey(parts)


def _digest(table: str) -> str:
    """Return a name for a *table* that has none of the characters that Dagster allows."""
    return hashlib.sha256(table.encode()).hexdigest()[:12]


def daily_steps(spec: MonitorSpec) -> tuple[str, ...]:
    """Return the steps of *spec*: without actuals there is no performance."""
    return DAILY_STEPS if spec.actuals is not None else (PREDICTIONS, QUALITY, DRIFT)


def owners_of(spec: MonitorSpec) -> list[str]:
    """Return the owner of *spec* as Dagster writes owners: an e-mail address or a team."""
    if spec.owner is None:
        return []

    return [spec.owner if "@" in spec.owner else f"team:{spec.owner}"]
