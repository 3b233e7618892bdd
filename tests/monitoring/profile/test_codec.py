"""Tests of the bytes in which profiles are stored."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from monitoring.errors import EncodingError
from monitoring.profile.codec import VERSION, pack, unpack

INTEGERS = arrays.arrays(np.int64, st.integers(0, 40), elements=st.integers(-(2**63), 2**63 - 1))
FLOATS = arrays.arrays(np.float64, st.integers(0, 40), elements=st.floats())


class TestPack:
    """Tests of encoding."""

    @given(INTEGERS, FLOATS)
    @settings(deadline=None)
    def test_round_trip(self, counts: NDArray[np.int64], sums: NDArray[np.float64]) -> None:
        """
        Every bit of every array comes back, NaN and infinities among them.
        """
        header, found = unpack(pack({"rows": 3, "name": "ä"}, {"counts": counts, "sums": sums}))

        assert {"rows": 3, "name": "ä"} == header
        assert counts.dtype == found["counts"].dtype
        assert counts.tobytes() == found["counts"].tobytes()
        assert sums.tobytes() == found["sums"].tobytes()

    def test_equal_input_gives_equal_bytes(self) -> None:
        """
        Equal headers and arrays have equal bytes, whatever the order of the header's keys.
        """
        numbers = {"n": np.arange(100)}

        assert pack({"a": 1, "b": 2}, numbers) == pack({"b": 2, "a": 1}, numbers)

    def test_overhead(self) -> None:
        """
        Nothing at all costs less than 300 bytes, and a thousand zeros next to nothing more.
        """
        nothing = pack({}, {"n": np.zeros(0, dtype=np.int64)})

        assert len(nothing) < 300
        assert len(pack({}, {"n": np.zeros(1000, dtype=np.int64)})) < len(nothing) + 30

    def test_refuses_other_types(self) -> None:
        """
        Only 64-bit integers and floats are stored: nothing is converted unseen.
        """
        with pytest.raises(TypeError, match="int32"):
            pack({}, {"n": np.zeros(2, dtype=np.int32)})  # type: ignore[dict-item]


class TestUnpack:
    """Tests of decoding."""

    def test_foreign_bytes(self) -> None:
        """
        Bytes that are no profile are refused.
        """
        with pytest.raises(EncodingError, match="did not write it"):
            unpack(b"PAR1 and so on, long enough")

    def test_other_version(self) -> None:
        """
        Another format version is named together with the remedy.
        """
        blob = bytearray(pack({}, {}))
        blob[3] = VERSION + 1

        with pytest.raises(EncodingError, match=f"version {VERSION + 1}"):
            unpack(bytes(blob))

    def test_damaged(self) -> None:
        """
        A truncated profile is an error of its own kind.
        """
        with pytest.raises(EncodingError, match="damaged"):
            unpack(pack({}, {"n": np.arange(50)})[:-5])
