"""Tests of versions that answer at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import pytest

from monitoring.measures.judging import WindowKey
from monitoring.profile.grouping import Group
from monitoring.results import ALL, Measure, Measurement
from monitoring.retraining.pairs import Pairs
from monitoring.retraining.versions import versus_champion

NOW = datetime(2026, 1, 10, tzinfo=UTC)
WINDOW = WindowKey("2d", "2026-01-01", "2026-01-03", ("2026-01-01", "2026-01-02"))


def measured(
    version: str,
    value: float | None,
    *,
    rows: int = 400,
    window_end: str = "2026-01-03",
    segment: str = ALL,
    half: float | None = 0.03,
) -> Measurement:
    """Return the AUC of *version*, with an interval of *half* to each side."""
    known = value is not None and half is not None
    bounds = (value - half, value + half) if known else (None, None)
    window = ("2d", "2026-01-01", window_end)

    return Measurement(
        "churn", version, segment, *window, ALL, "roc_auc", value, *bounds, rows, None, None, None,
        NOW, "run",
    )  # fmt: skip


def compared(
    rows: Iterable[Measurement],
    pairs: Mapping[Group, Pairs] | None = None,
    champion: str | None = "v1",
) -> dict[tuple[str, str], Measure]:
    """Return the differences of the window by version and metric."""
    found = versus_champion(rows, pairs or {}, [WINDOW], champion=champion)

    return {(version, measure.metric): measure for _, version, measure in found}


class TestUnpaired:
    """Versions that answered to different ids."""

    def test_interval(self) -> None:
        """
        The bounds of the difference join those of both numbers (Zou and Donner).

        0.8 - 0.7 ± √(0.03² + 0.04²) = 0.1 ± 0.05.
        """
        rows = [measured("v1", 0.7, half=0.03), measured("v2", 0.8, half=0.04, rows=90)]
        found = compared(rows)["v2", "versus_champion_roc_auc"]

        assert (0.1, 0.05, 0.15) == pytest.approx((found.value, found.lower, found.upper))
        assert (90, "against v1, other ids") == (found.rows, found.reason)

    def test_which_rows(self) -> None:
        """Only all rows of the same window count, each version apart; the champion has no row."""
        rows = [
            measured("v1", 0.7),
            measured("v2", 0.8),
            measured("v3", 0.9),
            measured(ALL, 0.75),
            measured("v1", 0.6, segment="plan=pro"),
            measured("v4", 0.6, segment="plan=pro"),
            measured("v4", 0.6, window_end="2026-01-04"),
        ]

        assert {"v2", "v3"} == {version for version, _ in compared(rows)}

    @pytest.mark.parametrize("champion", [None, "v9"])
    def test_no_champion(self, champion: str | None) -> None:
        """Where no champion answered, the version with most labels stands for it."""
        rows = [measured("v1", 0.7, rows=50), measured("v2", 0.8, rows=900)]
        found = compared(rows, champion=champion)

        assert [("v1", "versus_champion_roc_auc")] == list(found)
        assert "against v2, other ids" == found["v1", "versus_champion_roc_auc"].reason

    def test_no_interval(self) -> None:
        """A number that is undefined, or has no interval, is not compared."""
        assert {} == compared([measured("v1", 0.7, half=None), measured("v2", 0.8)])
        assert {} == compared([measured("v1", None), measured("v2", 0.8)])
        assert {} == compared([measured("v1", 0.7)])


class TestPaired:
    """A version in the shadow, which answered to the ids that the champion served."""

    def test_before_unpaired(self) -> None:
        """Pairs against the champion count, also of a version that serves some ids itself."""
        day = Pairs(2, {"roc_auc": (0.2, 0.03)})
        pairs = {
            Group("2026-01-01", "v2", "v1"): day,
            Group("2026-01-02", "v2", "v1"): day,
            Group("2026-01-02", "v2", "v0"): Pairs(2, {"roc_auc": (9.0, 50.0)}),
            Group("2026-01-03", "v2", "v1"): Pairs(2, {"roc_auc": (9.0, 50.0)}),
        }
        found = compared([measured("v1", 0.7), measured("v2", 0.8)], pairs)

        ((key, measure),) = found.items()
        assert ("v2", "versus_champion_roc_auc") == key
        assert 0.1 == pytest.approx(measure.value)
        assert (4, "against v1, the same ids") == (measure.rows, measure.reason)
