"""
The bytes in which profiles are stored: named arrays beside a small JSON header.

Layout: the magic ``MPF``, one byte of format version, eight bytes of uncompressed length
(little-endian), and one zstd frame around an Arrow IPC stream with one row for each array.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from monitoring.arrays import as_binary, as_texts
from monitoring.errors import EncodingError

#: What a header may hold.
JSON = str | int | float | bool | None | list["JSON"] | dict[str, "JSON"]

Array = NDArray[np.int64] | NDArray[np.float64]

VERSION = 1

_PREFIX = struct.Struct("<3sBQ")
_MAGIC = b"MPF"
_HEADER = b"header"
_NAMES = ["name", "type", "planes"]
_WIDTHS = ("<i1", "<i2", "<i4", "<i8")


def pack(header: Mapping[str, JSON], arrays: Mapping[str, Array]) -> bytes:
    """
    Encode *header* and the one-dimensional *arrays*; equal input gives equal bytes.

    The overhead is about 250 bytes. Names keep their order; the header's keys do not.
    """
    text = json.dumps(header, sort_keys=True, separators=(",", ":"), allow_nan=False)
    narrowed = [_narrowed(array) for array in arrays.values()]
    batch = pa.record_batch(
        [
            as_texts(arrays),
            as_texts(array.dtype.str for array in narrowed),
            as_binary([_planes(array) for array in narrowed]),
        ],
        names=_NAMES,
        metadata={_HEADER: text.encode()},
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    stream = sink.getvalue()

    frame = pa.Codec("zstd", compression_level=6).compress(stream, asbytes=True)
    return _PREFIX.pack(_MAGIC, VERSION, stream.size) + frame


def unpack(blob: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    """
    Decode what `pack` encoded.

    Raises:
        EncodingError: when *blob* is not a profile, is damaged, or is of another version.
    """
    stream = _decompressed(blob)
    with pa.ipc.open_stream(stream) as reader:
        table = reader.read_all()
    metadata = table.schema.metadata or {}
    header: dict[str, Any] = json.loads(metadata[_HEADER])

    return header, {
        row["name"]: _array(row["planes"], np.dtype(row["type"])) for row in table.to_pylist()
    }


def _decompressed(blob: bytes) -> pa.Buffer:
    if len(blob) < _PREFIX.size or not blob.startswith(_MAGIC):
        msg = f"The stored profile does not start with {_MAGIC!r}: this program did not write it."
        raise EncodingError(msg)
    _, version, size = _PREFIX.unpack_from(blob)
    if version != VERSION:
        msg = (
            f"The stored profile has format version {version}, this program reads {VERSION}: "
            "profile those days again, or use the release that wrote them."
        )
        raise EncodingError(msg)

    try:
        return pa.Codec("zstd").decompress(blob[_PREFIX.size :], decompressed_size=size)
    except (OSError, pa.ArrowInvalid) as error:
        msg = f"The stored profile is damaged: {error}. Profile those days again."
        raise EncodingError(msg) from error


def _narrowed(array: Array) -> NDArray[Any]:
    kind = array.dtype.newbyteorder("<").str
    if kind not in {"<i8", "<f8"} or array.ndim != 1:
        msg = f"expected one dimension of int64 or float64, got {array.ndim} of {array.dtype}"
        raise TypeError(msg)
    if kind == "<f8":
        return array.astype(kind, copy=False)

    low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
    fitting = (
        width for width in _WIDTHS if np.iinfo(width).min <= low and high <= np.iinfo(width).max
    )
    return array.astype(next(fitting))


def _planes(array: NDArray[Any]) -> bytes:
    # Bytes of equal rank lie together: high bytes are alike, and zstd folds them to nothing.
    octets = np.ascontiguousarray(array).view(np.uint8)
    return octets.reshape(-1, array.itemsize).T.tobytes()


def _array(raw: bytes, kind: np.dtype[Any]) -> Array:
    interleaved = np.frombuffer(raw, np.uint8).reshape(kind.itemsize, -1).T
    values: NDArray[Any] = np.ascontiguousarray(interleaved).reshape(-1).view(kind)
    if kind.kind == "f":
        return values.astype(np.float64, copy=False)

    return values.astype(np.int64, copy=False)
