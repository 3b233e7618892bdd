"""The name of a layout: equal layouts have equal fingerprints, on every machine and release."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from monitoring.errors import LayoutError
from monitoring.profile.codec import JSON, Array


def fingerprint_of(header: Mapping[str, JSON], arrays: Mapping[str, Array]) -> str:
    """Return sixteen hexadecimal digits that stand for *header* and *arrays*."""
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name, array in arrays.items():
        digest.update(name.encode())
        digest.update(array.astype(array.dtype.newbyteorder("<")).tobytes())

    return digest.hexdigest()[:16]


def require_same_layout(expected: str, found: str) -> None:
    """
    Let outcomes be combined only when they were counted in the same bins.

    Raises:
        LayoutError: when the fingerprints differ.
    """
    if expected != found:
        msg = (
            f"Expected outcomes of layout {expected}, found {found}: they were counted against "
            "another reference. Profile those days again."
        )
        raise LayoutError(msg)


def require_kind(header: Mapping[str, JSON], kinds: tuple[str, ...]) -> str:
    """
    Return which of *kinds* was decoded.

    Raises:
        LayoutError: when it is none of them.
    """
    found = header.get("kind")
    if found not in kinds:
        msg = f"Expected stored {' or '.join(kinds)}, found {found}."
        raise LayoutError(msg)

    return str(found)
