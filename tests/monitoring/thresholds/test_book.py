"""Tests of all thresholds of one model."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.results import Measure
from monitoring.thresholds.book import ThresholdBook
from monitoring.thresholds.threshold import Threshold


def high(value: float, rows: int) -> Threshold:
    """Return an upper bound that was learnt on *rows* rows."""
    return Threshold(low=None, high=value, source="calibrated", rows=rows)


def psi(rows: int) -> Measure:
    """Return a measure of as many rows."""
    return Measure("age", "psi", 0.5, rows)


WEEK = high(0.05, 7000)
BOOK = ThresholdBook(
    {
        ("7d", "age", "psi"): WEEK,
        ("rows:100", "age", "psi"): high(0.4, 100),
        ("rows:400", "age", "psi"): high(0.2, 400),
        ("7d", "plan", "psi"): high(0.07, 7000),
    }
)


class TestFind:
    """Tests of the threshold that holds for a measure."""

    def test_usual_window(self) -> None:
        """A window of the usual size or more has the bounds of its length."""
        assert BOOK.find(psi(7000), window="7d") is WEEK
        assert BOOK.find(psi(9000), window="7d") is WEEK

    def test_thin_window(self) -> None:
        """A thin window gets the room that its size asks for, and at least that of its length."""
        thin, thinner = BOOK.find(psi(6900), window="7d"), BOOK.find(psi(400), window="7d")

        assert thin is not None
        assert thinner is not None
        assert 0.2 == thin.high == thinner.high
        wide = ThresholdBook({**BOOK.calibrated, ("7d", "age", "psi"): high(0.9, 7000)})
        found = wide.find(psi(400), window="7d")
        assert found is not None
        assert (0.9, 400) == (found.high, found.rows)

    @pytest.mark.parametrize(
        ("rows", "bound", "learnt_on"),
        [(30, 0.4, 100), (100, 0.4, 100), (400, 0.2, 400), (10_000, 0.2, 400), (178, 0.3, 178)],
    )
    def test_batch(self, rows: int, bound: float, learnt_on: int) -> None:
        """
        A batch is judged by its size, between the sizes that were learnt.

        Sampling error goes with 1/sqrt(rows): 178 rows are half way between 100 and 400.
        """
        found = BOOK.find(psi(rows), window="batch")

        assert found is not None
        assert found.high == pytest.approx(bound, abs=1e-3)
        assert learnt_on == found.rows

    def test_lower_bounds(self) -> None:
        """A lower bound rises with the rows as an upper one falls."""
        book = ThresholdBook(
            {
                ("rows:100", "*", "roc_auc"): Threshold(0.6, None, "calibrated", 100),
                ("rows:400", "*", "roc_auc"): Threshold(0.8, None, "calibrated", 400),
            }
        )

        found = book.find(Measure("*", "roc_auc", 0.5, 178), window="batch")
        assert found is not None
        assert found.high is None
        assert found.low == pytest.approx(0.7, abs=1e-3)

    @given(st.integers(1, 20_000), st.integers(1, 20_000))
    def test_monotonous(self, first: int, second: int) -> None:
        """More rows never get wider bounds."""
        fewer, more = sorted((first, second))
        wide, narrow = BOOK.find(psi(fewer), window="7d"), BOOK.find(psi(more), window="7d")

        assert wide is not None
        assert narrow is not None
        assert wide.high is not None
        assert narrow.high is not None
        assert narrow.high <= wide.high

    def test_unknown(self) -> None:
        """What was not calibrated has no threshold."""
        assert BOOK.find(Measure("age", "mean", 1.0, 7000), window="7d") is None
        assert BOOK.find(Measure("city", "psi", 1.0, 7000), window="7d") is None
        assert BOOK.find(Measure("plan", "psi", 1.0, 7000), window="batch") is None

    def test_thin_window_without_sizes(self) -> None:
        """Without sizes to fall back on the bounds of the length are returned, with their size."""
        found = BOOK.find(Measure("plan", "psi", 1.0, 10), window="7d")

        assert found is not None
        assert 7000 == found.rows

    def test_fixed(self) -> None:
        """The bounds of the monitor file hold for every column, window and size."""
        fixed = Threshold(low=None, high=0.25, source="fixed")
        book = ThresholdBook(BOOK.calibrated, {"psi": fixed})

        assert book.find(psi(5), window="7d") is fixed
        assert book.find(Measure("city", "psi", 1.0, 7000), window="1d") is fixed


class TestEncode:
    """Tests of thresholds as text."""

    @given(
        st.dictionaries(
            st.tuples(
                st.sampled_from(["1d", "7d", "rows:200", "batch"]),
                st.text(min_size=1),
                st.sampled_from(["psi", "roc_auc"]),
            ),
            st.builds(
                Threshold,
                st.none() | st.floats(allow_nan=False, allow_infinity=False),
                st.none() | st.floats(allow_nan=False, allow_infinity=False),
                st.text(),
                st.none() | st.integers(0, 10**9),
            ),
        )
    )
    def test_round_trip(self, calibrated: dict[tuple[str, str, str], Threshold]) -> None:
        """
        Every threshold comes back, whatever the column is called; the fixed ones come from outside.

        Regression: a tab in the name of a column was taken for the end of it.
        """
        fixed = {"psi": Threshold(None, 0.25, "fixed")}
        book = ThresholdBook(calibrated, fixed)

        assert book == ThresholdBook.decode(book.encode(), fixed=fixed)

    def test_strict_json(self) -> None:
        """What is not a number is refused rather than stored as no JSON."""
        book = ThresholdBook({("1d", "age", "psi"): high(float("inf"), 10)})

        assert {} == json.loads(ThresholdBook({}).encode())
        with pytest.raises(ValueError, match="not JSON compliant"):
            book.encode()
