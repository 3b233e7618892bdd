"""Tests of table profiles: whatever the split and the order, the sum is the same."""

from __future__ import annotations

import itertools
from functools import reduce
from operator import add

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.errors import EncodingError, LayoutError
from monitoring.profile.categorical import CategoricalProfile
from monitoring.profile.codec import pack
from monitoring.profile.column_profile import UnusableProfile
from monitoring.profile.layout import TableLayout
from monitoring.profile.numeric import NumericProfile
from monitoring.profile.table import TableProfile
from monitoring.spec.model import FeatureType

GENERATOR = np.random.default_rng(5)
TYPES = {
    "amount": FeatureType.NUMERIC,
    "visits": FeatureType.NUMERIC,
    "city": FeatureType.CATEGORICAL,
    "member": FeatureType.CATEGORICAL,
}
REFERENCE = pa.table(
    {
        "amount": pa.array(GENERATOR.lognormal(size=3000)),
        "visits": pa.array(GENERATOR.integers(0, 5, 3000)),
        "city": pa.array(GENERATOR.choice(["Bonn", "Köln", "Ulm"], 3000)),
        "member": pa.array(GENERATOR.choice([True, False], 3000)),
    }
)
LAYOUT = TableLayout.of(REFERENCE, TYPES)

ROWS = st.lists(
    st.tuples(
        st.none() | st.floats(-1e6, 1e6) | st.sampled_from([np.nan, np.inf, -np.inf, 0.0]),
        st.none() | st.integers(-1, 6),
        st.none() | st.sampled_from(["Bonn", "Ulm", "", "Jena", "Trier"]),
        st.none() | st.booleans(),
    ),
    max_size=40,
)


def table(rows: list[tuple[object, ...]]) -> pa.Table:
    """Return *rows* as a table of the reference's types."""
    columns = zip(*rows, strict=True) if rows else [()] * 4
    kinds = [pa.float64(), pa.int64(), pa.string(), pa.bool_()]
    arrays = [
        pa.array(list(column), kind, from_pandas=False)
        for column, kind in zip(columns, kinds, strict=True)
    ]
    return pa.table(dict(zip(TYPES, arrays, strict=True)))


def numeric(profile: TableProfile, name: str) -> NumericProfile:
    """Return the numeric column *name*."""
    column = profile.columns[name]
    assert isinstance(column, NumericProfile)
    return column


def categorical(profile: TableProfile, name: str) -> CategoricalProfile:
    """Return the categorical column *name*."""
    column = profile.columns[name]
    assert isinstance(column, CategoricalProfile)
    return column


def assert_same(expected: TableProfile, actual: TableProfile) -> None:
    """Compare counts exactly, and sums to 1e-12 of their size."""
    assert expected.rows == actual.rows
    for name in ("amount", "visits"):
        ours, theirs = numeric(expected, name), numeric(actual, name)
        np.testing.assert_array_equal(ours.counts, theirs.counts)
        for tally in ("nulls", "nans", "infinities", "zeros", "minimum", "maximum"):
            assert getattr(ours, tally) == getattr(theirs, tally)
        deviation = 1e-12 * max((ours.moments.m2 / max(ours.moments.count, 1)) ** 0.5, 1.0)
        assert ours.moments.mean == pytest.approx(theirs.moments.mean, rel=1e-12, abs=deviation)
        assert ours.moments.m2 == pytest.approx(theirs.moments.m2, rel=1e-12)
        np.testing.assert_allclose(ours.sums, theirs.sums, rtol=1e-12, atol=1e-9)
    for name in ("city", "member"):
        left, right = categorical(expected, name), categorical(actual, name)
        np.testing.assert_array_equal(left.counts, right.counts)
        assert (left.missing, left.empty, left.unseen) == (
            right.missing,
            right.empty,
            right.unseen,
        )
    assert expected.comoments is not None
    assert actual.comoments is not None
    np.testing.assert_allclose(
        expected.comoments.products, actual.comoments.products, rtol=1e-12, atol=1e-9
    )


