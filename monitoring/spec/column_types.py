"""Which Arrow types fit which use of a column."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import pyarrow as pa

from monitoring.profile.columns import is_numeric, is_profilable, is_temporal, plain_type
from monitoring.profile.outcomes.labels import class_key, class_order
from monitoring.spec.model import FeatureType, Label


class Use(StrEnum):
    """What a column is used for; the value says what it has to hold."""

    KEY = "texts or numbers"
    TIME = "timestamps or dates"
    TICKS = "whole numbers"
    NUMBER = "numbers"
    CLASS = "texts, whole numbers or booleans"
    NUMERIC_FEATURE = "numbers, dates or booleans"
    CATEGORICAL_FEATURE = "texts, numbers, dates or booleans"


def _is_number(kind: pa.DataType) -> bool:
    return (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_null(kind)
    )


# A class label with missing values comes out of pandas as a float: 0.0, 1.0 and nothing.
_FITS: dict[Use, Callable[[pa.DataType], bool]] = {
    Use.KEY: is_profilable,
    Use.TIME: is_temporal,
    Use.TICKS: pa.types.is_integer,
    Use.NUMBER: _is_number,
    Use.CLASS: lambda kind: is_profilable(kind) and not pa.types.is_temporal(kind),
    Use.NUMERIC_FEATURE: is_numeric,
    Use.CATEGORICAL_FEATURE: is_profilable,
}

FEATURE_USES = {
    FeatureType.NUMERIC: Use.NUMERIC_FEATURE,
    FeatureType.CATEGORICAL: Use.CATEGORICAL_FEATURE,
    FeatureType.AGE: Use.TIME,
}


def column_type(schema: pa.Schema | str, column: str) -> pa.DataType | None:
    """Return the type of *column*, if *schema* could be read and has one such column."""
    if isinstance(schema, str) or schema.names.count(column) != 1:
        return None

    kind: pa.DataType = schema.field(column).type
    return kind


def fits(kind: pa.DataType, use: Use) -> bool:
    """Return whether a column of *kind* can be used so."""
    return _FITS[use](plain_type(kind))


def label_fits(kind: pa.DataType, label: Label) -> bool:
    """
    Return whether *label* can be found in a column of *kind*, as classes are compared.

    >>> label_fits(pa.int8(), "1"), label_fits(pa.string(), 1), label_fits(pa.bool_(), "yes")
    (True, True, False)
    """
    plain, key = plain_type(kind), class_key(label)
    if pa.types.is_boolean(plain):
        return key in {"0", "1"}
    if _is_number(plain):
        return key is not None and not class_order(key)[0]

    return True


def joinable(left: pa.DataType, right: pa.DataType) -> bool:
    """Return whether values of the two types can be equal: texts are compared with anything."""
    kinds = plain_type(left), plain_type(right)
    if any(pa.types.is_null(kind) or not is_numeric(kind) for kind in kinds):
        return True

    return _is_number(kinds[0]) == _is_number(kinds[1])
