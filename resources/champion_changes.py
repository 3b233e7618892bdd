"""When another version of a model came into use: promoted, or in place of one taken back."""

from datetime import datetime

from resources.results.records import Subject
from resources.results.store import ResultsStore


def champion_changes(store: ResultsStore, model: str) -> list[datetime]:
    """Return the moments of the decisions that changed which version of *model* is in use."""
    return sorted(
        decision.at
        for decision in store.decisions(model)
        if decision.subject in {Subject.PROMOTION, Subject.ROLLBACK} and decision.outcome == "yes"
    )