class TestSum:
    """Tests of adding profiles."""

    @given(ROWS, st.lists(st.integers(0, 40), max_size=4), st.randoms(use_true_random=False))
    @settings(max_examples=60, deadline=None)
    def test_any_split_and_order(
        self, rows: list[tuple[object, ...]], cuts: list[int], random: object
    ) -> None:
        """
        Batches of any size in any order add up to the profile of all rows.
        """
        whole = TableProfile.of(table(rows), LAYOUT)
        borders = sorted({0, len(rows), *(min(cut, len(rows)) for cut in cuts)})
        parts = [
            TableProfile.of(table(rows[start:end]), LAYOUT)
            for start, end in itertools.pairwise(borders)
        ]
        random.shuffle(parts)  # type: ignore[attr-defined]

        assert_same(whole, reduce(add, parts, TableProfile.empty(LAYOUT)))
        assert_same(whole, reduce(add, reversed(parts), TableProfile.empty(LAYOUT)))

    def test_chunks_and_slices(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        A table of many chunks, cut into slices, is the table as one batch.
        """
        whole = TableProfile.of(REFERENCE.combine_chunks().to_batches()[0], LAYOUT)
        chunked = pa.concat_tables([REFERENCE.slice(i, 700) for i in range(0, 3000, 700)])

        monkeypatch.setattr("monitoring.profile.table.SLICE", 1000)

        assert_same(whole, TableProfile.of(chunked, LAYOUT))

    def test_other_layout(self) -> None:
        """
        Profiles of different references do not add.
        """
        other = TableLayout.of(REFERENCE.slice(0, 100), TYPES)

        with pytest.raises(LayoutError, match=other.fingerprint):
            TableProfile.empty(LAYOUT) + TableProfile.empty(other)

    def test_unusable_stays_unusable(self) -> None:
        """
        A column that is unusable in one part is unusable in the sum, from either side.
        """
        good = TableProfile.of(REFERENCE, LAYOUT)
        bad = TableProfile.of(REFERENCE.drop_columns(["amount"]), LAYOUT)

        for total in (good + bad, bad + good):
            assert isinstance(total.columns["amount"], UnusableProfile)
            assert 6000 == numeric(total, "visits").rows


class TestOf:
    """Tests of profiling one batch."""

    def test_counts(self) -> None:
        """
        Every row is counted once: null, NaN, infinite, zero, empty, unseen or known.
        """
        rows: list[tuple[object, ...]] = [
            (None, 1, "Bonn", True),
            (np.nan, None, "", None),
            (np.inf, 0, "Jena", False),
            (-np.inf, 0, None, True),
            (0.0, 9, "Jena", True),
        ]

        profile = TableProfile.of(table(rows), LAYOUT)

        amount, visits, city = (
            numeric(profile, "amount"),
            numeric(profile, "visits"),
            categorical(profile, "city"),
        )
        assert (1, 1, 2, 1) == (amount.nulls, amount.nans, amount.infinities, amount.zeros)
        assert (2, 3) == (amount.missing, amount.present)
        assert (0.0, 0.0) == (amount.minimum, amount.maximum)
        assert 1 == visits.layout.outside(visits.counts)
        assert ({"": 1, "Jena": 2}, 1, 1) == (city.unseen.counts, city.missing, city.empty)

    @pytest.mark.parametrize("rows", [0, 1])
    def test_tiny(self, rows: int) -> None:
        """
        No rows and one row are batches like any other.
        """
        profile = TableProfile.of(REFERENCE.slice(0, rows), LAYOUT)

        assert rows == profile.rows == numeric(profile, "amount").moments.count

    def test_changed_type(self) -> None:
        """
        A column of an incompatible type is unusable by name; integers pass for floats.
        """
        batch = pa.table(
            {
                "amount": ["a", "b"],
                "visits": pa.array([1.0, 2.0], pa.float16()),
                "city": pa.array([["x"], ["y"]]),
                "member": pa.array([None, None]),
            }
        )

        profile = TableProfile.of(batch, LAYOUT)

        for name in ("amount", "city"):
            column = profile.columns[name]
            assert isinstance(column, UnusableProfile)
            assert name in column.reason
        assert 2 == numeric(profile, "visits").present
        assert 2 == categorical(profile, "member").missing

    def test_dates_are_not_numbers(self) -> None:
        """
        Days in place of amounts would be a silent change of unit, so they are refused.
        """
        batch = REFERENCE.slice(0, 3).set_column(
            0, "amount", pa.chunked_array([pa.array([1, 2, 3], pa.date32())])
        )

        column = TableProfile.of(batch, LAYOUT).columns["amount"]

        assert isinstance(column, UnusableProfile)
        assert "numbers in the reference" in column.reason

    @pytest.mark.parametrize("kind", [pa.time64("us"), pa.duration("s")], ids=str)
    def test_durations_are_not_numbers(self, kind: pa.DataType) -> None:
        """
        Nor do times of a day and durations, which count as days, stand for amounts.
        """
        batch = pa.table({"amount": pa.array([1, 2], pa.int64()).cast(kind)})
        column = TableProfile.of(batch, LAYOUT).columns["amount"]

        assert isinstance(column, UnusableProfile)
        assert "numbers in the reference" in column.reason

    def test_values_of_no_type(self) -> None:
        """
        Bytes that are no text make their column unusable, and no other.
        """
        buffers = [None, pa.py_buffer(np.array([0, 1], np.int32)), pa.py_buffer(b"\xff")]
        city = pa.Array.from_buffers(pa.string(), 1, buffers)
        profile = TableProfile.of(pa.table({"amount": [1.0], "city": city}), LAYOUT)

        assert isinstance(profile.columns["city"], UnusableProfile)
        assert 1 == numeric(profile, "amount").present

    def test_repeated_column(self) -> None:
        """
        Which of two columns of one name is meant cannot be known.
        """
        batch = REFERENCE.append_column("city", REFERENCE["city"])

        assert isinstance(TableProfile.of(batch, LAYOUT).columns["city"], UnusableProfile)

    def test_dictionaries_that_differ(self) -> None:
        """
        Chunks with dictionaries of their own count by value.
        """
        chunks = [pa.array(["Ulm", "Bonn"]).dictionary_encode(), pa.array(["Bonn"])]
        city = pa.chunked_array([chunks[0], chunks[1].dictionary_encode()])
        batch = REFERENCE.slice(0, 3).set_column(2, "city", city)

        assert [2, 0, 1] == categorical(TableProfile.of(batch, LAYOUT), "city").counts.tolist()


class TestEncode:
    """Tests of storing profiles."""

    @given(ROWS)
    @settings(max_examples=40, deadline=None)
    def test_round_trip(self, rows: list[tuple[object, ...]]) -> None:
        """
        A decoded profile is the encoded one, and encodes to the same bytes.
        """
        profile = TableProfile.of(table(rows), LAYOUT)

        decoded = TableProfile.decode(profile.encode(), LAYOUT)

        assert_same(profile, decoded)
        assert profile.encode() == decoded.encode()

    def test_many_unseen_and_unusable(self) -> None:
        """
        Sketches of unseen values and reasons of unusable columns are stored too.
        """
        names = pa.array([f"town {number}" for number in range(3000)])
        batch = REFERENCE.set_column(2, "city", names).drop_columns(["member"])
        profile = TableProfile.of(batch, LAYOUT)

        decoded = TableProfile.decode(profile.encode(), LAYOUT)

        assert categorical(profile, "city").unseen == categorical(decoded, "city").unseen
        assert profile.columns["member"] == decoded.columns["member"]

    def test_size(self) -> None:
        """
        A day of three thousand rows takes less than two kilobytes a column.
        """
        assert len(TableProfile.of(REFERENCE, LAYOUT).encode()) < 4 * 2000

    def test_other_layout(self) -> None:
        """
        A profile is not read with a layout that it was not made with.
        """
        other = TableLayout.of(REFERENCE.slice(0, 100), TYPES)

        with pytest.raises(LayoutError, match="profile those days again"):
            TableProfile.decode(TableProfile.empty(LAYOUT).encode(), other)

    def test_something_else(self) -> None:
        """
        Stored bytes of another kind are refused.
        """
        with pytest.raises(EncodingError, match="table_profile"):
            TableProfile.decode(pack({"kind": "other"}, {}), LAYOUT)


class TestResampled:
    """Tests of drawing a profile from a profile."""

    def test_keeps_expectations(self) -> None:
        """
        The means of many draws are those of the profile, and their spread that of samples.
        """
        rows: list[tuple[object, ...]] = [(None, 1, "Jena", True), (np.nan, 2, None, False)]
        profile = TableProfile.of(REFERENCE, LAYOUT) + TableProfile.of(table(rows * 150), LAYOUT)
        generator = np.random.default_rng(6)

        draws = [profile.resampled(500, generator) for _ in range(300)]

        amount = numeric(profile, "amount")
        shares = np.mean([numeric(draw, "amount").counts for draw in draws], axis=0) / 500
        np.testing.assert_allclose(amount.counts / amount.rows, shares, atol=2e-3)
        means = np.array([numeric(draw, "amount").moments.mean for draw in draws])
        deviation = (amount.moments.m2 / amount.moments.count) ** 0.5
        error = deviation / (500 * amount.present / amount.rows) ** 0.5
        assert amount.moments.mean == pytest.approx(means.mean(), abs=4 * error / 300**0.5)
        assert error == pytest.approx(means.std(), rel=0.15)
        missing = np.mean([numeric(draw, "amount").missing for draw in draws])
        assert 300 / 3300 == pytest.approx(missing / 500, rel=0.1)
        unseen = np.mean([categorical(draw, "city").unseen.total for draw in draws])
        assert 150 / 3300 == pytest.approx(unseen / 500, rel=0.1)

    def test_rows(self) -> None:
        """
        Every column of a draw has the rows that were asked for; the columns are independent.
        """
        draw = TableProfile.of(REFERENCE, LAYOUT).resampled(70, np.random.default_rng(7))

        assert {70} == {
            column.rows
            for column in draw.columns.values()
            if not isinstance(column, UnusableProfile)
        }
        assert draw.comoments is None
        assert draw.encode() == TableProfile.decode(draw.encode(), LAYOUT).encode()

    def test_of_nothing(self) -> None:
        """
        From no rows none can be drawn.
        """
        draw = TableProfile.empty(LAYOUT).resampled(70, np.random.default_rng(8))

        assert 0 == draw.rows == numeric(draw, "amount").rows
