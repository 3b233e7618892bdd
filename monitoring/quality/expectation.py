"""An expectation: one sentence about a day's rows, in Great Expectations' words and ours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self, TypeVar

from pydantic import JsonValue

from monitoring.errors import MonitorError
from monitoring.spec.model import Family

#: Under this key of the ``meta`` of a Great Expectations expectation stands all that is ours.
META = "monitor"

#: Great Expectations' own spelling of a value that is filled in when the expectation runs.
PARAMETER = "$PARAMETER"


class Parameter(StrEnum):
    """What is known of an expectation only when its day is: `monitoring.quality.day` fills it."""

    MOSTLY = "mostly_at_rows"
    DAY_START = "day_start"
    DAY_END = "day_end"
    ROWS_LOW = "rows_low"
    ROWS_HIGH = "rows_high"
    FRESH_AFTER = "fresh_after"
    NOW = "now"

    @property
    def placeholder(self) -> dict[str, JsonValue]:
        """What stands in the suite until then."""
        return {PARAMETER: self.value}


_E = TypeVar("_E", bound=StrEnum)

_FAMILIES = (
    (("_type", "table_column", "column_to_exist"), Family.SCHEMA),
    (("null",), Family.COMPLETENESS),
    (("row_count",), Family.VOLUME),
    (("in_set", "distinct_values", "unique_value_count", "most_common"), Family.CATEGORIES),
    (("unique",), Family.UNIQUENESS),
)


class Severity(StrEnum):
    """How bad it is when an expectation is not met; what is *info* is told, and is no failure."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Subject(StrEnum):
    """
    What an expectation looks at: the day's *rows*, its *actuals*, or the list of *columns*.

    The list of columns is a table of its own, with one row (``column``, ``type``) per column; so
    one core expectation judges all types at once, alike for every warehouse. The actuals are the
    labels that were recorded on the day, whatever the day of their predictions.
    """

    ROWS = "rows"
    ACTUALS = "actuals"
    COLUMNS = "columns"


@dataclass(frozen=True, slots=True)
class Expectation:
    """
    One sentence about a day's rows.

    *column* is the column of the rows that it is about, ``None`` for the table as a whole.
    *kwargs* are Great Expectations' without that column; a value ``{"$PARAMETER": name}`` is filled
    in for each day, from *evidence* where it rests on the reference. *generated* is the fingerprint
    with which the expectation left the generator, ``None`` when a person wrote it: so an edit can
    be told from an old version.
    """

    id: str
    type: str
    column: str | None
    kwargs: Mapping[str, JsonValue]
    family: Family
    severity: Severity
    reason: str
    bound: str
    evidence: Mapping[str, float] = field(default_factory=dict)
    subject: Subject = Subject.ROWS
    enabled: bool = True
    generated: str | None = None
    notes: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """A short digest of all that a person may edit."""
        parts = [self.type, self.column, self.kwargs, self.severity, self.family, self.enabled]

        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def edited(self) -> bool:
        """Whether a person wrote or changed this expectation."""
        return self.generated != self.fingerprint

    @property
    def parameters(self) -> dict[str, str]:
        """The keyword arguments that still wait for their day, with their parameters' names."""
        return {
            key: str(value[PARAMETER])
            for key, value in self.kwargs.items()
            if isinstance(value, dict) and PARAMETER in value
        }

    def to_gx(self) -> dict[str, JsonValue]:
        """Return the configuration that Great Expectations reads."""
        ours: dict[str, JsonValue] = {
            "id": self.id,
            "family": self.family.value,
            "reason": self.reason,
            "bound": self.bound,
            "evidence": dict(self.evidence),
            "subject": self.subject.value,
            "enabled": self.enabled,
            "generated": self.generated,
        }
        column: dict[str, JsonValue] = {} if self.column is None else {"column": self.column}

        return {
            "type": self.type,
            "kwargs": column | dict(self.kwargs),
            "severity": self.severity.value,
            "meta": {**self.notes, META: ours},
        }

    @classmethod
    def from_gx(cls, configuration: Mapping[str, JsonValue], *, source: str) -> Self:
        """
        Read a configuration of Great Expectations, ours or anybody's.

        One without our ``meta`` gets its family from its type, and is an edit for ever.

        Raises:
            MonitorError: when the configuration is not one of Great Expectations.
        """
        # Suites of Great Expectations 0.x call it expectation_type.
        kind = configuration.get("type", configuration.get("expectation_type"))
        if not isinstance(kind, str) or not kind.startswith("expect_"):
            msg = f'{source}: expected a "type" such as expect_column_to_exist, got {kind!r}.'
            raise MonitorError(msg)

        kwargs = dict(_mapping(configuration.get("kwargs"), f"{source}: {kind}: kwargs"))
        meta = dict(_mapping(configuration.get("meta"), f"{source}: {kind}: meta"))
        ours = _mapping(meta.pop(META, None), f"{source}: {kind}: meta: {META}")
        evidence = _mapping(ours.get("evidence"), f"{source}: {kind}: evidence")
        generated = ours.get("generated")
        subject = _member(Subject, ours.get("subject", "rows"), f"{source}: {kind}: subject")
        column = None if subject is Subject.COLUMNS else kwargs.pop("column", None)

        return cls(
            id=str(
                ours.get("id") or expectation_id(kind, column if column is None else str(column))
            ),
            type=kind,
            column=None if column is None else str(column),
            kwargs=kwargs,
            family=_member(
                Family, ours.get("family", family_of(kind)), f"{source}: {kind}: family"
            ),
            severity=_severity(configuration.get("severity"), f"{source}: {kind}: severity"),
            reason=str(ours.get("reason", "It stands in the suite.")),
            bound=str(ours.get("bound", "Set by hand.")),
            evidence={k: float(v) for k, v in evidence.items() if isinstance(v, int | float)},
            subject=subject,
            enabled=ours.get("enabled", True) is not False,
            generated=None if generated is None else str(generated),
            notes=meta,
        )


