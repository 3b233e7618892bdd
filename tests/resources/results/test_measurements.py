"""Measurements go in by window and come out as they were, in one order, on both databases."""

import math
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from monitoring.errors import ResultsError
from monitoring.results import Measurement, Verdict
from monitoring.windows import Window
from resources.results.records import WindowKey
from resources.results.store import ResultsStore

Measure = Callable[..., Measurement]

APRIL_1 = Window("1d", date(2013, 4, 1), date(2013, 4, 2))
APRIL_2 = Window("1d", date(2013, 4, 2), date(2013, 4, 3))
ON_APRIL_2 = {"window_start": "2013-04-02", "window_end": "2013-04-03"}


def write(
    store: ResultsStore,
    measurements: Iterable[Measurement],
    *,
    step: str = "drift",
    windows: Iterable[Window | WindowKey] = (APRIL_1,),
) -> None:
    """Replace the measurements of *step* in a transaction of their own."""
    with store.transaction() as tx:
        tx.replace_measurements("flight_delay", step, windows, measurements)


class TestRoundTrip:
    """What was written is what is read."""

    def test_whole_second(self, tmp_path: Path, measure: Measure) -> None:
        """
        SQLite holds a moment without a fraction as SQLAlchemy writes it, or texts do not compare.
        """
        file = tmp_path / "results.db"
        store = ResultsStore(f"sqlite:///{file}")
        store.upgrade()
        write(store, [measure(as_of=datetime(2013, 4, 2, 6, tzinfo=UTC))])
        with closing(sqlite3.connect(file)) as connection:
            ((moment,),) = connection.execute("SELECT as_of FROM measurement")

        assert moment == "2013-04-02 06:00:00.000000"

    def test_every_bit(self, store: ResultsStore, measure: Measure) -> None:
        """
        A number comes back with every bit.
        """
        values = [0.1 + 0.2, 0.0, 5e-324, -1.7976931348623157e308, 1 / 3, 1e22]
        expected = [
            measure(column=str(place), value=value, lower=-value, upper=value)
            for place, value in enumerate(values)
        ]
        write(store, expected)

        assert expected == list(store.measurements())

    def test_negative_zero(self, store: ResultsStore, measure: Measure) -> None:
        """
        Zero has no sign: SQLite would lose it and PostgreSQL keep it.
        """
        write(store, [measure(value=-0.0)])

        assert ["0.0"] == [str(found.value) for found in store.measurements()]

    @pytest.mark.parametrize(
        "changes",
        [
            {"value": None, "verdict": Verdict.NO_DATA, "reason": "no rows"},
            {"value": None, "verdict": None, "threshold_high": None},
            {"rows": 10_000_000_000},
            {"segment": "carrier=o'Hare \"\t\n\r\\N\\", "column": "sélect ✈ 😀; DROP TABLE"},
            {"column": "", "metric": "rows", "segment": "origin="},
            {"as_of": datetime(2013, 4, 2, 6, 0, 0, 123456, tzinfo=UTC)},
        ],
        ids=["undefined", "unjudged", "many rows", "odd names", "empty names", "microseconds"],
    )
    def test_unchanged(
        self, store: ResultsStore, measure: Measure, changes: dict[str, object]
    ) -> None:
        """
        None stays None, and no text is mistaken for SQL or for the syntax of COPY.
        """
        expected = measure(**changes)
        write(store, [expected])

        assert [expected] == list(store.measurements())

    def test_moment_in_another_zone(self, store: ResultsStore, measure: Measure) -> None:
        """
        A moment is kept as such and comes back in UTC, whatever zone it was told in.
        """
        summer = timezone(timedelta(hours=2))
        write(store, [measure(as_of=datetime(2013, 4, 2, 8, tzinfo=summer))])

        (found,) = store.measurements()

        assert "2013-04-02T06:00:00+00:00" == found.as_of.isoformat()

    def test_numpy_scalars(self, store: ResultsStore, measure: Measure) -> None:
        """
        NumPy's numbers are stored as numbers: psycopg2 would write ``np.float64(0.5)`` as SQL.
        """
        write(store, [measure(value=np.float64(0.5), lower=np.float32(0.25), rows=np.int64(7))])

        (found,) = store.measurements()

        assert (0.5, 0.25, 7) == (found.value, found.lower, found.rows)

    def test_nul_in_a_segment(self, store: ResultsStore, measure: Measure) -> None:
        """
        A NUL in a value of the data, which PostgreSQL cannot keep, does not lose the day.
        """
        write(store, [measure(segment="carrier=A\0B")])

        assert ["carrier=A\u2400B"] == [found.segment for found in store.measurements()]


