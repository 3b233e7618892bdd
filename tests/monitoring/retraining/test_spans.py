"""Tests of the days to train and to evaluate on."""

from __future__ import annotations

from datetime import date

import pytest

from monitoring.retraining.spans import retraining_spans, seen_days
from monitoring.spec.model import MonitorSpec
from monitoring.windows import Window

LAST_DUE = date(2026, 3, 27)


def spec(**retraining: object) -> MonitorSpec:
    """Return a monitor that trains again under the policy *retraining*."""
    return MonitorSpec.model_validate(
        {
            "model": "churn",
            "task": "binary_classification",
            "start": date(2026, 1, 1),
            "predictions": {"table": "predictions", "id": "id", "timestamp": "at", "score": "p"},
            "positive_class": 1,
            "actuals": {"table": "actuals", "id": "id", "label": "churned", "delay": "3d"},
            "reference": {"table": "training", "label": "churned"},
            "retraining": {"trainer": "shop.training:train", **retraining},
        }
    )


class TestRetrainingSpans:
    """Tests of the days to train and to evaluate on."""

    def test_latest_mature_days(self) -> None:
        """The evaluation ends with the last day whose labels are due, the training before it."""
        spans = retraining_spans(spec(), last_due=LAST_DUE)

        assert Window("14d", date(2026, 3, 14), date(2026, 3, 28)) == spans.evaluation
        assert date(2026, 3, 14) == spans.training.end
        assert date(2026, 1, 13) == spans.training.start

    def test_young_monitor(self) -> None:
        """Training starts on the first monitored day at the earliest."""
        assert (
            date(2026, 1, 1)
            == retraining_spans(spec(window="90d"), last_due=LAST_DUE).training.start
        )

    def test_ended_monitor(self) -> None:
        """The last monitored day, inclusive, is the last day of the evaluation."""
        ended = spec().model_copy(update={"end": date(2026, 3, 1)})

        assert date(2026, 3, 2) == retraining_spans(ended, last_due=LAST_DUE).evaluation.end

    def test_never_overlap(self) -> None:
        """No day is both trained and evaluated on, however short the spans."""
        spans = retraining_spans(spec(window="1d", evaluation="1d"), last_due=LAST_DUE)

        assert not set(spans.training.days) & set(spans.evaluation.days)

    def test_no_policy(self) -> None:
        """Without a policy there is nothing to train."""
        with pytest.raises(ValueError, match="retraining needs a policy"):
            retraining_spans(spec().model_copy(update={"retraining": None}), last_due=LAST_DUE)


class TestSeenDays:
    """Tests of the days that a version has learnt from."""

    @pytest.mark.parametrize(
        ("trained", "seen"),
        [
            (("2026-01-01", "2026-03-10"), []),
            (("2026-01-01", "2026-03-12"), ["2026-03-10", "2026-03-11"]),
            (("2026-03-12", "2026-03-13"), ["2026-03-12"]),
            ((None, None), []),
        ],
        ids=["before", "overlap", "within", "not known"],
    )
    def test_overlap(self, trained: tuple[str | None, str | None], seen: list[str]) -> None:
        """They are those of the window from its first day to the day before its end."""
        window = Window("4d", date(2026, 3, 10), date(2026, 3, 14))

        assert {date.fromisoformat(day) for day in seen} == seen_days(window, trained)
