"""What the tests of the resources share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from resources.results.store import ResultsStore

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> ResultsStore:
    """
    An empty store.
    """
    store = ResultsStore(f"sqlite:///{tmp_path / 'results.db'}")
    store.upgrade()

    return store
