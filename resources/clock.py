"""The time, as something that can be set."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Says what time it is: now, or the moment whose knowledge a run is to have."""

    def now(self) -> datetime:
        """Return the time, aware and in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time, aware and in UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class SetClock:
    """A clock that stands where it was set: for ``--as-of``, and to live through the past."""

    time: datetime

    def now(self) -> datetime:
        """Return the time to which this clock was set."""
        return self.time
