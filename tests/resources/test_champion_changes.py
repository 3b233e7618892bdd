"""Tests of which version of a model was in use at a moment."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from resources.champion_changes import champion_at
from resources.results.records import (
    DecisionRecord,
    ModelVersionRecord,
    Subject,
    VersionStatus,
)
from resources.results.store import ResultsStore


def day(number: int) -> datetime:
    """Return a day of January 2026."""
    return datetime(2026, 1, number, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> ResultsStore:
    """
    Versions 1 and 2 were promoted on the 3rd and the 5th; on the 7th version 2 was taken back.
    """
    store = ResultsStore(f"sqlite:///{tmp_path / 'results.db'}")
    store.upgrade()
    champion = ModelVersionRecord("churn", "v1", VersionStatus.CHAMPION, day(2), "run")
    told = [
        (3, Subject.PROMOTION, "yes", "v1"),
        (4, Subject.PROMOTION, "no", "v9"),
        (5, Subject.PROMOTION, "yes", "v2"),
        (7, Subject.ROLLBACK, "yes", "v2"),
    ]
    with store.transaction() as transaction:
        transaction.save_model_version(champion)
        for at, subject, outcome, version in told:
            transaction.record_decision(
                DecisionRecord("churn", day(at), subject, outcome, "so", version=version)
            )

    return store


class TestChampionAt:
    """Tests of the version in use."""

    @pytest.mark.parametrize(
        ("moment", "version"), [(2, None), (3, "v1"), (4, "v1"), (6, "v2"), (7, "v1"), (9, "v1")]
    )
    def test_moment(self, store: ResultsStore, moment: int, version: str | None) -> None:
        """What was promoted by then and not yet taken back."""
        assert version == champion_at(store, "churn", day(moment))

    def test_undecided(self, store: ResultsStore) -> None:
        """A champion that nobody decided on has always been one."""
        other = ModelVersionRecord("other", "v1", VersionStatus.CHAMPION, day(2), "run")
        with store.transaction() as transaction:
            transaction.save_model_version(other)

        assert "v1" == champion_at(store, "other", day(1))
        assert champion_at(store, "none", day(1)) is None
