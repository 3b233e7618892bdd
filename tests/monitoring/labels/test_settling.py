"""Tests of how long it takes until a day's labels are as good as complete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from monitoring.labels.settling import settling, settling_measurements
from monitoring.labels.times import LabelTimes
from monitoring.measures.judging import Stamp
from monitoring.profile.outcomes.outcomes import OutcomeLayout
from monitoring.results import Measure
from tests.monitoring.labels.conftest import FIRST
from tests.monitoring.labels.test_lateness import key

if TYPE_CHECKING:
    from tests.monitoring.labels.conftest import Late

LATER = FIRST + timedelta(days=90)


def on(number: int, hours: float = 0) -> datetime:
    """Return a moment so many hours after the end of a day."""
    return FIRST + timedelta(days=number + 1, hours=hours)


def read(
    days: dict[int, Late], layout: OutcomeLayout, as_of: Callable[[int], datetime]
) -> dict[str, LabelTimes]:
    """Count *days*, each as it was known at a moment of its own."""
    return {key(n): day.known(layout, as_of=as_of(n)).times for n, day in days.items()}


def hours_by_scipy(days: dict[int, Late], *, now: datetime) -> float:
    """Return when 95 % of those who ever come have come, by SciPy's Kaplan-Meier estimate."""
    came, waits = [], []
    for number, day in days.items():
        morning = (FIRST + timedelta(days=number)).timestamp()
        known = (day.told <= now.timestamp()) & (day.told - morning <= 30 * 86_400)
        came.append(day.told[known] - morning)
        waits.append(np.full((~known).sum(), min(now.timestamp() - morning, 30 * 86_400)))
    delays = stats.CensoredData(np.concatenate(came), right=np.concatenate(waits))
    curve = stats.ecdf(delays).cdf
    reached = np.searchsorted(curve.probabilities, 0.95 * curve.probabilities[-1])

    return float(curve.quantiles[reached]) / 3600 - 24


def last(day: Late, now: datetime) -> float:
    """Return when the last label of *day* known *now* came."""
    return float(day.told[day.told < now.timestamp() - 1].max())


class TestSettling:
    """Hours after the end of a day."""

    @pytest.mark.parametrize("never", [0.0, 0.3])
    def test_scipy(
        self, layout: OutcomeLayout, make_day: Callable[..., Late], never: float
    ) -> None:
        """
        It is SciPy's value to the width of a bin, young days and those that never come included.
        """
        days = {n: make_day(n, rows=400, never=never) for n in range(25, 35)}
        now = on(34, 6)
        found = settling(read(days, layout, lambda _: now), day=key(34), as_of=now)

        assert hours_by_scipy(days, now=now) == pytest.approx(found.value, rel=0.03, abs=1)
        assert found.value > 72

    def test_never(self, layout: OutcomeLayout, make_day: Callable[..., Late]) -> None:
        """Labels that never come hold no day: half of them gone, the others take as long."""
        found = [
            settling(read(days, layout, lambda _: LATER), day=key(29), as_of=LATER).value
            for days in (
                {n: make_day(n, rows=400, never=never) for n in range(30)} for never in (0.01, 0.5)
            )
        ]

        assert found[0] == pytest.approx(found[1], rel=0.1)

    def test_nightly(self, layout: OutcomeLayout, make_day: Callable[..., Late]) -> None:
        """Labels that come once a night take to the hour, the evening's as the morning's."""
        days = {
            n: replace(
                make_day(n, rows=200),
                told=np.where(np.arange(200) > 9, on(n, 6).timestamp(), np.inf),
            )
            for n in range(10)
        }
        found = settling(read(days, layout, lambda n: on(n, 7)), day=key(9), as_of=on(9, 7))

        assert 6.0 == pytest.approx(found.value, abs=1e-6)

    def test_whole(self, layout: OutcomeLayout, make_day: Callable[..., Late]) -> None:
        """A day that has all its labels waits for none, however long those of others take."""
        days = {n: make_day(n, rows=300) for n in range(10)}
        days[9] = replace(days[9], told=np.full(300, on(9, 2).timestamp()))
        found = settling(read(days, layout, lambda _: on(9, 6)), day=key(9), as_of=on(9, 6))

        assert (2.0, 300) == (pytest.approx(found.value), found.rows)

    def test_as_known_then(self, layout: OutcomeLayout, make_day: Callable[..., Late]) -> None:
        """
        What a day takes follows from the days up to it, read whenever, as they were known then.

        A day that no label touched is not read again; that its rows still wait is known. So days
        read in the morning after them, and again when their last label came, say what they say
        when all are read at once.
        """
        days = {n: make_day(n, rows=300, never=0.2) for n in range(30)}
        now = on(29, 6)
        latest = {
            n: max(
                on(n, 6),
                FIRST + timedelta(seconds=last(day, now) - FIRST.timestamp() + 1),
            )
            for n, day in days.items()
        }
        at_once = settling(read(days, layout, lambda _: now), day=key(20), as_of=now)
        as_they_came = settling(read(days, layout, latest.__getitem__), day=key(20), as_of=now)
        alone = {
            day: times for day, times in read(days, layout, lambda _: now).items() if day <= key(20)
        }

        assert at_once == as_they_came
        assert at_once == settling(alone, day=key(20), as_of=now)

    def test_loaded(self, layout: OutcomeLayout, make_day: Callable[..., Late]) -> None:
        """A table that was loaded at once does not say how long labels take."""
        load = on(44, 6)
        days = {
            n: replace(make_day(n, rows=50, never=0.1), told=np.full(50, load.timestamp()))
            for n in range(45)
        }
        days[40].told[:5] = np.inf
        found = settling(read(days, layout, lambda _: load), day=key(40), as_of=load)

        assert (
            Measure("*", "label_settling", None, 0, reason="too few labels to learn from") == found
        )

    def test_loaded_before(self, layout: OutcomeLayout, make_day: Callable[..., Late]) -> None:
        """Nor is any day held after the load, on which labels come within hours again."""
        load = on(44, 6).timestamp()
        days = {n: make_day(n, rows=50, slow=0.1) for n in range(80)}
        for number, day in days.items():
            day.told[:] = load if number < 45 else day.said + 21_600
            day.told[:5] = np.inf
        known = read(days, layout, lambda _: LATER)

        assert all(settling(known, day=key(n), as_of=on(n, 6)).value < 8 for n in range(50, 80))

    def test_longest(self, layout: OutcomeLayout, make_day: Callable[..., Late]) -> None:
        """No label is waited for longer than a month."""
        days = {
            n: replace(make_day(n, rows=300), told=np.full(300, on(n, 24 * 40 + 9 * n).timestamp()))
            for n in range(30)
        }
        found = settling(read(days, layout, lambda _: LATER), day=key(29), as_of=LATER)

        assert 29 * 24.0 == found.value

    def test_rows(self, layout: OutcomeLayout, make_day: Callable[..., Late]) -> None:
        """Each day has its row, without a verdict, and no label later than its own stamp."""
        days = read({n: make_day(n, rows=300) for n in range(10)}, layout, lambda _: on(9, 6))
        rows = settling_measurements([key(9), key(8)], days, stamp=Stamp("churn", on(9, 6), "run"))

        assert [key(8), key(9)] == [row.window_start for row in rows]
        assert {("label_settling", None, on(9, 6))} == {
            (row.metric, row.verdict, row.as_of) for row in rows
        }
