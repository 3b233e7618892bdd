"""Tests of versions that answer at the same time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitoring.results import ALL, Measurement
from monitoring.retraining.versions import champion_vs_challenger

NOW = datetime(2026, 1, 10, tzinfo=UTC)


def measured(
    version: str,
    value: float | None,
    *,
    window_end: str = "2026-01-08",
    segment: str = ALL,
    half: float | None = 0.03,
) -> Measurement:
    """Return the AUC of *version*, with an interval of *half* to each side."""
    known = value is not None and half is not None
    bounds = (value - half, value + half) if known else (None, None)
    window = ("7d", "2026-01-01", window_end)

    return Measurement(
        "churn", version, segment, *window, ALL, "roc_auc", value, *bounds, 400, None, None, None,
        NOW, "run",
    )  # fmt: skip


class TestChampionVsChallenger:
    """Tests of measurements side by side."""

    def test_interval(self) -> None:
        """
        The bounds of the difference join those of both numbers (Zou and Donner).

        0.8 - 0.7 ± √(0.03² + 0.04²) = 0.1 ± 0.05.
        """
        rows = [measured("v1", 0.7, half=0.03), measured("v2", 0.8, half=0.04)]
        (pair,) = champion_vs_challenger(rows, champion="v1", challenger="v2")

        assert pair.difference is not None
        found = (pair.difference.value, pair.difference.lower, pair.difference.upper)
        assert (0.1, 0.05, 0.15) == pytest.approx(found)

    def test_pairs(self) -> None:
        """Only what both have is paired: same metric, same window, all rows; the newest first."""
        rows = [
            measured("v1", 0.7),
            measured("v1", 0.7, window_end="2026-01-09"),
            measured("v2", 0.8),
            measured("v2", 0.8, window_end="2026-01-09"),
            measured("v2", 0.8, window_end="2026-01-10"),
            measured("v1", 0.6, segment="plan=pro"),
            measured("v2", 0.6, segment="plan=pro"),
            measured("v3", 0.9),
        ]
        pairs = champion_vs_challenger(rows, champion="v1", challenger="v2")

        assert ["2026-01-09", "2026-01-08"] == [pair.window_end for pair in pairs]

    def test_no_interval(self) -> None:
        """A number without an interval is shown without a difference; an undefined one is not."""
        rows = [measured("v1", 0.7, half=None), measured("v2", 0.8)]
        (pair,) = champion_vs_challenger(rows, champion="v1", challenger="v2")

        assert pair.difference is None
        undefined = [measured("v1", None), measured("v2", 0.8)]
        assert [] == champion_vs_challenger(undefined, champion="v1", challenger="v2")
