"""Tests of gathering the columns of a reference batch by batch."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from monitoring.profile import gathering
from monitoring.profile.gathering import GatheredNumbers, GatheredTexts, Ungathered, gather
from monitoring.spec.model import FeatureType

NUMERIC, CATEGORICAL = FeatureType.NUMERIC, FeatureType.CATEGORICAL

TABLE = pa.table(
    {
        "age": pa.array([31.0, None, np.inf, np.nan, 27.0, -np.inf]),
        "city": pa.array(["Bonn", "Köln", None, "Bonn", "", "Bonn"]),
        "flag": pa.array([True, False, None, True, True, True]),
    }
)


class TestGather:
    """Tests of what is kept of a column."""

    @pytest.mark.parametrize("rows", [1, 2, 6], ids=lambda rows: f"batches of {rows}")
    def test_batches(self, rows: int) -> None:
        """
        Numbers come sorted and texts counted, however the rows are cut into batches.
        """
        batches = TABLE.to_batches(max_chunksize=rows)
        types = {"age": NUMERIC, "city": CATEGORICAL, "flag": CATEGORICAL}

        found = dict(gather(batches, types))

        age, city, flag = found["age"], found["city"], found["flag"]
        assert isinstance(age, GatheredNumbers)
        assert ([27.0, 31.0], 6, 2, 2) == (age.values.tolist(), age.rows, age.missing, age.infinite)
        assert isinstance(city, GatheredTexts)
        assert ({"Bonn": 3, "Köln": 1, "": 1}, 1) == (city.counts, city.missing)
        assert isinstance(flag, GatheredTexts)
        assert {"true": 4, "false": 1} == flag.counts

    def test_refused(self) -> None:
        """
        A column that is not there, or of the wrong type, says so and stops no other.
        """
        found = dict(gather([TABLE], {"lost": NUMERIC, "city": NUMERIC, "age": NUMERIC}))

        lost, city = found["lost"], found["city"]
        assert isinstance(lost, Ungathered)
        assert "0 columns" in lost.reason
        assert isinstance(city, Ungathered)
        assert "not a number" in city.reason
        assert isinstance(found["age"], GatheredNumbers)

    def test_no_batches(self) -> None:
        """
        Of no rows nothing is known, which is no error.
        """
        found = dict(gather([], {"age": NUMERIC, "city": CATEGORICAL}))

        assert isinstance(found["age"], GatheredNumbers)
        assert isinstance(found["city"], GatheredTexts)
        assert {} == found["city"].counts

    def test_many_texts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        Beyond the limit the frequent texts stay, with their counts, and memory is bounded.
        """
        monkeypatch.setattr(gathering, "MOST_TEXTS", 1_000)
        monkeypatch.setattr(gathering, "_ENTRIES_PER_MERGE", 500)
        names = [f"user {number}" for number in range(5_000)]
        texts = [name for name in names for _ in range(2)] + ["often"] * 3_000
        shuffled = np.random.default_rng(1).permutation(np.array(texts))
        batches = pa.table({"user": pa.array(shuffled)}).to_batches(max_chunksize=400)

        [(_, user)] = gather(batches, {"user": CATEGORICAL})

        assert isinstance(user, GatheredTexts)
        assert len(user.counts) <= 1_000
        assert Counter(texts)["often"] == user.counts["often"]
