"""One tidy row per number: the unit of every measure, store, table and export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

#: Stands for all rows (segment), all versions (version) or the whole model (column).
ALL = "*"


class Verdict(StrEnum):
    """What a threshold says of a number."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    NO_DATA = "no_data"
    INSUFFICIENT_DATA = "insufficient_data"

    @property
    def breached(self) -> bool:
        """Whether the number is outside its bounds."""
        return self in {Verdict.WARNING, Verdict.CRITICAL}

    @property
    def decided(self) -> bool:
        """Whether there were rows enough to compare the number with its bounds."""
        return self is Verdict.OK or self.breached


@dataclass(frozen=True, slots=True)
class Measure:
    """
    A number with its sampling uncertainty and its sample size.

    *value* is ``None`` where the number is undefined; *reason* then says why
    ("one class only"). *lower* and *upper* bound a 95 % interval.
    """

    column: str
    metric: str
    value: float | None
    rows: int
    lower: float | None = None
    upper: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """A judged measure of one model, version, segment and window: a row of the results table."""

    model: str
    version: str
    segment: str
    window: str
    window_start: str
    window_end: str
    column: str
    metric: str
    value: float | None
    lower: float | None
    upper: float | None
    rows: int
    threshold_low: float | None
    threshold_high: float | None
    verdict: Verdict | None
    as_of: datetime
    run_id: str
    reason: str | None = None

    @property
    def last_partition(self) -> str:
        """The partition with which the window ends: its last day, or the batch."""
        if self.window_start == self.window_end:
            return self.window_start

        return (date.fromisoformat(self.window_end) - timedelta(days=1)).isoformat()

    def because(self, reason: str) -> str:
        """
        Return *reason*, and after it what was said of the number before.

        Where there is no number, only why there is none: nothing else can be said of it.
        """
        if self.reason is None:
            return reason

        return self.reason if self.value is None else f"{reason}; {self.reason}"

    @property
    def breached(self) -> bool:
        """Whether the number is outside its bounds."""
        return self.verdict is not None and self.verdict.breached

    @property
    def decided(self) -> bool:
        """Whether the number was compared with its bounds: it can open or close an incident."""
        return self.verdict is not None and self.verdict.decided


#: The public columns, in the order in which `monitor results` prints them.
COLUMNS = (
    "model",
    "version",
    "segment",
    "window",
    "window_start",
    "window_end",
    "column",
    "metric",
    "value",
    "lower",
    "upper",
    "rows",
    "threshold_low",
    "threshold_high",
    "verdict",
    "as_of",
    "run_id",
)
