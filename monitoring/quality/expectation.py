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
from monitoring.quality.families import family_of
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
    DISTINCT_LOW = "distinct_low"
    DISTINCT_HIGH = "distinct_high"
    FRESH_AFTER = "fresh_after"
    NOW = "now"

    @property
    def placeholder(self) -> dict[str, JsonValue]:
        """What stands in the suite until then."""
        return {PARAMETER: self.value}


#: How the names of types begin: one of Great Expectations' own begins otherwise.
_KINDS = ("expect_", "unexpected_rows_expectation")

#: The keys of an expectation, and of our part of its ``meta``, that are read here.
_GX = frozenset({"type", "expectation_type", "kwargs", "severity", "meta"})
_OURS = frozenset(
    {"id", "family", "reason", "bound", "evidence", "subject", "enabled", "generated", "drafted"}
)

_E = TypeVar("_E", bound=StrEnum)


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
    with which the expectation left the generator, ``None`` when a person wrote it, and *drafted*
    digests its `details`: so an edit can be told from an old version. *notes* and *extras* are what
    a person wrote beside: into its ``meta``, and into the expectation itself (``description``).
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
    drafted: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, JsonValue] = field(default_factory=dict)
    extras: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """A short digest of what is expected, as a whole."""
        parts = [self.type, self.column, self.kwargs, self.severity, self.family, self.enabled]

        return _digest(parts, 12)

    @property
    def details(self) -> dict[str, str | float]:
        """What a person may edit without touching the rest: the words and each of the evidence."""
        evidence = {f"evidence.{name}": float(value) for name, value in self.evidence.items()}

        return {"reason": self.reason, "bound": self.bound, **evidence}

    @property
    def edited_details(self) -> frozenset[str]:
        """The `details` that a person wrote or changed; files of old versions do not tell."""
        if self.generated is None:
            return frozenset(self.details)
        known = self.drafted

        return frozenset(
            name
            for name, value in self.details.items()
            if known and known.get(name) != _digest(value, 6)
        )

    @property
    def edited(self) -> bool:
        """Whether a person wrote or changed this expectation."""
        return self.generated != self.fingerprint or bool(self.edited_details)

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
            "drafted": dict(self.drafted),
        }
        theirs = self.notes.get(META)
        meta = {**self.notes, META: {**(theirs if isinstance(theirs, dict) else {}), **ours}}
        column: dict[str, JsonValue] = {} if self.column is None else {"column": self.column}

        return {
            **self.extras,
            "type": self.type,
            "kwargs": column | dict(self.kwargs),
            "severity": self.severity.value,
            "meta": meta,
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
        if not isinstance(kind, str) or not kind.startswith(_KINDS):
            msg = f'{source}: expected a "type" such as expect_column_to_exist, got {kind!r}.'
            raise MonitorError(msg)

        kwargs = dict(_mapping(configuration.get("kwargs"), f"{source}: {kind}: kwargs"))
        meta = dict(_mapping(configuration.get("meta"), f"{source}: {kind}: meta"))
        ours = _mapping(meta.pop(META, None), f"{source}: {kind}: meta: {META}")
        theirs = {name: value for name, value in ours.items() if name not in _OURS}
        drafted = _mapping(ours.get("drafted"), f"{source}: {kind}: drafted")
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
            evidence={name: _evidence(value, source, name) for name, value in evidence.items()},
            subject=subject,
            enabled=ours.get("enabled", True) is not False,
            generated=None if generated is None else str(generated),
            drafted={name: str(digest) for name, digest in drafted.items()},
            notes=meta | ({META: theirs} if theirs else {}),
            extras={name: value for name, value in configuration.items() if name not in _GX},
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

    digests = {name: _digest(value, 6) for name, value in drafted.details.items()}

    return replace(drafted, generated=drafted.fingerprint, drafted=digests)


def expectation_id(kind: str, column: str | None, role: str | None = None) -> str:
    """
    Return the stable name of an expectation: its type, its column and, of several, its role.

    >>> expectation_id("expect_table_row_count_to_be_between", None, "weekday")
    'expect_table_row_count_to_be_between:*:weekday'
    """
    return ":".join([kind, "*" if column is None else column, *([role] if role else [])])


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


def _evidence(value: JsonValue, source: str, name: str) -> float:
    if not isinstance(value, int | float):
        msg = f"{source}: evidence: {name}: expected a number, got {value!r}."
        raise MonitorError(msg)

    return float(value)


def _digest(value: object, length: int) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:length]


def _severity(value: JsonValue, where: str) -> Severity:
    # Great Expectations takes "critical" for granted.
    return Severity.CRITICAL if value is None else _member(Severity, value, where)
