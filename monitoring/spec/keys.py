"""Every key of the monitor file, read from its model: for messages and for the documentation."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from monitoring.spec.model import MonitorSpec
from monitoring.spec.problems import FieldPath
from monitoring.windows import format_duration

#: Stands for a position in a list, and for a key that the user names.
ANY = "*"

_WORDS: dict[object, str] = {
    str: "text",
    bool: "true or false",
    int: "whole number",
    float: "number",
    date: "day",
    timedelta: "duration",
    dict: "mapping",
}


@dataclass(frozen=True, slots=True)
class Key:
    """
    A key of the monitor file.

    *default* is written as in a monitor file, and empty for a part, whose keys have their own;
    it is ``None`` where the key is required.
    """

    path: tuple[str, ...]
    type: str
    default: str | None
    description: str

    @property
    def name(self) -> str:
        """The path as people write it: ``features[].name``, ``thresholds.<metric>.low``."""
        return ".".join(self.path).replace(f"features.{ANY}", "features[]").replace(ANY, "<metric>")

    def leads_to(self, field: FieldPath) -> bool:
        """Return whether *field* of a file is an instance of this key."""
        return len(field) == len(self.path) and all(
            mine in {ANY, theirs} for mine, theirs in zip(self.path, field, strict=True)
        )


@cache
def monitor_keys() -> tuple[Key, ...]:
    """Return every key of the monitor file, in the order of the model."""
    return tuple(_walk(MonitorSpec, ()))


def keys_beside(field: FieldPath) -> list[str]:
    """Return the names of the keys that the mapping around *field* may have."""
    return [key.path[-1] for key in monitor_keys() if key.leads_to((*field[:-1], key.path[-1]))]


def key_of(field: FieldPath) -> Key | None:
    """Return the key of which *field* is an instance, if there is one."""
    return next((key for key in monitor_keys() if key.leads_to(field)), None)


def _walk(part: type[BaseModel], path: tuple[str, ...]) -> Iterator[Key]:
    for name, info in part.model_fields.items():
        here = (*path, name)
        yield Key(here, _type(info.annotation), _default(info), info.description or "")
        for inner, below in _parts(info.annotation, here):
            yield from _walk(inner, below)


def _parts(
    annotation: Any,  # noqa: ANN401 - annotations have no common type
    path: tuple[str, ...],
) -> Iterator[tuple[type[BaseModel], tuple[str, ...]]]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        arguments = arguments[:1]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, path
    for argument in arguments:
        yield from _parts(argument, (*path, ANY) if origin in {list, dict} else path)


def _type(annotation: Any) -> str:  # noqa: ANN401 - annotations have no common type
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0])
    if origin in {Union, types.UnionType}:
        return " or ".join(_type(each) for each in arguments if each is not type(None))
    if origin is Literal:
        return " or ".join(f"`{each}`" for each in arguments)
    if origin is list:
        return f"list of {_type(arguments[0])}"
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return " or ".join(f"`{each}`" for each in annotation)

    return _WORDS.get(origin or annotation, "mapping")


def default_value(value: object) -> object:
    """
    Return a default as the values of a monitor file have it.

    >>> default_value([timedelta(days=1), timedelta(days=7)])
    ['1d', '7d']
    """
    if isinstance(value, timedelta):
        return format_duration(value)

    return [default_value(entry) for entry in value] if isinstance(value, list) else value


def _default(info: FieldInfo) -> str | None:
    if info.is_required():
        return None
    value = default_value(info.default)
    if isinstance(value, BaseModel):
        return ""
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"

    return value if isinstance(value, str) and value.isalnum() else json.dumps(value)
