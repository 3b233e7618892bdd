"""Tests of labels that are late, and of those that come no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from monitoring.labels.history import ArrivalHistory
from monitoring.labels.lateness import (
    label_silence,
    late_labels,
    lateness_measurements,
    silence_threshold,
)
from monitoring.labels.maturity import Maturity
from monitoring.measures.judging import Stamp
from monitoring.profile.grouping import Group
from monitoring.profile.outcomes.outcomes import OutcomeLayout
from monitoring.results import Measurement, Verdict
from monitoring.thresholds.threshold import Threshold
from tests.monitoring.labels.conftest import FIRST

if TYPE_CHECKING:
    from tests.monitoring.labels.conftest import Late

DELAY = timedelta(days=10)
DAY = date(2026, 2, 10)
NOW = datetime(2026, 2, 11, 6, tzinfo=UTC)


def key(number: int) -> str:
    """Return a day by its number."""
    return (FIRST.date() + timedelta(days=number)).isoformat()


def judged(
    days: dict[int, Late],
    layout: OutcomeLayout,
    *,
    fixed: dict[str, Threshold] | None = None,
    delay: timedelta = DELAY,
    now: datetime = NOW,
) -> dict[str, Measurement]:
    """Judge the last of *days*, by default on the morning after the 40th, when all were read."""
    maturity = Maturity(delay)
    history = ArrivalHistory.of(
        {Group(key(n)): day.known(layout, as_of=now).times for n, day in days.items()},
        {key(number): now for number in days},
        maturity=maturity,
        as_of=now,
    )
    stamp = Stamp("churn", now, "run")
    rows = lateness_measurements(
        [key(max(days))], history, maturity=maturity, fixed=fixed or {}, stamp=stamp
    )

    return {row.metric: row for row in rows}


@pytest.fixture
def days(make_day: Callable[..., Late]) -> dict[int, Late]:
    """
    Forty-one days of labels as usual.
    """
    return {number: make_day(number, rows=500) for number in range(41)}


class TestLateLabels:
    """The share of the expected labels that is missing."""

    def test_on_time(self, days: dict[int, Late], layout: OutcomeLayout) -> None:
        """As many as on other days at that age is no trouble, with few labels as with many."""
        late = judged(days, layout)["late_label_fraction"]

        assert late.value is not None
        assert late.value < 0.2
        assert Verdict.OK is late.verdict

    def test_late(self, days: dict[int, Late], layout: OutcomeLayout) -> None:
        """When two of three expected labels are missing, that is a warning."""
        told = np.where(np.arange(500) % 3 > 0, np.inf, days[40].told)
        late = judged(days | {40: replace(days[40], told=told)}, layout)["late_label_fraction"]

        assert 0.5 < late.value < 0.8
        assert late.lower < late.value < late.upper
        assert 0.2 <= late.threshold_high < 0.5
        assert Verdict.WARNING is late.verdict

    def test_weekend(self, days: dict[int, Late], layout: OutcomeLayout) -> None:
        """Where nobody labels at weekends, a Saturday without labels is as it always was."""
        quiet = {
            number: replace(
                day, told=np.maximum(day.told, (FIRST + timedelta(number + 3)).timestamp())
            )
            if number % 7 == 5
            else day
            for number, day in days.items()
        }
        late = judged(quiet, layout)["late_label_fraction"]

        assert 1.0 == late.value
        assert Verdict.OK is late.verdict

    def test_fixed(self, days: dict[int, Late], layout: OutcomeLayout) -> None:
        """The monitor file knows better than history."""
        fixed = {"late_label_fraction": Threshold(low=None, high=-0.0, source="fixed")}

        assert 0.0 == judged(days, layout, fixed=fixed)["late_label_fraction"].threshold_high

    def test_no_history(self, days: dict[int, Late], layout: OutcomeLayout) -> None:
        """Without mature days nothing is known of late labels."""
        late = judged({40: days[40]}, layout)["late_label_fraction"]

        assert Verdict.INSUFFICIENT_DATA is late.verdict
        assert "no mature days to learn from" == late.reason
        assert late_labels(days[40].known(layout, as_of=NOW).times, None).value is None


class TestLabelSilence:
    """Days without a label."""

    @pytest.mark.parametrize(
        ("recorded", "silence", "longest"),
        [
            (range(20485, 20495), 1.0, 2.0),
            (range(20400, 20494, 7), 4.0, 8.0),
            (range(20470, 20480), 16.0, 2.0),
        ],
        ids=["daily", "weekly", "stopped"],
    )
    def test_silence(self, recorded: range, silence: float, longest: float) -> None:
        """The days since the last one are compared with the longest gap there was, and a day."""
        assert silence == label_silence(dict.fromkeys(recorded, 9), day=DAY, as_of=NOW).value
        threshold = silence_threshold(recorded, day=DAY, as_of=NOW, delay=DELAY)
        assert threshold is not None
        assert longest == threshold.high

    def test_as_known_then(self) -> None:
        """What was recorded later changes nothing: a day says what it said a day after it."""
        later = NOW + timedelta(days=30)
        known = dict.fromkeys(range(20485, 20495), 9)
        more = dict.fromkeys(range(20485, 20520), 9)

        assert 2.0 == label_silence(known, day=DAY, as_of=later).value
        assert 0.0 == label_silence(more, day=DAY, as_of=later).value
        assert 0.0 == label_silence(more, day=DAY, as_of=NOW).value

    @pytest.mark.parametrize(
        ("recorded", "delay", "longest"),
        [
            ([20490, 20491], timedelta(days=2), 7.0),
            ([20490, 20491], DELAY, 10.0),
            ([20490, 20491], timedelta(0), 30.0),
            ([20450, 20491], DELAY, 42.0),
        ],
        ids=["a week", "the delay", "no delay", "a gap"],
    )
    def test_few(self, recorded: list[int], delay: timedelta, longest: float) -> None:
        """As long as few days have labels, they may be silent as long as they may take."""
        threshold = silence_threshold(recorded, day=DAY, as_of=NOW, delay=delay)

        assert threshold is not None
        assert longest == threshold.high

    def test_nothing(self) -> None:
        """Before the first label there is no value and no threshold."""
        assert silence_threshold({}, day=DAY, as_of=NOW, delay=DELAY) is None
        assert label_silence({}, day=DAY, as_of=NOW).value is None

    def test_stopped(self, days: dict[int, Late], layout: OutcomeLayout) -> None:
        """When labels come no more, that is critical."""
        stop = (NOW - timedelta(days=5)).timestamp()
        ended = {
            number: replace(day, told=np.where(day.told > stop, np.inf, day.told))
            for number, day in days.items()
        }
        silence = judged(ended, layout)["label_silence"]

        assert (5.0, 2.0) == (silence.value, silence.threshold_high)
        assert Verdict.CRITICAL is silence.verdict
        assert Verdict.OK is judged(days, layout)["label_silence"].verdict

    @pytest.mark.parametrize(
        ("delay", "value", "verdict"),
        [
            (10, 30.0, Verdict.CRITICAL),
            (39, 1.0, Verdict.OK),
            (38, 2.0, Verdict.CRITICAL),
            (41, None, Verdict.NO_DATA),
            (0, 10.0, Verdict.CRITICAL),
        ],
        ids=["due", "a day", "two days", "not due", "no delay"],
    )
    def test_never(
        self,
        days: dict[int, Late],
        layout: OutcomeLayout,
        delay: int,
        value: float | None,
        verdict: Verdict,
    ) -> None:
        """
        Labels that never came are silent since the first were due; no delay given means a month.

        The first day ended on 2 January at midnight, and it is 11 February.
        """
        mute = {n: replace(day, told=np.full(500, np.inf)) for n, day in days.items()}
        silence = judged(mute, layout, delay=timedelta(days=delay))["label_silence"]

        assert (value, verdict) == (silence.value, silence.verdict)

    def test_came_later(self, days: dict[int, Late], layout: OutcomeLayout) -> None:
        """Days whose labels are known now are not silent, however late these were recorded."""
        loaded = {
            n: replace(day, told=np.full(500, NOW.timestamp() + 40 * 86_400))
            for n, day in days.items()
        }
        silence = judged(loaded, layout, now=NOW + timedelta(days=50))["label_silence"]

        assert Verdict.NO_DATA is silence.verdict

    def test_long(self, days: dict[int, Late], layout: OutcomeLayout) -> None:
        """A silence that lasts longer than the history goes on, and so does its bound."""
        stop = (NOW - timedelta(days=5)).timestamp()
        ended = {
            n: replace(day, told=np.where(day.told > stop, np.inf, day.told))
            for n, day in days.items()
        }
        mute = replace(days[40], told=np.full(500, np.inf))
        for later in (57, 59, 62, 400):
            now = NOW + timedelta(days=later)
            silence = judged(ended | {40 + later: mute}, layout, now=now)["label_silence"]

            assert (5.0 + later, 2.0) == (silence.value, silence.threshold_high)
            assert Verdict.CRITICAL is silence.verdict
