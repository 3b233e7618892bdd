"""The suite file: expectations as Great Expectations' JSON, and how hand edits survive."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import NoReturn

from pydantic import JsonValue

from monitoring.errors import MonitorError
from monitoring.quality.expectation import META, Expectation

_REMEDY = "Correct it, or delete the file to have it generated."


class Change(StrEnum):
    """How an expectation of the suite file differs from the one that was generated."""

    ADDED = "added"
    UPDATED = "updated"
    REMOVED = "removed"
    EDIT_KEPT = "edit_kept"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Difference:
    """One expectation that regeneration added, changed, dropped or left as a person wrote it."""

    id: str
    change: Change
    detail: str

    def __str__(self) -> str:
        return f"{self.change.value}: {self.id}: {self.detail}"


@dataclass(frozen=True, slots=True)
class ReadSuite:
    """
    What a suite file holds.

    *problems* name file, place and remedy of what could not be read; a file that is not *readable*
    holds nothing. Only *ours*, which was generated here, is ever written again, with the *others*:
    whatever stands in it beside the expectations.
    """

    expectations: tuple[Expectation, ...]
    problems: tuple[str, ...]
    readable: bool = False
    ours: bool = False
    others: Mapping[str, JsonValue] = field(default_factory=dict)


def suite_json(
    name: str,
    expectations: Sequence[Expectation],
    others: Mapping[str, JsonValue] = MappingProxyType({}),
) -> str:
    """
    Return the suite file, which Great Expectations 1.x reads as it is.

    It keeps the *others* of the file that it replaces: a name, notes, an owner in the ``meta``.
    """
    suite = {
        "name": name,
        "expectations": [],
        "meta": {META: {"written_by": "monitoring-pipelines"}},
        **others,
    } | {"expectations": [expectation.to_gx() for expectation in expectations]}

    return json.dumps(suite, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def parse_suite(text: str, source: str) -> list[Expectation]:
    """
    Read the suite *source*, ours or anybody's, of Great Expectations 1.x or 0.x.

    Raises:
        MonitorError: when *text* is not a suite; it names file, place and remedy.
    """
    read = read_suite(text, source)
    if read.problems:
        raise MonitorError(read.problems[0])

    return list(read.expectations)


def read_suite(text: str, source: str) -> ReadSuite:
    """
    Read what can be read of the suite file *source*.

    Expectations that share an id are numbered, in the order of the file.
    """
    try:
        suite = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        problem = f"{source}: expected a Great Expectations suite as JSON, but {error}. {_REMEDY}"
        return ReadSuite((), (problem,))
    if not isinstance(suite, dict) or not isinstance(suite.get("expectations"), list):
        found = text.strip()[:60]
        problem = f'{source}: expected an object with a list of "expectations", got {found!r}.'
        return ReadSuite((), (f"{problem} {_REMEDY}",))

    expectations, problems = [], []
    for number, item in enumerate(suite["expectations"]):
        place = f"{source}: expectations[{number}]"
        try:
            expectations.append(Expectation.from_gx(_object(item, place), source=place))
        except MonitorError as error:
            problems.append(f"{error} Correct it, or take it out of the file.")
    meta = suite.get("meta")

    return ReadSuite(
        tuple(_numbered(expectations)),
        tuple(problems),
        readable=True,
        ours=isinstance(meta, dict) and META in meta,
        others={name: value for name, value in suite.items() if name != "expectations"},
    )


def merge_suites(
    generated: Sequence[Expectation], edited: Sequence[Expectation]
) -> tuple[list[Expectation], list[Difference]]:
    """
    Merge a newly *generated* suite into the *edited* one of the file, by id.

    What a person wrote or changed stays, on fresh evidence; what nobody touched is replaced.
    A deleted expectation comes back: to be rid of one, set ``enabled`` to false in its meta.
    """
    old = {expectation.id: expectation for expectation in edited}
    new = {expectation.id for expectation in generated}
    merged: list[Expectation] = []
    differences: list[Difference | None] = []
    for expectation in generated:
        kept, difference = _merge(expectation, old.get(expectation.id))
        merged.append(kept)
        differences.append(difference)

    for expectation in edited:
        if expectation.id not in new:
            differences.append(_without_counterpart(expectation))
            merged.extend([expectation] if expectation.edited else [])

    return merged, [difference for difference in differences if difference is not None]


def _merge(new: Expectation, old: Expectation | None) -> tuple[Expectation, Difference | None]:
    if old is None:
        detail = 'new; set "enabled": false in its meta to switch it off'
        return new, Difference(new.id, Change.ADDED, detail)
    kept = replace(_kept(new, old), notes=old.notes, extras=old.extras)
    if kept.edited:
        return kept, Difference(new.id, Change.EDIT_KEPT, _contrast(new, kept))
    if old.fingerprint != new.fingerprint:
        return kept, Difference(new.id, Change.UPDATED, _contrast(new, old, details=False))

    return kept, None


def _kept(new: Expectation, old: Expectation) -> Expectation:
    """Return *new* with what a person has edited in *old*; evidence that nobody has is fresh."""
    edits = old.edited_details
    evidence = {key: value for key, value in old.evidence.items() if f"evidence.{key}" in edits}
    rule = old if old.generated != old.fingerprint else new

    return replace(
        rule,
        reason=old.reason if "reason" in edits else new.reason,
        bound=old.bound if "bound" in edits else new.bound,
        evidence={**new.evidence, **evidence},
        generated=new.generated,
        drafted=new.drafted,
    )


def _without_counterpart(old: Expectation) -> Difference:
    if old.edited:
        return Difference(old.id, Change.OWN, "written by hand, kept")

    return Difference(old.id, Change.REMOVED, "the reference no longer gives rise to it")


def _contrast(new: Expectation, old: Expectation, *, details: bool = True) -> str:
    fields: list[tuple[str, JsonValue, JsonValue]] = [
        ("severity", old.severity.value, new.severity.value),
        ("family", old.family.value, new.family.value),
        ("enabled", old.enabled, new.enabled),
    ]
    pairs: list[tuple[Mapping[str, JsonValue], Mapping[str, JsonValue]]]
    pairs = [
        (old.kwargs, new.kwargs),
        *([(dict(old.details), dict(new.details))] if details else []),
    ]
    fields += [
        (key, before.get(key), after.get(key))
        for before, after in pairs
        for key in sorted(before.keys() | after.keys())
    ]

    return "; ".join(
        f"{name}: file {_short(before)}, generated {_short(after)}"
        for name, before, after in fields
        if before != after
    )


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)

    return text if len(text) <= 80 else f"{text[:79]}…"  # noqa: PLR2004 - one line of a terminal


def _numbered(expectations: Sequence[Expectation]) -> list[Expectation]:
    seen: Counter[str] = Counter()
    result = []
    for expectation in expectations:
        seen[expectation.id] += 1
        repeat = seen[expectation.id]
        result.append(
            expectation if repeat == 1 else replace(expectation, id=f"{expectation.id}#{repeat}")
        )

    return result


def _object(value: object, place: str) -> dict[str, JsonValue]:
    if not isinstance(value, dict):
        msg = f"{place}: expected an expectation in braces, got {value!r}."
        raise MonitorError(msg)

    return value


def _refuse(constant: str) -> NoReturn:
    msg = f"{constant} is no JSON"
    raise ValueError(msg)
