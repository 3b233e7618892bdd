"""Tests of the series from estimate to truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.labels.blending import blended_measures
from monitoring.labels.history import ArrivalHistory
from monitoring.labels.measures import completeness
from monitoring.labels.rows import PlacedOutcomes
from monitoring.labels.times import NO_TIMES
from monitoring.measures.estimation import estimated_measures
from monitoring.measures.performance import performance_measures
from monitoring.metrics import METRICS
from monitoring.profile.outcomes.outcomes import OutcomeLayout
from monitoring.results import Measure
from tests.monitoring.labels.conftest import FIRST

if TYPE_CHECKING:
    from tests.monitoring.labels.conftest import Late

TRUTH = Measure("*", "accuracy", 0.6, 50, lower=0.5, upper=0.7)
GUESS = Measure("*", "estimated_accuracy", 0.9, 100, lower=0.85, upper=0.95)


def blend(truth: Measure | None, estimate: Measure, complete: float) -> Measure:
    """Return the blend of one metric."""
    (found,) = blended_measures([truth] if truth else [], [estimate], complete=complete)

    return found


class TestBlendedMeasures:
    """Estimates weighted with what labels say so far."""

    @pytest.mark.parametrize(
        ("truth", "complete"), [(TRUTH, 0.0), (None, 0.5), (replace(TRUTH, value=None), 0.5)]
    )
    def test_before(self, truth: Measure | None, complete: float) -> None:
        """Before labels say anything, it is the estimate with its interval."""
        assert replace(GUESS, metric="blended_accuracy") == blend(truth, GUESS, complete)

    def test_after(self) -> None:
        """With all labels it is the realised number with its interval."""
        found = blend(TRUTH, GUESS, 1.0)

        assert replace(TRUTH, metric="blended_accuracy", rows=100) == found

    def test_between(self) -> None:
        """
        Half way it is the mean, and the rest is doubtful by as much as the estimate was wrong.

        By hand: 0.3 apart, of which sqrt(0.1² + 0.05²) may be chance; half of the remaining
        sqrt(0.0775), of 0.1 and of 0.05.
        """
        found = blend(TRUTH, GUESS, 0.5)

        assert 0.75 == found.value
        half = 0.5 * np.sqrt(0.1**2 + 0.05**2 + 0.0775)
        assert (0.75 - half, 0.75 + half) == pytest.approx((found.lower, found.upper))

    def test_no_interval(self) -> None:
        """Without an interval of either there is none of the blend."""
        found = blend(TRUTH, replace(GUESS, lower=None), 0.5)

        assert (0.75, None, None) == (found.value, found.lower, found.upper)

    def test_confident_and_wrong(self) -> None:
        """
        An estimate far from the first labels leaves room up to the end of the range, not beyond.

        Regression: with 5 % of the labels, an AUC was said to be at most 1.172.
        """
        truth = Measure("*", "roc_auc", 0.70, 50, lower=0.66, upper=0.74)
        guess = Measure("*", "estimated_roc_auc", 0.95, 1000, lower=0.94, upper=0.96)

        assert 1.0 == blend(truth, guess, 0.05).upper

    @given(
        metric=st.sampled_from(["accuracy", "mcc", "brier_score", "log_loss", "mae"]),
        places=st.lists(st.floats(0, 1), min_size=6, max_size=6),
        complete=st.floats(0, 1),
    )
    def test_range(self, metric: str, places: list[float], complete: float) -> None:
        """The interval holds the blend, and stays within what the metric can be."""
        entry = METRICS[metric]
        width = min(entry.highest - entry.lowest, 1e3)
        (low, value, high), (under, guess, over) = (
            sorted(entry.lowest + width * place for place in part)
            for part in (places[:3], places[3:])
        )
        truth = Measure("*", metric, value, 50, lower=low, upper=high)
        found = blend(
            truth, Measure("*", f"estimated_{metric}", guess, 99, lower=under, upper=over), complete
        )
        slack = 1e-9 * width

        assert entry.lowest <= found.lower <= found.value + slack
        assert found.value - slack <= found.upper <= entry.highest

    @pytest.mark.parametrize("drift", [1.0, 2.0], ids=["as estimated", "concept drift"])
    def test_simulation(
        self, drift: float, layout: OutcomeLayout, make_day: Callable[..., Late]
    ) -> None:
        """
        The blend comes nearer to the truth day by day, and its interval holds it.

        Also when the estimate is wrong, from the time on at which a few labels show that.
        """
        reference = make_day(99, rows=20_000, seed=9).complete(layout)
        error, inside = [], []
        for seed in range(20):
            day = make_day(0, slow=1.0, drift=drift, seed=seed)
            truth = next(m for m in performance_measures(day.complete(layout)))
            for age in (2, 3, 5):
                rows = day.known(layout, as_of=FIRST + timedelta(days=age))
                found = blended_measures(
                    performance_measures(rows.outcomes),
                    estimated_measures(reference, rows.outcomes),
                    complete=completeness(
                        PlacedOutcomes(rows.outcomes), NO_TIMES, ArrivalHistory()
                    ),
                )[0]
                assert ("accuracy", "blended_accuracy") == (truth.metric, found.metric)
                error.append(abs(found.value - truth.value))
                inside.append(found.lower <= truth.value <= found.upper)

        by_age = np.reshape(error, (20, 3)).mean(axis=0)
        assert by_age[0] > by_age[1] > by_age[2]
        assert np.mean(inside) >= 0.95
