"""What pydantic found wrong with a monitor file, in words of the monitor file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from monitoring.spec.keys import key_of, keys_beside, monitor_keys
from monitoring.spec.problems import FieldPath, Problem, closest, printable, shown

_Context = Mapping[str, Any]

_PATTERNS = {
    r"^[A-Za-z_][A-Za-z0-9_]*$": "letters, digits and underscores, with no digit first",
    r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$": "a function as module:function",
}

#: What was expected, by the type of the error.
_EXPECTED: dict[str, Callable[[_Context], str]] = {
    "string_type": lambda _: "text",
    "string_too_short": lambda _: "some text",
    "string_too_long": lambda ctx: f"at most {ctx['max_length']} characters",
    "int_type": lambda _: "a whole number",
    "int_parsing": lambda _: "a whole number",
    "int_from_float": lambda _: "a whole number",
    "greater_than_equal": lambda ctx: f"{ctx['ge']} or more",
    "float_type": lambda _: "a number",
    "float_parsing": lambda _: "a number",
    "finite_number": lambda _: "a finite number",
    "bool_type": lambda _: "true or false",
    "bool_parsing": lambda _: "true or false",
    "list_type": lambda _: "a list",
    "too_short": lambda _: "at least one entry",
    "dict_type": lambda _: "a mapping",
    "model_type": lambda _: "a mapping",
    "literal_error": lambda ctx: str(ctx["expected"]),
    "enum": lambda ctx: str(ctx["expected"]),
    "string_pattern_mismatch": lambda ctx: _PATTERNS[ctx["pattern"]],
}

#: Errors that say the shape is wrong; beside a more exact one in a union they are noise.
_SHAPES = frozenset(name for name in _EXPECTED if name.endswith("_type")) | {"literal_error"}


def problems_of(error: ValidationError, data: Mapping[str, object]) -> list[Problem]:
    """Return the problems of *error*, which was raised for *data*: one for each field."""
    found: dict[FieldPath, list[dict[str, Any]]] = {}
    for each in error.errors():
        found.setdefault(_field(each, data), []).append(dict(each))

    return [
        _problem(field, errors)
        for field, errors in found.items()
        if not _only_shape(errors) or not any(_is_below(other, field) for other in found)
    ]


def _field(error: Any, data: Mapping[str, object]) -> FieldPath:  # noqa: ANN401 - pydantic's dict
    """Return the location of *error* without the names that pydantic gives to union branches."""
    current: object = data
    field: list[str | int] = []
    for key in error["loc"]:
        inside = key in current if isinstance(current, dict) else isinstance(key, int)
        if inside and isinstance(current, dict | list):
            current = current[key]
        elif error["type"] != "missing" or key != error["loc"][-1]:
            continue
        field.append(key)

    return tuple(field)


def _is_below(other: FieldPath, field: FieldPath) -> bool:
    return len(other) > len(field) and other[: len(field)] == field


def _only_shape(errors: Iterable[dict[str, Any]]) -> bool:
    return all(error["type"] in _SHAPES for error in errors)


def _problem(field: FieldPath, errors: list[dict[str, Any]]) -> Problem:
    exact = [error for error in errors if error["type"] not in _SHAPES]
    first = (exact or errors)[0]
    if first["type"] == "extra_forbidden":
        return _unknown_key(field)
    if first["type"] == "missing":
        return Problem(field, f"missing, but required: {_description(field)}")
    if first["type"] == "value_error":
        return Problem(field, f"{first['ctx']['error']}.")

    return Problem(field, _unexpected(field, exact[:1] or errors))


def _unexpected(field: FieldPath, errors: list[dict[str, Any]]) -> str:
    words = [
        _EXPECTED[error["type"]](error.get("ctx", {}))
        if error["type"] in _EXPECTED
        else error["msg"]
        for error in errors
    ]
    expected = " or ".join(dict.fromkeys(words))
    if expected == "a mapping":
        expected += f" with {', '.join(keys_beside((*field, '')))}"
    value = errors[0]["input"]
    is_plain = isinstance(value, int | float) and not isinstance(value, bool)
    remedy = "; put it in quotes" if expected == "text" and is_plain else ""

    return f"expected {expected}, got {shown(value)}{remedy}."


def _unknown_key(field: FieldPath) -> Problem:
    word, beside = str(field[-1]), keys_beside(field)
    # A key that is right in another part was misplaced, not misspelt.
    elsewhere = [key.name for key in monitor_keys() if key.path[-1] == word]
    if elsewhere:
        return Problem(field, f"unknown key; did you mean {' or '.join(elsewhere)}?")
    if (meant := closest(word, beside)) is not None:
        return Problem(field, f"unknown key; did you mean {meant}?", meant=(*field[:-1], meant))

    return Problem(field, f"unknown key; the keys here are {', '.join(map(printable, beside))}.")


def _description(field: FieldPath) -> str:
    key = key_of(field)
    text = key.description if key else "add it."

    return text[:1].lower() + text[1:]
