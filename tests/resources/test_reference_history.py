"""Tests of which reference holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from monitoring.errors import MonitorError
from resources.reference_history import ReferenceHistory

if TYPE_CHECKING:
    from tests.conftest import MakeWorld


class TestOf:
    """The reference of a range of days."""

    def test_other_segments(self, make_learnt: MakeWorld) -> None:
        """
        A reference that was learnt for other segments than the file names says how to renew it.
        """
        world = make_learnt()
        spec = world.spec.model_copy(update={"segments": ("region",)})
        expected = r"segments plan, the monitor file names region.*--rebuild-reference"

        assert {"plan"} == set(
            ReferenceHistory(world.spec, world.store).of(["2026-01-01"]).segments
        )
        with pytest.raises(MonitorError, match=expected):
            ReferenceHistory(spec, world.store).of(["2026-01-01"])
