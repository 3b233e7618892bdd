"""Parquet and CSV files beside the tables of a database."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.sql import visitors

from monitoring.errors import WarehouseError
from monitoring.spec.tables import is_file
from resources.warehouse.session import session_of
from resources.warehouse.warehouse import Statement, Warehouse


class FilesBeside:
    """
    A database, and another warehouse for what a monitor names by path.

    A reference may so lie in a file, with predictions and actuals in the database. What a statement
    joins lies in one of them: neither sees the other's rows.
    """

    def __init__(self, database: Warehouse, files: Warehouse) -> None:
        self._database = database
        self._files = files

    def __repr__(self) -> str:
        return repr(self._database)

    def schema(self, table: str) -> pa.Schema:
        """Return the column names and Arrow types of *table*."""
        return self._of(table).schema(table)

    def relation(self, table: str) -> sa.FromClause:
        """Return *table* as something to select from, with its columns."""
        return self._of(table).relation(table)

    def stream(self, statement: Statement) -> Iterator[pa.RecordBatch]:
        """Yield the rows of *statement* in record batches, in constant memory."""
        kinds = {isinstance(source, sa.TableValuedAlias) for source in _sources(statement)}
        if len(kinds) > 1:
            msg = (
                "A table of the database cannot be joined with a file; "
                "load the file into the database, or name files for both."
            )
            raise WarehouseError(msg, table=repr(self._database))
        warehouse = self._files if True in kinds else self._database

        return warehouse.stream(statement)

    @contextmanager
    def session(self) -> Iterator[None]:
        """Keep both open until the end of the block."""
        with session_of(self._database), session_of(self._files):
            yield

    def _of(self, table: str) -> Warehouse:
        return self._files if is_file(table) else self._database


def _sources(statement: Statement) -> Iterator[sa.FromClause]:
    for element in visitors.iterate(statement):
        if isinstance(element, sa.TableValuedAlias | sa.TableClause):
            yield element
