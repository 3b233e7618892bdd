"""
The exceptions that callers can catch.

* MonitorError
  * MonitorSpecError: a monitor file cannot be used as it is
  * SettingsError: a setting of the environment or the command line is wrong
  * WarehouseError: a table cannot be read
    * TableNotFoundError
    * ColumnNotFoundError
  * LayoutError: profiles of different layouts were added or compared
  * EncodingError: stored bytes are not a profile that this program can read
  * ColumnTypeError: a column has a type that cannot be profiled
  * ResultsError: the results store cannot be read or written
  * TrainingError: a trainer did not deliver a usable model
  * RegistryError: versions cannot be shown in another registry
  * DeliveryError: a message did not reach its channel
"""

from __future__ import annotations

from collections.abc import Sequence


class MonitorError(Exception):
    """The root of everything that this project raises on purpose."""


class MonitorSpecError(MonitorError):
    """
    A monitor file cannot be used as it is.

    Every problem is one line that names file, line, field, value and remedy.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))

        #: One line for each mistake, in the order of the file.
        self.problems = tuple(problems)


class SettingsError(MonitorError):
    """A setting of the environment or the command line is wrong."""


class WarehouseError(MonitorError):
    """A table cannot be read."""

    def __init__(self, message: str, *, table: str) -> None:
        super().__init__(message)

        #: The table as the monitor file names it.
        self.table = table


class TableNotFoundError(WarehouseError):
    """The warehouse has no such table, view or file."""


class ColumnNotFoundError(WarehouseError):
    """The table exists, but not with this column."""

    def __init__(self, message: str, *, table: str, column: str) -> None:
        super().__init__(message, table=table)

        #: The column that was asked for.
        self.column = column


class LayoutError(MonitorError):
    """Profiles of different layouts were added or compared."""


class EncodingError(MonitorError):
    """Stored bytes are not a profile that this program can read."""


class ColumnTypeError(MonitorError):
    """A column has a type that cannot be profiled."""

    def __init__(self, message: str, *, column: str) -> None:
        super().__init__(message)

        #: The column that was refused.
        self.column = column


class ResultsError(MonitorError):
    """The results store cannot be read or written."""


class TrainingError(MonitorError):
    """A trainer did not deliver a usable model."""


class RegistryError(MonitorError):
    """Versions cannot be shown in another registry."""


class DeliveryError(MonitorError):
    """A message did not reach its channel."""

    def __init__(self, message: str, *, retryable: bool, retry_after: float | None = None) -> None:
        super().__init__(message)

        #: Whether sending the same message again may help.
        self.retryable = retryable

        #: Seconds that the channel asked to wait, if it did.
        self.retry_after = retry_after
