"""resources.warehouse.collecting: profiles where the rows are."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

import pyarrow as pa
import sqlalchemy as sa

from monitoring.profile.grouping import Group, GroupKeys
from resources.warehouse.collecting import collect_from


@dataclass(frozen=True)
class Rows:
    """A profile that counts."""

    number: int

    def __add__(self, other: Self) -> "Rows":
        return Rows(self.number + other.number)


class Here:
    """A warehouse in this process, with a batch for each of *parts*."""

    def __init__(self, *parts: list[str]) -> None:
        self.parts = [pa.RecordBatch.from_pydict({"day": part}) for part in parts]

    def schema(self, table: str) -> pa.Schema:
        """Return nothing: no table is described here."""
        raise LookupError(table)

    def relation(self, table: str) -> sa.FromClause:
        """Return nothing: no table is described here."""
        raise LookupError(table)

    def stream(self, _: Any) -> Iterator[pa.RecordBatch]:  # noqa: ANN401
        """Yield all batches."""
        yield from self.parts


class Elsewhere(Here):
    """A warehouse with a worker for each of its parts."""

    def stream(self, statement: Any) -> Iterator[pa.RecordBatch]:  # noqa: ANN401
        """Fail: rows must not come here."""
        raise AssertionError(statement)

    def summaries(
        self,
        _: Any,  # noqa: ANN401
        summarise: Callable[[Iterator[pa.RecordBatch]], Any],
    ) -> Iterator[Any]:
        """Yield the summary of each part."""
        return (summarise(iter([part])) for part in self.parts)


def counted(warehouse: Here, *days: str) -> dict[Group, Rows]:
    """Return the rows of each day."""
    return collect_from(
        warehouse,
        sa.select(sa.literal(1)),
        GroupKeys("day"),
        lambda batch: Rows(batch.num_rows),
        empty=Rows(0),
        partitions=days,
    )


class TestCollectFrom:
    """The same groups, wherever their rows are."""

    def test_same(self) -> None:
        """
        Parts of a day add up; a day without rows is there, and one that was not asked for is not.
        """
        parts = [["a", "a", "b"], ["a"], ["c"]]
        expected = {Group("a"): Rows(3), Group("b"): Rows(1), Group("d"): Rows(0)}

        assert expected == counted(Here(*parts), "a", "b", "d")
        assert expected == counted(Elsewhere(*parts), "a", "b", "d")

    def test_no_parts(self) -> None:
        """
        A table without any part has empty days.
        """
        assert {Group("a"): Rows(0)} == counted(Elsewhere(), "a")
