"""Spans in which a warehouse stays open, since opening may cost more than a small day's rows."""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, runtime_checkable

from resources.warehouse.warehouse import Warehouse


@runtime_checkable
class Reusable(Protocol):
    """A warehouse that can serve several statements before it closes."""

    def session(self) -> AbstractContextManager[None]:
        """Keep open what is opened, until the end of the block."""


def session_of(warehouse: Warehouse) -> AbstractContextManager[None]:
    """
    Keep *warehouse* open until the end of the block, where that makes a difference.

    A DuckDB file admits no writer meanwhile, so the block should be the reading of one step.
    """
    return warehouse.session() if isinstance(warehouse, Reusable) else nullcontext()
