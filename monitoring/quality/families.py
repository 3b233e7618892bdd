"""The family of an expectation of which only the type is known."""

from __future__ import annotations

from monitoring.spec.model import Family

_FAMILIES = (
    (("_type", "table_column", "column_to_exist"), Family.SCHEMA),
    (("null",), Family.COMPLETENESS),
    (("row_count",), Family.VOLUME),
    (("in_set", "distinct_values", "unique_value_count", "most_common"), Family.CATEGORIES),
    (("unique",), Family.UNIQUENESS),
)


def family_of(kind: str) -> Family:
    """Return the family of an expectation of which only the type is known."""
    for words, family in _FAMILIES:
        if any(word in kind for word in words):
            return family

    return Family.VALIDITY
