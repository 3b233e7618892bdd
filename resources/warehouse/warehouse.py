"""What the monitor asks of a database: the types of a table, and rows as a stream."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

import pyarrow as pa
import sqlalchemy as sa

S = TypeVar("S")

Statement: TypeAlias = sa.Select[*tuple[Any, ...]]


class Warehouse(Protocol):
    """
    A place where tables of predictions and actuals lie, opened for reading only.

    Statements are SQLAlchemy Core; each warehouse compiles them to its own dialect, so that
    identifiers are quoted and values bound in one place.
    """

    def schema(self, table: str) -> pa.Schema:
        """
        Return the column names and Arrow types of *table*.

        Raises:
            TableNotFoundError: when there is no such table; names what is there.
            WarehouseError: when the warehouse cannot be read.
        """

    def relation(self, table: str) -> sa.FromClause:
        """Return *table* as something to select from, with its columns."""

    def stream(self, statement: Statement) -> Iterator[pa.RecordBatch]:
        """
        Yield the rows of *statement* in record batches, in constant memory.

        Raises:
            WarehouseError: when the warehouse refuses the statement.
        """


@runtime_checkable
class Distributed(Protocol):
    """A warehouse on several machines, each of which can summarise the rows that it has."""

    def summaries(
        self, statement: Statement, summarise: Callable[[Iterator[pa.RecordBatch]], S]
    ) -> Iterator[S]:
        """
        Yield what *summarise* makes of each part of the rows of *statement*.

        Raises:
            WarehouseError: when the warehouse refuses the statement.
        """


def no_rows(schema: pa.Schema) -> pa.RecordBatch:
    """Return a record batch of *schema* without rows."""
    return pa.RecordBatch.from_arrays([pa.nulls(0, each.type) for each in schema], schema=schema)


def read_table(warehouse: Warehouse, statement: Statement) -> pa.Table:
    """Return all rows of *statement*: for references and training sets, which are bounded."""
    batches = list(warehouse.stream(statement))

    return pa.Table.from_batches(batches) if batches else pa.table({})


def read_compact(warehouse: Warehouse, statement: Statement) -> pa.Table:
    """
    Return all rows of *statement*, texts as dictionaries.

    A day, a class or a segment then takes 4 bytes a row: what a long reference can afford.
    """
    parts = [pa.Table.from_batches([_encoded(batch)]) for batch in warehouse.stream(statement)]

    return pa.concat_tables(parts).unify_dictionaries() if parts else pa.table({})


#: The types of texts; a dictionary is one already.
_TEXTS = (pa.string(), pa.large_string())


def _encoded(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = [
        column.dictionary_encode() if column.type in _TEXTS else column for column in batch.columns
    ]

    return pa.RecordBatch.from_arrays(columns, batch.schema.names)
