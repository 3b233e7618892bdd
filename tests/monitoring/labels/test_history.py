"""Tests of what is known of labels when a day is computed, and of the curve learnt from that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from monitoring.labels.curve import learn_curve
from monitoring.labels.history import ArrivalHistory
from monitoring.labels.maturity import Maturity
from monitoring.labels.times import NO_TIMES
from monitoring.profile.grouping import Group
from monitoring.profile.outcomes.outcomes import OutcomeLayout
from tests.monitoring.labels.conftest import FIRST
from tests.monitoring.labels.test_lateness import key

if TYPE_CHECKING:
    from tests.monitoring.labels.conftest import Late

DELAY = timedelta(days=3)


class TestArrivalHistory:
    """The days before a day."""

    def test_before(self) -> None:
        """A day follows from the mature days of the two months before it, not from later ones."""
        read_at = {key(number): FIRST + timedelta(days=90) for number in range(80)}
        read_at[key(10)] = FIRST + timedelta(days=13)
        history = ArrivalHistory.of(
            {Group(day): NO_TIMES for day in read_at},
            read_at,
            maturity=Maturity(DELAY),
            as_of=FIRST + timedelta(days=70),
        )
        mature = history.mature_before(key(70))

        assert key(10) not in mature
        assert [key(11), key(69)] == [min(mature), max(mature)]
        assert 59 == len(mature)
        assert [True, False, False] == [day in history.due for day in (key(66), key(67), "")]

    def test_nothing(self) -> None:
        """Without mature days there is no curve, nor for a window without rows."""
        assert ArrivalHistory({Group(key(1)): NO_TIMES}, {key(1): FIRST.date()}).curve("") is None
        assert ArrivalHistory({}).curve("") is None
        assert (
            ArrivalHistory({Group(key(1)): NO_TIMES}, {key(1): FIRST.date()}).curve(key(2)) is None
        )

    def test_recorded(self, layout: OutcomeLayout, make_day: Callable[..., Late]) -> None:
        """The days on which labels of this day or of earlier ones came."""
        as_of = FIRST + timedelta(days=2)
        times = {
            Group(key(number)): make_day(number, rows=300).known(layout, as_of=as_of).times
            for number in range(2)
        }
        history = ArrivalHistory(
            times, {key(n): FIRST.date() + timedelta(days=n) for n in range(2)}
        )

        assert times[Group(key(0))].recorded == history.recorded(key(0))
        assert {20454, 20455} == set(history.recorded(key(1)))


class TestArrivalCurve:
    """How labels came in."""

    def test_shares(self, layout: OutcomeLayout, make_day: Callable[..., Late]) -> None:
        """
        The curve is the distribution of the delays, by outcome: here averaged over the day.

        One day after its beginning 1 - (1 - 1/e) of the labels of exponential delay have come.
        """
        as_of = FIRST + timedelta(days=90)
        curve = learn_curve(
            {
                str(number): make_day(number, never=0.1).known(layout, as_of=as_of).times
                for number in range(20)
            }
        )
        assert curve is not None
        (arrived,) = curve.at(np.array([86_400.0]))
        known = curve.known / curve.known.sum(axis=0)
        negative, positive = (arrived * known).sum(axis=0)

        assert 1 / np.e == pytest.approx(negative, abs=0.02)
        assert 1 - 3 * (1 - np.exp(-1 / 3)) == pytest.approx(positive, abs=0.02)
        assert 0.9 == pytest.approx(curve.eventual[:5].mean(), abs=0.02)
        assert (curve.spread_at(np.array([86_400.0])) < 1e-3).all()

    def test_nightly(self, layout: OutcomeLayout, make_day: Callable[..., Late]) -> None:
        """
        Labels that come at six in the morning have all come when they are read at six.

        By the age of each row, those of the evening would seem to have come uncommonly early.
        """
        days = {}
        for number in range(10):
            day = make_day(number, rows=300)
            day.told[:] = (FIRST + timedelta(days=number + 1, hours=6)).timestamp()
            days[str(number)] = day.known(layout, as_of=FIRST + timedelta(days=30)).times
        curve = learn_curve(days)

        assert curve is not None
        assert 0.0 == curve.at(np.array([30 * 3600 - 60.0])).max()
        assert 1.0 == curve.at(np.array([30 * 3600.0])).min()
