"""Tests of the segments and versions that are too small to say anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitoring.labels.groups import mark_small_groups
from monitoring.results import ALL, Measurement, Verdict

WIDE = Measurement(
    model="churn",
    version=ALL,
    segment="plan=free",
    window="7d",
    window_start="2026-01-01",
    window_end="2026-01-08",
    column=ALL,
    metric="recall",
    value=0.5,
    lower=0.3,
    upper=0.7,
    rows=40,
    threshold_low=None,
    threshold_high=None,
    verdict=None,
    as_of=datetime(2026, 1, 9, tzinfo=UTC),
    run_id="run",
)


class TestMarkSmallGroups:
    """What a wide interval makes of a verdict."""

    @pytest.mark.parametrize("verdict", [None, Verdict.OK, Verdict.CRITICAL])
    def test_segment(self, verdict: Verdict | None) -> None:
        """
        A wide interval of a segment says nothing, also where somebody wrote a bound for all rows.
        """
        (row,) = mark_small_groups([replace(WIDE, verdict=verdict, reason=verdict and "fixed")])

        assert Verdict.INSUFFICIENT_DATA is row.verdict
        assert "the 95 % interval is 0.4 wide" in (row.reason or "")

    def test_narrow(self) -> None:
        """A segment that is large enough keeps the verdict on its bound."""
        narrow = replace(WIDE, lower=0.48, upper=0.52, verdict=Verdict.CRITICAL)

        assert [narrow] == mark_small_groups([narrow])

    @pytest.mark.parametrize("prefix", ["estimated_", "weighted_", "blended_"])
    def test_derived(self, prefix: str) -> None:
        """What is estimated of a metric must be known as well as the metric."""
        (row,) = mark_small_groups([replace(WIDE, metric=f"{prefix}recall")])

        assert Verdict.INSUFFICIENT_DATA is row.verdict

    @pytest.mark.parametrize("prefix", ["estimation_error_", "selection_bias_"])
    def test_error(self, prefix: str) -> None:
        """
        An error is as wide as its metric may be, however small it is itself.

        Of a metric without an upper end that is its own value.
        """
        truth = replace(WIDE, metric="log_loss", value=0.6, lower=0.5, upper=0.7)
        error = replace(truth, metric=f"{prefix}log_loss", value=0.01, lower=-0.09, upper=0.11)
        few = replace(error, lower=-0.4, upper=0.42)

        assert [truth, error] == mark_small_groups([truth, error])
        assert Verdict.INSUFFICIENT_DATA is mark_small_groups([truth, few])[1].verdict

    def test_coverage(self) -> None:
        """The label coverage of a few rows says little too."""
        (row,) = mark_small_groups([replace(WIDE, metric="label_coverage")])

        assert Verdict.INSUFFICIENT_DATA is row.verdict

    def test_version(self) -> None:
        """A version that was judged stays as it is."""
        version = replace(WIDE, segment=ALL, version="v1", verdict=Verdict.OK)

        assert [version] == mark_small_groups([version])
