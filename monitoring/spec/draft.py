"""A monitor file as it was written, perhaps half wrong: what the rules between fields read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from monitoring.spec.fields import read_day
from monitoring.spec.model import Task
from monitoring.spec.problems import FieldPath


@dataclass(frozen=True, slots=True)
class Draft:
    """Values of the shape that was asked for; what has another shape is absent."""

    data: Mapping[str, object]

    def get(self, *path: str) -> object:
        """Return the value at *path*, or ``None`` where there is none."""
        current: object = self.data
        for key in path:
            current = current.get(key) if isinstance(current, dict) else None

        return current

    def has(self, *path: str) -> bool:
        """Return whether *path* has a value."""
        return self.get(*path) is not None

    def text(self, *path: str) -> str | None:
        """Return the value at *path* if it is text."""
        value = self.get(*path)

        return value if isinstance(value, str) else None

    def mapping(self, *path: str) -> dict[str, object]:
        """Return the mapping at *path*, which is empty where there is none."""
        value = self.get(*path)

        return value if isinstance(value, dict) else {}

    def day(self, *path: str) -> date | None:
        """Return the value at *path* if it is a day."""
        try:
            return read_day(self.get(*path))
        except ValueError:
            return None

    def task(self) -> Task | None:
        """Return the task, if it is one."""
        name = self.text("task")

        return Task(name) if name in set(Task) else None

    @property
    def by_batch(self) -> bool:
        """Whether the monitor runs by batch instead of by day."""
        return self.has("predictions", "batch")

    def scores(self) -> Iterator[tuple[FieldPath, str]]:
        """Yield the fields of the score columns, and those columns."""
        path: FieldPath = ("predictions", "score")
        entries = {
            (*path, key): value for key, value in self.mapping("predictions", "score").items()
        }
        for field, column in (entries or {path: self.get("predictions", "score")}).items():
            if isinstance(column, str):
                yield field, column

    def columns(self, key: str) -> Iterator[tuple[FieldPath, str]]:
        """Yield the fields of the list *key*, and the columns that they name."""
        entries = self.get(key)
        for position, entry in enumerate(entries if isinstance(entries, list) else []):
            name = entry.get("name") if isinstance(entry, dict) else entry
            if isinstance(name, str):
                yield (key, position), name

    def named(self, part: str, *keys: str) -> Iterator[tuple[FieldPath, str]]:
        """Yield the fields among *keys* of *part* that name a column, and those columns."""
        for key in keys:
            if (column := self.text(part, key)) is not None:
                yield (part, key), column
