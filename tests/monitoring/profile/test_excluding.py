"""Tests of what is set aside before rows are counted."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from monitoring.profile.excluding import LabelColumns, Reason, Screened, screen

COLUMNS = LabelColumns("predicted", "recorded", "conflicts", "unreadable")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Seen(list[dict[str, Any]]):
    """The rows that were counted, as a profile that adds up."""

    def __add__(self, other: Seen) -> Seen:  # type: ignore[override]
        return Seen([*self, *other])


def screened(scored: bool = True, **columns: object) -> Screened[Seen]:  # noqa: FBT001, FBT002
    """Screen a batch of *columns*."""
    batch = pa.RecordBatch.from_pydict(columns)

    return screen(batch, lambda rows: Seen(rows.to_pylist()), scored=scored, columns=COLUMNS)


class TestScores:
    """Rows without a score that can be used."""

    def test_unusable(self) -> None:
        """
        Missing scores and those that are no probability are told apart; 0 and 1 are some.
        """
        scores = [0.0, 1.0, None, float("nan"), float("inf"), -0.1, 1.1]

        found = screened(score=scores)

        assert Seen([{"score": 0.0}, {"score": 1.0}]) == found.profile
        assert {Reason.MISSING_SCORE: 2, Reason.INVALID_SCORE: 3} == found.excluded

    def test_several(self) -> None:
        """
        Of several classes one bad score is enough.
        """
        found = screened(**{"score:a": [0.5, 0.5, 0.5], "score:b": [0.5, None, 2.0]})

        assert 1 == len(found.profile)
        assert {Reason.MISSING_SCORE: 1, Reason.INVALID_SCORE: 1} == found.excluded

    @pytest.mark.parametrize(
        ("answers", "missing"), [([1, None, 0], 1), ([1.5, None, float("nan")], 2), (["a", ""], 0)]
    )
    def test_unanswered(self, answers: list[object], missing: int) -> None:
        """
        Rows without a prediction are told, and stay for their score.
        """
        found = screened(prediction=answers, score=[0.5] * len(answers))

        assert len(answers) == len(found.profile)
        assert missing == found.excluded.get(Reason.MISSING_PREDICTION, 0)

    def test_unscored(self) -> None:
        """
        Of a model without scores nothing is left out.
        """
        found = screened(scored=False, score=[None, 7.0])

        assert (2, {}) == (len(found.profile), found.excluded)


class TestLabels:
    """Labels that cannot be those of their prediction."""

    @pytest.mark.parametrize(
        ("recorded", "early"),
        [
            (NOON - timedelta(microseconds=1), True),
            (NOON, False),
            (NOON + timedelta(days=3), False),
            (NOON.replace(hour=0), False),
            (NOON.replace(hour=0) - timedelta(days=1), True),
            (None, False),
        ],
        ids=["before", "at once", "after", "date", "date before", "unknown"],
    )
    def test_early(self, recorded: datetime | None, early: bool) -> None:  # noqa: FBT001
        """
        A label that was known before its prediction is none; midnight stands for a whole day.
        """
        kind = pa.timestamp("us", "UTC")
        found = screened(
            label=[1], predicted=pa.array([NOON], kind), recorded=pa.array([recorded], kind)
        )

        assert (None if early else 1) == found.profile[0]["label"]
        assert early == bool(found.excluded)

    def test_dates(self) -> None:
        """
        A date is compared as a day.
        """
        days = [date(2026, 2, 28), date(2026, 3, 1)]
        found = screened(
            label=[1, 1],
            predicted=pa.array([NOON, NOON], pa.timestamp("us", "UTC")),
            recorded=pa.array(days, pa.date32()),
        )

        assert [None, 1] == [row["label"] for row in found.profile]

    def test_conflicts(self) -> None:
        """
        Contradictions are counted; the row has no label and stays.
        """
        found = screened(label=[None, 1], conflicts=[1, 0])

        assert ({Reason.CONFLICTING_LABEL: 1}, 2) == (found.excluded, len(found.profile))


class TestScreened:
    """Sums of what was screened."""

    def test_sum(self) -> None:
        """
        Profiles and counts add up, also after a journey between processes.
        """
        one, other = screened(score=[0.5, None]), screened(score=[2.0, None])

        total = pickle.loads(pickle.dumps(one)) + other  # noqa: S301 - our own bytes

        assert Seen([{"score": 0.5}]) == total.profile
        assert {Reason.MISSING_SCORE: 2, Reason.INVALID_SCORE: 1} == total.excluded
