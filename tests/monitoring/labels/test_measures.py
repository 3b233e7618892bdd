"""Tests of what is said of a window whose labels are still coming in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from monitoring.labels.delay import delay_measures
from monitoring.labels.history import ArrivalHistory
from monitoring.labels.judging import judge_labels
from monitoring.labels.maturity import Maturity
from monitoring.labels.measures import label_measures
from monitoring.labels.rows import LabelledRows, outcomes_in, placed, times_in
from monitoring.profile.grouping import Group
from monitoring.profile.layout import TableLayout
from monitoring.profile.outcomes.outcomes import OutcomeLayout
from monitoring.profile.table import TableProfile
from monitoring.reference import Reference
from monitoring.results import Measure, Verdict
from monitoring.thresholds.book import ThresholdBook
from tests.monitoring.labels.conftest import FIRST
from tests.monitoring.labels.test_lateness import key
from tests.monitoring.labels.test_maturity import ACCURACY

if TYPE_CHECKING:
    from tests.monitoring.labels.conftest import Late

DELAY = timedelta(days=20)


@pytest.fixture
def reference(layout: OutcomeLayout, make_day: Callable[..., Late]) -> Reference:
    """
    A reference of such scores.
    """
    table = TableLayout.of_columns({})

    return Reference(
        layout=table,
        profile=TableProfile.empty(table),
        outcome_layout=layout,
        outcomes=make_day(99, rows=20_000).complete(layout),
        thresholds=ThresholdBook({}),
        segments={},
        suite=(),
    )


@pytest.fixture
def history(layout: OutcomeLayout, make_day: Callable[..., Late]) -> ArrivalHistory:
    """
    Twenty mature days.
    """
    read_at = {key(number): FIRST + timedelta(days=60) for number in range(20)}
    times = {
        Group(day): make_day(number).known(layout, as_of=read_at[day]).times
        for number, day in enumerate(read_at)
    }

    return ArrivalHistory.of(
        times, read_at, maturity=Maturity(DELAY), as_of=FIRST + timedelta(days=60)
    )


def said_of(
    rows: LabelledRows,
    reference: Reference,
    history: ArrivalHistory,
    *,
    day: str = key(50),
    segment: str = "*",
    part: LabelledRows | None = None,
) -> list[Measure]:
    """Return what is said of *rows*, which are all of *day*, or of the *part* in a *segment*."""
    part = part or rows
    known = replace(
        history,
        groups={
            **history.groups,
            Group(day): rows.times,
            Group(day, segment=segment): part.times,
        },
        ends={**history.ends, day: date.fromisoformat(day)},
    )
    (found,) = placed({Group(day, segment=segment): part.outcomes}).values()

    realised = reference.performance(found.outcomes)

    return label_measures(found, realised, reference=reference, history=known)


class TestLabelMeasures:
    """The measures of one window."""

    def test_filling(
        self,
        reference: Reference,
        history: ArrivalHistory,
        layout: OutcomeLayout,
        make_day: Callable[..., Late],
    ) -> None:
        """While labels come in, early ones are weighed, and the blend follows the weighted."""
        rows = make_day(50).known(layout, as_of=FIRST + timedelta(days=52))
        found = {each.metric: each for each in said_of(rows, reference, history)}

        assert found["label_delay_p50"].value > 20
        assert found["selection_bias_log_loss"].upper < 0
        estimate, weighted = (
            reference.estimated_performance(rows.outcomes)[0].value,
            found["weighted_accuracy"].value,
        )
        low, high = sorted([estimate, weighted])
        assert low <= found["blended_accuracy"].value <= high

    def test_complete(
        self,
        reference: Reference,
        history: ArrivalHistory,
        layout: OutcomeLayout,
        make_day: Callable[..., Late],
    ) -> None:
        """Of complete labels nothing is weighed, and the blend is what was realised."""
        rows = make_day(50).known(layout, as_of=FIRST + timedelta(days=300))
        found = {each.metric: each for each in said_of(rows, reference, history)}
        realised = {each.metric: each for each in reference.performance(rows.outcomes)}

        assert not any(name.startswith(("weighted_", "selection_bias_")) for name in found)
        assert realised["roc_auc"].value == pytest.approx(found["blended_roc_auc"].value, abs=1e-3)

    def test_due(
        self,
        reference: Reference,
        history: ArrivalHistory,
        layout: OutcomeLayout,
        make_day: Callable[..., Late],
    ) -> None:
        """Once labels are due, what is realised is the truth, however many are missing."""
        rows = make_day(39).known(layout, as_of=FIRST + timedelta(days=41))
        due = replace(history, due=history.due | {key(39)})
        found = {each.metric: each for each in said_of(rows, reference, due, day=key(39))}
        realised = {each.metric: each for each in reference.performance(rows.outcomes)}

        assert not any(name.startswith("weighted_") for name in found)
        assert realised["roc_auc"].value == found["blended_roc_auc"].value

    def test_segment(
        self,
        reference: Reference,
        history: ArrivalHistory,
        layout: OutcomeLayout,
        make_day: Callable[..., Late],
    ) -> None:
        """Of a segment everything is said that is said of all rows, with wider intervals."""
        rows = make_day(50).known(layout, as_of=FIRST + timedelta(days=52))
        part = make_day(50, rows=500).known(layout, as_of=FIRST + timedelta(days=52))
        found = said_of(rows, reference, history, segment="a=b", part=part)
        whole = {each.metric: each for each in said_of(rows, reference, history)}

        assert list(whole) == [each.metric for each in found]
        bounded = [each for each in found if "accuracy" in each.metric]
        assert 4 == len(bounded)
        for each in bounded:
            assert each.value == pytest.approx(whole[each.metric].value, abs=0.1)
            assert each.upper - each.lower > whole[each.metric].upper - whole[each.metric].lower

    def test_segment_delay(
        self,
        reference: Reference,
        history: ArrivalHistory,
        layout: OutcomeLayout,
        make_day: Callable[..., Late],
    ) -> None:
        """The labels of a segment take as long as its own do."""
        rows = make_day(50).known(layout, as_of=FIRST + timedelta(days=90))
        slow = make_day(50, rows=500, slow=9.0).known(layout, as_of=FIRST + timedelta(days=90))
        found = {
            each.metric: each
            for each in said_of(rows, reference, history, segment="a=b", part=slow)
        }
        own = delay_measures(slow.times)

        assert own == [found[each.metric] for each in own]
        assert found["label_delay_p95"].value > 2 * delay_measures(rows.times)[1].value

    def test_no_history(
        self, reference: Reference, layout: OutcomeLayout, make_day: Callable[..., Late]
    ) -> None:
        """Without mature days nothing is weighed, and the coverage is the share of the blend."""
        rows = make_day(50).known(layout, as_of=FIRST + timedelta(days=52))
        found = said_of(rows, reference, ArrivalHistory({}))

        assert {"estimation", "label", "blended"} == {each.metric.split("_")[0] for each in found}


class TestRows:
    """Outcomes and times of the same rows."""

    def test_apart(self, layout: OutcomeLayout, make_day: Callable[..., Late]) -> None:
        """They come apart for the store, each group its own."""
        rows = make_day(0, rows=100).known(layout, as_of=FIRST + timedelta(days=3))
        found = {Group("2026-01-01"): rows, Group("2026-01-01", segment="plan=pro"): rows}

        assert list(found) == list(outcomes_in(found)) == list(times_in(found))
        assert 200 == (rows + rows).rows

    def test_placed(self, layout: OutcomeLayout, make_day: Callable[..., Late]) -> None:
        """Outcomes that add up remember of which partitions they are."""
        rows = make_day(0, rows=100).known(layout, as_of=FIRST + timedelta(days=3)).outcomes
        one, other = placed({Group("b1", "v2"): rows, Group("b2", "v2"): rows}).values()

        assert (200, {"b1", "b2"}, "v2", "*") == (
            (one + other).rows,
            (one + other).partitions,
            one.version,
            one.segment,
        )


class TestJudgeLabels:
    """Verdicts that come with labels."""

    def test_small_groups(self) -> None:
        """
        A segment is insufficient when its interval is wide, however many rows it has.

        All rows together are judged by their thresholds, and what is judged stays as it is.
        """
        as_of = FIRST + timedelta(days=90)
        small = replace(ACCURACY, segment="plan=pro", verdict=None, lower=0.3, upper=0.7)
        rows = [
            small,
            replace(small, lower=0.45, upper=0.55),
            replace(small, metric="log_loss", value=0.3, lower=0.2, upper=0.7),
            replace(small, metric="log_loss", value=0.5, lower=0.3, upper=0.7),
            replace(small, metric="psi"),
            replace(small, metric="weighted_accuracy"),
            replace(small, segment="*"),
            replace(ACCURACY, lower=0.0, upper=1.0),
        ]
        found = judge_labels(rows, maturity=Maturity(DELAY), as_of=as_of)

        few = Verdict.INSUFFICIENT_DATA
        assert [few, None, few, None, None, few, None, Verdict.CRITICAL] == [
            row.verdict for row in found
        ]
        assert "the 95 % interval is 0.4 wide, more than 0.2" == found[0].reason

    def test_bias_of_provisional_windows(self) -> None:
        """That early labels are no fair sample is said while it matters: before they are due."""
        row = replace(
            ACCURACY, metric="selection_bias_accuracy", verdict=None, lower=0.1, upper=0.2
        )

        assert [Verdict.WARNING] == [
            each.verdict for each in judge_labels([row], maturity=Maturity(DELAY), as_of=FIRST)
        ]
