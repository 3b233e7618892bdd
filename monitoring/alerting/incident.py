"""An incident: one cause that troubles one model, from its first breach to its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from monitoring.results import Measurement, Verdict


class Cause(StrEnum):
    """What kind of trouble an incident is; one incident is open per model and cause."""

    QUALITY = "quality"
    DRIFT = "drift"
    PERFORMANCE = "performance"
    LABELS = "labels"
    RUN_FAILURE = "run_failure"
    MISSING_RUN = "missing_run"
    UNDELIVERED = "undelivered"
    SILENT_SENSOR = "silent_sensor"
    VERSION = "version"

    @property
    def measured(self) -> bool:
        """Whether its incidents follow from measurements, and not from the monitor itself."""
        return self in {Cause.QUALITY, Cause.DRIFT, Cause.PERFORMANCE, Cause.LABELS}


class State(StrEnum):
    """Where an incident stands."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Incident:
    """
    One cause that troubles one model.

    *fingerprint* is stable over re-computation: model, cause and the window that first crossed.
    *since* and *until* are partition keys (ISO days or batch ids): the first breached window's
    last day, and the day on which the incident ended. *evidence* holds the breached measurements
    of the latest window, worst first.
    """

    model: str
    cause: Cause
    state: State
    severity: Verdict
    since: str
    last_seen: str
    until: str | None = None
    evidence: tuple[Measurement, ...] = field(default=(), compare=False)

    @property
    def fingerprint(self) -> str:
        """The stable name of the incident."""
        return f"{self.model}:{self.cause}:{self.since}"

    @property
    def retracted(self) -> bool:
        """Whether it is over because days were computed again and nothing is left of it."""
        return self.state is State.RESOLVED and self.cause.measured and not self.evidence


@dataclass(frozen=True, slots=True)
class Notification:
    """
    A message that is due to a channel: a row of the outbox.

    *key* makes delivery idempotent: fingerprint, state and the count of repeats. *due_at* is when
    it may be sent at the earliest; None for at once.
    """

    key: str
    incident: Incident
    channel: str
    created_at: datetime
    attempts: int = 0
    due_at: datetime | None = field(default=None, compare=False)