class TestGuards:
    """What must never be in the table."""

    def test_not_finite(self, store: ResultsStore, measure: Measure) -> None:
        """
        After NaN was refused, nothing of the write remains.
        """
        with pytest.raises(ResultsError, match=r"psi of column distance.*value is nan"):
            write(store, [measure(column="origin"), measure(value=math.nan)])

        assert [] == list(store.measurements())

    def test_naive_moment(self, store: ResultsStore, measure: Measure) -> None:
        """
        A moment without a zone is refused rather than guessed.
        """
        naive = datetime(2013, 4, 2, 6)  # noqa: DTZ001 - the mistake under test

        with pytest.raises(ResultsError, match="naive"):
            write(store, [measure(as_of=naive)])

    def test_of_another_window(self, store: ResultsStore, measure: Measure) -> None:
        """
        A measurement of another model or window than is being replaced is refused.
        """
        for stranger in ({"model": "churn"}, ON_APRIL_2, {"window": "7d"}):
            with pytest.raises(ResultsError, match="Expected measurements of flight_delay"):
                write(store, [measure(**stranger)])

    def test_measured_twice(self, store: ResultsStore, measure: Measure) -> None:
        """
        Two numbers under one key are refused, and the key is named.
        """
        with pytest.raises(ResultsError, match=r"2 times.*column=distance, metric=psi"):
            write(store, [measure(), measure(column="origin"), measure(value=0.3)])

    def test_of_another_step(self, store: ResultsStore, measure: Measure) -> None:
        """
        A step cannot overwrite what another step measured.
        """
        write(store, [measure()])

        with pytest.raises(ResultsError, match="Another step than quality"):
            write(store, [measure(value=0.9)], step="quality")

        assert [measure()] == list(store.measurements())


class TestReplace:
    """Re-computation replaces what the same step wrote for the same windows, and only that."""

    def test_same_windows(self, store: ResultsStore, measure: Measure) -> None:
        """
        The second computation of a day leaves nothing of the first.
        """
        write(store, [measure(), measure(column="seats"), measure(version="v2")])

        write(store, [measure(value=0.7)])

        assert [measure(value=0.7)] == list(store.measurements())

    def test_leaves_the_rest(self, store: ResultsStore, measure: Measure) -> None:
        """
        Other days, other lengths of window and other steps stay.
        """
        week = measure(window="7d", window_start="2013-03-26")
        tomorrow = measure(**ON_APRIL_2)
        quality = measure(metric="missing_fraction")
        week_span = WindowKey("7d", "2013-03-26", "2013-04-02")
        write(store, [measure(), week, tomorrow], windows=[APRIL_1, APRIL_2, week_span])
        write(store, [quality], step="quality")

        write(store, [], windows=[APRIL_1])

        assert [week, quality, tomorrow] == list(store.measurements())

    def test_no_windows(self, store: ResultsStore, measure: Measure) -> None:
        """
        Replacing no window changes nothing.
        """
        write(store, [measure()])

        write(store, [], windows=[])

        assert [measure()] == list(store.measurements())

    def test_rollback(self, store: ResultsStore, measure: Measure) -> None:
        """
        An error anywhere in the transaction undoes all of it.
        """
        write(store, [measure()])

        with pytest.raises(ZeroDivisionError), store.transaction() as tx:  # noqa: PT012 - as used
            tx.replace_measurements("flight_delay", "drift", [APRIL_1], [])
            tx.set_watermark("flight_delay", "labels", "x")
            _ = 1 / 0

        assert [measure()] == list(store.measurements())
        assert store.watermark("flight_delay", "labels") is None

    def test_batches(self, store: ResultsStore, measure: Measure) -> None:
        """
        A batch is a window that starts and ends with its id.
        """
        batch = measure(window="batch", window_start="[0:4999]", window_end="[0:4999]")

        write(store, [batch], windows=[WindowKey("batch", "[0:4999]", "[0:4999]")])

        assert [batch] == list(store.measurements(window="batch"))


class TestQuery:
    """What can be asked for."""

    @pytest.fixture
    def filled(self, store: ResultsStore, measure: Measure) -> ResultsStore:
        """
        Two days, two steps, two columns and two segments.
        """
        everything = [
            measure(column=column, segment=segment, **day)
            for column in ("distance", "seats")
            for segment in ("*", "carrier=AA")
            for day in ({}, ON_APRIL_2)
        ]
        write(store, reversed(everything), windows=[APRIL_1, APRIL_2])
        write(store, [measure(metric="rows", column="*", version="v2")], step="quality")

        return store

    def test_filters(self, filled: ResultsStore) -> None:
        """
        Filters combine; start and end bound the last day of the window.
        """
        april_2 = date(2013, 4, 2)
        found = [
            filled.measurements(),
            filled.measurements(model="churn"),
            filled.measurements(step="quality"),
            filled.measurements(column="seats"),
            filled.measurements(segment="carrier=AA", column="seats"),
            filled.measurements(metric="rows"),
            filled.measurements(version="v2"),
            filled.measurements(window="7d"),
            filled.measurements(start=april_2),
            filled.measurements(end=april_2),
            filled.measurements(start=date(2013, 4, 1), end=date(2013, 4, 3)),
        ]

        assert [9, 0, 1, 4, 2, 1, 1, 0, 4, 5, 9] == [len(list(rows)) for rows in found]

    def test_order(self, store: ResultsStore, measure: Measure) -> None:
        """
        Rows come in the order of their key by code point, not by the server's locale.
        """
        names = ["Zeta", "_x", "alpha", "Éta", "zeta", "😀", "\uffff"]
        write(store, [measure(column=name) for name in names])

        assert sorted(names) == [found.column for found in store.measurements()]

    def test_abandoned_reading(self, filled: ResultsStore, measure: Measure) -> None:
        """
        A reader that stops half way holds nobody up.
        """
        with closing(filled.measurements()) as reading:
            first = next(reading)
            write(filled, [measure(value=0.9)])

        assert replace(measure(), value=0.9) in list(filled.measurements())
        assert "2013-04-01" == first.window_start

    def test_many(self, store: ResultsStore, measure: Measure) -> None:
        """
        More rows than are sent or fetched at once arrive in full.
        """
        everything = [measure(column=f"feature_{number:05}") for number in range(12_345)]
        write(store, everything)

        assert everything == list(store.measurements())
