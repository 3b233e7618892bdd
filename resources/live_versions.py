"""The versions of a model that answer at the same time, as their measurements tell them apart."""

from monitoring.retraining.versions import SideBySide, champion_vs_challenger
from monitoring.spec.model import MonitorSpec
from resources.results.store import ResultsStore


def side_by_side(spec: MonitorSpec, store: ResultsStore) -> list[SideBySide]:
    """
    Return the performance of the champion beside that of every other version, newest window first.

    Nothing where the predictions do not name their version, or only one version has answered.
    """
    champion = store.champion(spec.model)
    if champion is None or spec.predictions.version is None:
        return []
    others = [
        record.version
        for record in store.model_versions(spec.model)
        if record.version != champion.version
    ]
    rows = {
        version: list(
            store.measurements(model=spec.model, step="performance", version=version, column="*")
        )
        for version in (champion.version, *others)
    }

    return [
        pair
        for other in others
        for pair in champion_vs_challenger(
            [*rows[champion.version], *rows[other]], champion=champion.version, challenger=other
        )
    ]