def draft(  # noqa: PLR0913 - an expectation has this many parts
    kind: str,
    column: str | None,
    kwargs: Mapping[str, JsonValue],
    *,
    family: Family,
    reason: str,
    bound: str,
    severity: Severity = Severity.WARNING,
    role: str | None = None,
    evidence: Mapping[str, float] | None = None,
    subject: Subject = Subject.ROWS,
) -> Expectation:
    """Return an expectation that no person has touched."""
    drafted = Expectation(
        id=expectation_id(kind, column, role),
        type=kind,
        column=column,
        kwargs=kwargs,
        family=family,
        severity=severity,
        reason=reason,
        bound=bound,
        evidence=evidence or {},
        subject=subject,
    )

    return replace(drafted, generated=drafted.fingerprint)


def expectation_id(kind: str, column: str | None, role: str | None = None) -> str:
    """
    Return the stable name of an expectation: its type, its column and, of several, its role.

    >>> expectation_id("expect_table_row_count_to_be_between", None, "weekday")
    'expect_table_row_count_to_be_between:*:weekday'
    """
    return ":".join([kind, "*" if column is None else column, *([role] if role else [])])


def family_of(kind: str) -> Family:
    """Return the family of an expectation of which only the type is known."""
    for words, family in _FAMILIES:
        if any(word in kind for word in words):
            return family

    return Family.VALIDITY


def _mapping(value: JsonValue, where: str) -> Mapping[str, JsonValue]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        msg = f"{where}: expected an object in braces, got {value!r}."
        raise MonitorError(msg)

    return value


def _member(kinds: type[_E], value: JsonValue, where: str) -> _E:
    if value not in list(kinds):
        msg = f"{where}: expected one of {', '.join(kinds)}, got {value!r}."
        raise MonitorError(msg)

    return kinds(str(value))


def _severity(value: JsonValue, where: str) -> Severity:
    # Great Expectations takes "critical" for granted.
    return Severity.CRITICAL if value is None else _member(Severity, value, where)
