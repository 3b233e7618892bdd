"""When another version of a model came into use: promoted, or in place of one taken back."""

from datetime import datetime

from resources.results.records import DecisionRecord, Subject
from resources.results.store import ResultsStore


def champion_changes(store: ResultsStore, model: str) -> list[datetime]:
    """Return the moments of the decisions that changed which version of *model* is in use."""
    return [decision.at for decision in _changes(store, model)]


def champion_at(store: ResultsStore, model: str, moment: datetime) -> str | None:
    """Return the version of *model* that was in use at *moment*, None before the first one."""
    changes = _changes(store, model)
    if all(change.at <= moment for change in changes):
        champion = store.champion(model)
        return None if champion is None else champion.version
    in_use: list[str] = []
    for change in changes:
        if change.at <= moment and change.subject is Subject.ROLLBACK:
            in_use = in_use[:-1]
        elif change.at <= moment and change.version is not None:
            in_use.append(change.version)

    return in_use[-1] if in_use else None


def _changes(store: ResultsStore, model: str) -> list[DecisionRecord]:
    return [
        decision
        for decision in store.decisions(model)
        if decision.subject in {Subject.PROMOTION, Subject.ROLLBACK} and decision.outcome == "yes"
    ]
