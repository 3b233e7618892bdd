"""Tests of the percentiles of the label delay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from monitoring.labels.delay import delay_measures, delay_percentile
from monitoring.labels.times import NO_TIMES, LabelTimes
from monitoring.profile.outcomes.outcomes import OutcomeLayout
from tests.monitoring.labels.test_times import counted

if TYPE_CHECKING:
    from tests.monitoring.labels.conftest import Late

from tests.monitoring.labels.conftest import FIRST


class TestDelayPercentile:
    """Kaplan and Meier's estimate."""

    def test_by_hand(self, layout: OutcomeLayout) -> None:
        """
        Two of four labels came after 2 and 10 hours, two rows of 36 hours wait: median 10 hours.
        """
        times = counted(layout, (0.1, 0, 2.0), (0.1, 1, 10.0), (0.1, None, None), (0.1, None, None))

        assert 2.0 == delay_percentile(times, 0.25).value
        assert 10.0 == delay_percentile(times, 0.5).value
        assert "less than 95% of the labels have come" == delay_percentile(times, 0.95).reason

    @pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
    def test_scipy(
        self, share: float, layout: OutcomeLayout, make_day: Callable[..., Late]
    ) -> None:
        """The percentiles are those of SciPy's censored distribution, to the width of a bin."""
        day, as_of = make_day(0, rows=4000), FIRST + timedelta(days=9)
        seen = day.told <= as_of.timestamp()
        censored = stats.CensoredData(
            uncensored=day.told[seen] - day.said[seen], right=as_of.timestamp() - day.said[~seen]
        )
        distribution = stats.ecdf(censored).cdf
        place = np.flatnonzero(distribution.probabilities >= share)[0]
        expected = distribution.quantiles[place] / 3600
        found = delay_percentile(day.known(layout, as_of=as_of).times, share)

        assert found.value == pytest.approx(expected, rel=0.02)
        assert found.lower is not None
        assert found.lower < found.value < (found.upper or np.inf)

    def test_interval(self, layout: OutcomeLayout, make_day: Callable[..., Late]) -> None:
        """The 95 % interval of the median holds the true one about as often as it says."""
        true = 24 * np.log(2)
        found = [
            delay_percentile(
                make_day(0, rows=200, slow=1.0, seed=seed)
                .known(layout, as_of=FIRST + timedelta(days=2))
                .times,
                0.5,
            )
            for seed in range(100)
        ]

        assert sum((each.lower or 0) <= true <= (each.upper or np.inf) for each in found) >= 88

    def test_nothing(self) -> None:
        """Without labels there is no delay."""
        measures = delay_measures(NO_TIMES)

        assert ["label_delay_p50", "label_delay_p95"] == [each.metric for each in measures]
        assert {"no labels with a time"} == {each.reason for each in measures}
        assert isinstance(NO_TIMES, LabelTimes)
