"""The asset check that fails while messages about a model reach nobody."""

from collections.abc import Sequence

import dagster as dg

from assets.monitor_files import KEY
from monitoring.spec.model import MonitorSpec
from resources.clock import Clock
from resources.own_troubles import undelivered
from resources.results.store import ResultsStore

DELIVERED = "notifications_delivered"


def build_delivery_check(specs: Sequence[MonitorSpec]) -> dg.AssetChecksDefinition:
    """Return the check of all *specs*, on the asset of their files."""

    @dg.asset_check(
        asset=KEY,
        name=DELIVERED,
        description="The latest message of every channel got through.",
    )
    def notifications_delivered(
        results: dg.ResourceParam[ResultsStore], clock: dg.ResourceParam[Clock]
    ) -> dg.AssetCheckResult:
        now = clock.now()
        stuck = [
            f"{spec.model}: {line}"
            for spec in specs
            for line in undelivered(spec, results, now=now)
        ]

        return dg.AssetCheckResult(passed=not stuck, description=delivery_words(stuck))

    return notifications_delivered


def delivery_evaluation(stuck: Sequence[str]) -> dg.AssetCheckEvaluation:
    """Return the verdict of the check as a sensor reports it, between runs."""
    return dg.AssetCheckEvaluation(
        asset_key=KEY, check_name=DELIVERED, passed=not stuck, description=delivery_words(stuck)
    )


def delivery_words(stuck: Sequence[str]) -> str:
    """Say what keeps messages from their readers."""
    if not stuck:
        return "Every channel took its latest message."

    return f"Notifications undelivered: {'; '.join(stuck)}"
