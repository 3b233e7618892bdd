"""Bins of probabilities."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from monitoring.profile.outcomes.score_bins import score_bins, valid_scores

SCORES = hnp.arrays(np.float64, st.integers(0, 60), elements=st.floats(0, 1))


class TestScoreBins:
    """Tests of score bins."""

    @given(reference=SCORES, current=SCORES)
    def test_every_score_has_a_bin(
        self, reference: NDArray[np.float64], current: NDArray[np.float64]
    ) -> None:
        """
        A valid score lies in a bin between whose edges it is, closed on the left.
        """
        bins = score_bins(reference, bins=10)
        found = bins.locate(current)

        assert (bins.edges[found] <= current).all()
        assert (current < bins.edges[found + 1]).all()

    @given(reference=SCORES)
    def test_tenths_are_edges(self, reference: NDArray[np.float64]) -> None:
        """
        No bin spans two of the ten calibration bins, and the last of them holds 1.
        """
        bins = score_bins(reference, bins=10)
        scores = np.append(np.arange(10) / 10, 1.0)

        assert [*range(10), 9] == bins.tenths[bins.locate(scores)].tolist()

    def test_discrete_scores(self) -> None:
        """
        Few distinct scores have a bin each, in which all rows are true ties.
        """
        scores = np.arange(101) / 100
        bins = score_bins(scores)
        found = bins.locate(scores)

        assert 101 == len(np.unique(found))
        assert bins.atoms[found].all()

    def test_heavy_value(self) -> None:
        """
        A default score that many rows share does not blur the scores beside it.
        """
        scores = np.append(np.linspace(0.2, 0.8, 5_000), np.full(500, 0.5))
        bins = score_bins(scores)
        at, above = bins.locate(np.array([0.5, np.nextafter(0.5, 1)]))

        assert bins.atoms[at]
        assert at != above

    def test_quantiles(self) -> None:
        """
        No bin of a continuous reference holds much more than its share.
        """
        scores = np.random.default_rng(0).beta(1, 30, 100_000)
        bins = score_bins(scores)

        assert np.bincount(bins.locate(scores)).max() <= 1.1 * len(scores) / 2_000

    def test_threshold(self) -> None:
        """
        A decision threshold is an edge.
        """
        assert 0.2345 in score_bins(np.empty(0), thresholds=(0.2345,)).edges

    def test_invalid_reference(self) -> None:
        """
        Without one valid score the hundredths remain.
        """
        bins = score_bins(np.array([np.nan, np.inf, -0.1, 1.1]))

        assert 100 == len(bins)


class TestValidScores:
    """Tests of valid scores."""

    def test_rule(self) -> None:
        """
        Scores from 0 to 1 are valid; nothing is clipped to become so.
        """
        scores = np.array([0.0, 1.0, -1e-9, 1 + 1e-9, np.nan, np.inf, -np.inf])

        assert [True, True, False, False, False, False, False] == valid_scores(scores).tolist()
