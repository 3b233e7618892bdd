"""What DuckDB is told before a statement, so that reading takes little memory and no more time."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from monitoring.spec.tables import is_file
from resources.warehouse.warehouse import Statement

#: Memory for a plain scan of a database, and for each of its columns, in MB: several times what it
#: needs, and no cache of the file besides, which would grow with every row that was read.
SCAN_MEMORY, COLUMN_MEMORY = 100, 3

#: What everything but a scan may have: joins would spill to a disk that may be read only.
_ALL_THREADS, _ALL_MEMORY = "RESET threads", "RESET memory_limit"


def settings_of(statement: Statement, values: Sequence[str]) -> Iterator[str]:
    """
    Yield the settings for *statement*, whose *values* include the paths of its files.

    They hold for the whole process, so each statement says all that another one may have changed.
    """
    files = [value for value in values if is_file(value)]
    # Reading whole row groups ahead pays only for what is far away.
    if files and not any("://" in file for file in files):
        yield "SET disable_parquet_prefetching = true"
    scan = is_scan(statement)
    # Every thread would hold a row group of its own.
    yield "SET threads = 1" if scan else _ALL_THREADS
    if scan and not files:
        memory = SCAN_MEMORY + COLUMN_MEMORY * len(statement.selected_columns)
        yield f"SET memory_limit = '{memory}MB'"
    else:
        # A file may have pages of any size, and those of this machine are not cached.
        yield _ALL_MEMORY


def is_scan(statement: Statement) -> bool:
    """Return whether *statement* reads one table from end to end, and keeps nothing of it."""
    sources = 0
    for element in visitors.iterate(statement):
        if isinstance(element, sa.Subquery | sa.Over):
            return False
        # An alias of what reads files is visited beside it.
        if isinstance(element, sa.TableValuedAlias):
            sources += not isinstance(element.element, sa.TableValuedAlias)
        else:
            sources += isinstance(element, sa.TableClause)

    return sources == 1
