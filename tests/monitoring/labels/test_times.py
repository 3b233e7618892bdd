"""Tests of the counts of when labels came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from monitoring.errors import LayoutError
from monitoring.labels.cells import cells_of
from monitoring.labels.times import (
    BINS,
    CENSORED,
    DELAYS,
    GROWTH,
    LABELLED,
    NO_TIMES,
    LabelTimes,
    decode_label_times,
    instants,
    label_times,
    summed,
    time_bins,
)
from monitoring.profile.codec import pack
from monitoring.profile.outcomes.outcomes import OutcomeLayout, outcome_layout
from monitoring.spec.model import Task

if TYPE_CHECKING:
    from tests.monitoring.labels.conftest import Late

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
AS_OF = datetime(2026, 1, 3, tzinfo=UTC)


def counted(layout: OutcomeLayout, *labels: tuple[float, int | None, float | None]) -> LabelTimes:
    """Count rows of noon by score, label and the hours that the label took."""
    rows = pa.table(
        {
            "score": [score for score, _, _ in labels],
            "label": pa.array([label for _, label, _ in labels], pa.int64()),
            "predicted": pa.array([NOON] * len(labels), pa.timestamp("us", "UTC")),
            "recorded": pa.array(
                [None if took is None else NOON + timedelta(hours=took) for _, _, took in labels],
                pa.timestamp("us", "UTC"),
            ),
        }
    )

    return label_times(rows, layout, as_of=AS_OF, predicted="predicted", recorded="recorded")


class TestLabelTimes:
    """Counts of labels and of rows that wait for one."""

    def test_counts(self, layout: OutcomeLayout) -> None:
        """A label counts with its delay, a row without one with its age."""
        times = counted(layout, (0.15, 1, 2.0), (0.15, 0, 2.0), (0.95, None, None))

        assert (3, 2) == (times.rows, times.labelled)
        delays = times.cells(DELAYS).sum(axis=(1, 2))
        (place,) = np.flatnonzero(delays)
        assert 2 == delays[place]
        assert 7200.0 == times.means(DELAYS)[place]
        assert 36 * 3600.0 == times.means(CENSORED).max()
        assert [[1.0, 1.0]] == times.cells(LABELLED).sum(axis=0)[[1]].tolist()
        assert {20454: 2} == times.recorded

    def test_before_its_prediction(self, layout: OutcomeLayout) -> None:
        """A label that is older than its prediction counts as come at once."""
        assert 0.0 == counted(layout, (0.5, 1, -5.0)).means(DELAYS).max()

    def test_no_time(self, layout: OutcomeLayout) -> None:
        """A label without a time is a label; its delay is not known."""
        times = counted(layout, (0.5, 1, None))

        assert 1 == times.labelled
        assert 0 == times.cells(DELAYS).sum()

    def test_strange_label(self, layout: OutcomeLayout) -> None:
        """A label that is neither class is no label, and a score of 7 is in no tenth."""
        times = counted(layout, (7.0, 2, 1.0), (7.0, 1, 1.0))

        assert (2, 1) == (times.rows, times.labelled)
        assert 1 == times.cells(LABELLED)[:, -1].sum()

    @pytest.mark.parametrize(
        ("task", "values"), [(Task.REGRESSION, [1.5, None]), (Task.MULTICLASS, ["a", None])]
    )
    def test_other_tasks(self, task: Task, values: list[object]) -> None:
        """Other tasks have labels with times, and groups and outcomes of their own."""
        rows = pa.table(
            {
                "prediction": ["a", "b"] if task is Task.MULTICLASS else [1.0, 2.0],
                "label": values,
                "score:a": [0.5, 0.5],
                "score:b": [0.5, 0.5],
                "at": pa.array([NOON, NOON], pa.timestamp("us", "UTC")),
            }
        )
        full = rows.set_column(
            1, "label", pa.array([values[0], "b" if task is Task.MULTICLASS else 2.0])
        )
        layout = outcome_layout(task, full, positive_class=None)
        times = label_times(rows, layout, as_of=AS_OF, predicted="at", recorded="at")

        assert (2, 1) == (times.rows, times.labelled)
        assert cells_of(layout) == times.shape == decode_label_times(times.encode()).shape
        assert 3 * [times.shape] == [
            each.shape for each in (times + times, times + NO_TIMES, NO_TIMES + times)
        ]

    def test_adds_up(self, layout: OutcomeLayout, make_day: Callable[..., Late]) -> None:
        """The sum of two halves is the whole, in any order, and nothing adds nothing."""
        days = [make_day(number, rows=300).known(layout, as_of=AS_OF).times for number in range(3)]
        whole = summed(days)

        assert whole.encode() == (days[2] + (days[0] + days[1])).encode()
        assert whole.encode() == (whole + NO_TIMES).encode() == (NO_TIMES + whole).encode()
        assert 900 == whole.rows
        assert 0 == summed([]).rows

    def test_encode(self, layout: OutcomeLayout) -> None:
        """What is stored is read back; other bytes are refused."""
        times = counted(layout, (0.15, 1, 2.0), (0.95, None, None))

        assert times.encode() == decode_label_times(times.encode()).encode()
        with pytest.raises(LayoutError):
            decode_label_times(pack({"kind": "other"}, {}))


class TestTimeBins:
    """The bins of time."""

    def test_width(self) -> None:
        """A bin ends 2 % later than it begins; the first ends with a minute."""
        assert [0, 0, 1, BINS - 1] == time_bins(np.array([0.0, 60.0, 60.1, 1e30])).tolist()
        seconds = np.geomspace(61, 1e8, 500)
        ends = 60 * GROWTH ** time_bins(seconds)
        assert (ends >= seconds * (1 - 1e-9)).all()
        assert (ends / GROWTH < seconds * (1 + 1e-9)).all()


class TestInstants:
    """Times as seconds since 1970."""

    @pytest.mark.parametrize(
        "column",
        [
            pa.array([NOON, None], pa.timestamp("us", "UTC")),
            pa.array([NOON.replace(tzinfo=None), None], pa.timestamp("ns")),
            pa.array([NOON, None], pa.timestamp("s", "America/New_York")),
        ],
        ids=["utc", "naive", "zoned"],
    )
    def test_types(self, column: pa.Array) -> None:
        """Every type of timestamp is the same instant; null is none."""
        found = instants(pa.table({"at": column}), "at")

        assert NOON.timestamp() == found[0]
        assert np.isnan(found[1])

    def test_dates(self) -> None:
        """A date is its midnight; what is no time, and a column that is not there, are none."""
        rows = pa.table({"day": pa.array([NOON.date()]), "text": ["x"]})

        assert NOON.timestamp() - 12 * 3600 == instants(rows, "day")[0]
        assert np.isnan(instants(rows, "text")).all()
        assert np.isnan(instants(rows, "absent")).all()
