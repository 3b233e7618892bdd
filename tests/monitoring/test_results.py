"""Tests of the unit of every result."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from monitoring.results import ALL, COLUMNS, Measurement, Verdict

PSI = Measurement(
    model="churn",
    version=ALL,
    segment=ALL,
    window="7d",
    window_start="2026-02-26",
    window_end="2026-03-05",
    column="age",
    metric="psi",
    value=0.3,
    lower=0.2,
    upper=0.4,
    rows=100,
    threshold_low=None,
    threshold_high=0.1,
    verdict=Verdict.WARNING,
    as_of=datetime(2026, 3, 5, tzinfo=UTC),
    run_id="run",
)


class TestVerdict:
    """Tests of what a verdict means."""

    @pytest.mark.parametrize(
        ("verdict", "breached", "decided"),
        [
            (Verdict.OK, False, True),
            (Verdict.WARNING, True, True),
            (Verdict.CRITICAL, True, True),
            (Verdict.NO_DATA, False, False),
            (Verdict.INSUFFICIENT_DATA, False, False),
            (None, False, False),
        ],
    )
    def test_meaning(self, verdict: Verdict | None, *, breached: bool, decided: bool) -> None:
        """Too few rows are no breach, and no all-clear either."""
        row = replace(PSI, verdict=verdict)

        assert (breached, decided) == (row.breached, row.decided)
        if verdict is not None:
            assert (breached, decided) == (verdict.breached, verdict.decided)


class TestMeasurement:
    """Tests of a row of the results table."""

    def test_last_day(self) -> None:
        """The end of a window of days is exclusive: its last partition is the day before."""
        assert "2026-03-04" == PSI.last_partition
        assert "2026-02-28" == replace(PSI, window_end="2026-03-01").last_partition

    def test_batch(self) -> None:
        """The last partition of a batch is the batch, whatever its name looks like."""
        batch = replace(PSI, window="batch", window_start="[0:4999]", window_end="[0:4999]")

        assert "[0:4999]" == batch.last_partition

    def test_public_columns(self) -> None:
        """The printed columns are the fields in their order; the reason is not printed."""
        assert [field.name for field in fields(Measurement)] == [*COLUMNS, "reason"]
