"""Tests of the sentences about measurements."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.alerting import words
from monitoring.metrics import METRICS
from monitoring.results import ALL, Measurement, Verdict

RECALL = Measurement(
    model="flight_delay",
    version=ALL,
    segment=ALL,
    window="7d",
    window_start="2013-07-06",
    window_end="2013-07-13",
    column=ALL,
    metric="recall",
    value=0.6093,
    lower=0.60,
    upper=0.62,
    rows=18_204,
    threshold_low=0.68,
    threshold_high=None,
    verdict=Verdict.CRITICAL,
    as_of=datetime(2013, 7, 16, tzinfo=UTC),
    run_id="run",
)


class TestSentence:
    """Tests of one measurement as one sentence."""

    def test_names_everything(self) -> None:
        """The sentence has the value, the threshold, the last day of the window and the rows."""
        assert (
            "Recall fell to 0.61 (threshold 0.68) over 7 days to 12 July 2013, "
            "18,204 labelled rows."
        ) == words.sentence(RECALL)

    def test_column_and_segment_and_version(self) -> None:
        """What the number is restricted to is said after the metric."""
        psi = replace(
            RECALL,
            window="1d",
            window_start="2013-07-12",
            column="dep_delay",
            segment="carrier=UA",
            version="2",
            metric="psi",
            value=1.25,
            threshold_low=None,
            threshold_high=0.2,
        )

        assert (
            "PSI of dep_delay where carrier=UA for version 2 rose to 1.25 (threshold 0.20) "
            "on 12 July 2013, 18,204 rows."
        ) == words.sentence(psi)

    def test_batch(self) -> None:
        """A batch is named by its id, even when the id looks like a date."""
        batch = replace(RECALL, window="batch", window_start="2013-07-12", window_end="")

        assert words.sentence(batch).endswith(" in batch 2013-07-12, 18,204 labelled rows.")

    def test_estimate(self) -> None:
        """An estimated metric says so, and its rows have no labels."""
        estimate = words.sentence(replace(RECALL, metric="estimated_roc_auc"))

        assert estimate.startswith("Estimated AUC fell to 0.61 ")
        assert estimate.endswith(", 18,204 rows.")

    def test_undefined(self) -> None:
        """A number that is undefined crosses nothing and is not written as None."""
        assert words.sentence(replace(RECALL, value=None)).startswith("Recall is undefined over")

    def test_no_threshold(self) -> None:
        """Without a crossed threshold the value is stated as it is."""
        assert "recall is 0.61" == words.crossing(replace(RECALL, threshold_low=None))

    def test_unknown_metric(self) -> None:
        """A metric that has no words keeps its name, quoted like everything unknown."""
        assert "<lift> fell to 0.61 (threshold 0.68)" == words.crossing(
            replace(RECALL, metric="lift"), quote=lambda name: f"<{name}>"
        )

    def test_strange_window(self) -> None:
        """A window whose bounds are no days is written as it stands."""
        strange = replace(RECALL, window_start="2013-99-99", window_end="now")

        assert "from 2013-99-99 to now" == words.period(strange)

    @settings(deadline=None)
    @given(st.sampled_from(sorted(METRICS)))
    def test_every_metric(self, metric: str) -> None:
        """No metric of the design is told under its technical name."""
        assert "_" not in words.crossing(replace(RECALL, metric=metric))


class TestFigures:
    """Tests of how numbers are written."""

    @pytest.mark.parametrize(
        ("value", "metric", "written"),
        [
            (0.314, "label_coverage", "31 %"),
            (18_204.4, "rows", "18,204"),
            (1234567.0, "mse", "1,234,567"),
            (-12.345, "bias", "-12.3"),
            (1e-12, "chi_squared_p_value", "1.0e-12"),
            (0.0, "psi", "0.0"),
        ],
    )
    def test_alone(self, value: float, metric: str, written: str) -> None:
        """A number has two or three digits, separators, and per cent where people say so."""
        assert [written] == words.figures(value, metric=metric)

    @settings(deadline=None)
    @given(
        st.integers(-(10**6), 10**6),
        st.integers(-(10**6), 10**6),
        st.sampled_from(["recall", "rows", "label_coverage"]),
    )
    def test_apart(self, left: int, right: int, metric: str) -> None:
        """Different numbers never look the same beside each other."""
        written = words.figures(left / 1000, right / 1000, metric=metric)

        assert (left == right) == (written[0] == written[1])


class TestPlain:
    """Tests of names within plain text."""

    @settings(deadline=None)
    @given(st.text())
    def test_any_text(self, text: str) -> None:
        """A name is one printable line of bounded length, whatever a terminal could obey."""
        name = words.plain(text)

        assert name.isprintable()
        assert len(name) <= words.NAME_LIMIT
