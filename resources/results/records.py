"""The rows of the results store that are nobody else's type."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from monitoring.alerting.incident import Cause, Incident, Notification, State


class Span(Protocol):
    """A window by its key: `monitoring.windows.Window`, or a WindowKey for a batch."""

    @property
    def label(self) -> str:
        """The name of the window in the spec, or ``batch``."""

    @property
    def start(self) -> date | str:
        """The first day, or the id of the batch."""

    @property
    def end(self) -> date | str:
        """The day after the last one, or the id of the batch."""


@dataclass(frozen=True, slots=True)
class WindowKey:
    """A window as its measurements name it."""

    label: str
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class ProfileRecord:
    """
    The encoded profile of one slice (version and segment) of one partition.

    *partition* is an ISO day or a batch id, *layout* the fingerprint of the layout, and *as_of*
    the moment up to which the source was read.
    """

    model: str
    kind: str
    partition: str
    version: str
    segment: str
    layout: str
    rows: int
    as_of: datetime
    blob: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PartitionRecord:
    """A partition that has profiles: when it was read, and the rows of its largest slice."""

    partition: str
    as_of: datetime
    rows: int


@dataclass(frozen=True, slots=True)
class ReferenceRecord:
    """
    What is normal for a model.

    *thresholds*, *segments* (the values that are watched on their own) and *suite* are JSON text.
    """

    model: str
    fingerprint: str
    table_layout: bytes = field(repr=False)
    table_profile: bytes = field(repr=False)
    outcome_layout: bytes | None = field(repr=False)
    outcomes: bytes | None = field(repr=False)
    thresholds: str = field(repr=False)
    segments: str = field(repr=False)
    suite: str = field(repr=False)
    built_at: datetime
    run_id: str


@dataclass(frozen=True, slots=True)
class ReferenceSpan:
    """
    From which day on a reference holds: ``""`` is from the beginning.

    *version* is the one whose answers it was learnt from, None for the table of the monitor file.
    """

    valid_from: str
    fingerprint: str
    version: str | None = None


@dataclass(frozen=True, slots=True)
class TransitionRecord:
    """A time that an incident came into a state."""

    model: str
    cause: Cause
    since: str
    state: State
    at: datetime
    run_id: str
    note: str


#: The detail of a message while it is being sent; of one that is due, the sender died.
UNCONFIRMED = "being sent, not confirmed yet"


class NotificationStatus(StrEnum):
    """Where a message of the outbox stands."""

    DUE = "due"
    SENT = "sent"
    NOT_SENT = "not_sent"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class NotificationRecord:
    """A message of the outbox, and what became of it."""

    notification: Notification
    status: NotificationStatus
    detail: str | None
    next_attempt_at: datetime | None
    sent_at: datetime | None
    receipt: str | None

    @property
    def incident(self) -> Incident:
        """The incident as it stood when the message became due."""
        return self.notification.incident

    @property
    def may_have_arrived(self) -> bool:
        """Whether it was tried before, and nobody knows whether that came through."""
        return self.notification.attempts > 0 or self.detail == UNCONFIRMED


class RetrainingStatus(StrEnum):
    """
    Where a retraining stands.

    *folded* is one that another, which was open, answers too; *waiting* one whose version waits
    for somebody to approve it.
    """

    REQUESTED = "requested"
    REFUSED = "refused"
    RUNNING = "running"
    FOLDED = "folded"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"

    @property
    def is_open(self) -> bool:
        """Whether its run is still to come or to end."""
        return self in {RetrainingStatus.REQUESTED, RetrainingStatus.RUNNING}


@dataclass(frozen=True, slots=True)
class RetrainingRecord:
    """
    A retraining and why it was asked for.

    *key* is made of the cause, so that one incident starts one retraining; *cause* is the
    fingerprint of the incident, *version* what the training produced.
    """

    key: str
    model: str
    cause: str
    requested_at: datetime
    status: RetrainingStatus = RetrainingStatus.REQUESTED
    reason: str | None = None
    run_id: str | None = None
    version: str | None = None


class VersionStatus(StrEnum):
    """Where a version of a model stands."""

    CHALLENGER = "challenger"
    AWAITING_APPROVAL = "awaiting_approval"
    CHAMPION = "champion"
    ARCHIVED = "archived"
    REFUSED = "refused"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True)
class ModelVersionRecord:
    """
    A trained version of a model, and the decision about it.

    *trained_from* (inclusive) and *trained_to* (exclusive) are ISO days; *artefact* says where
    the model lies and *checksum* what its bytes are; *evaluation* is JSON text. *reference* is a
    Parquet file of labelled rows with the answers of this version, which it has not learnt from.
    """

    model: str
    version: str
    status: VersionStatus
    created_at: datetime
    run_id: str
    artefact: str | None = None
    checksum: str | None = None
    trained_from: str | None = None
    trained_to: str | None = None
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    evaluation: str | None = None
    reason: str | None = None
    reference: str | None = None
    reference_checksum: str | None = None


class Subject(StrEnum):
    """What a decision is about."""

    RETRAINING = "retraining"
    PROMOTION = "promotion"
    ROLLBACK = "rollback"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """
    A decision about a model and its reason, whatever it was.

    *outcome* is ``yes``, ``no``, ``folded`` or ``waiting``; *cause* is the fingerprint of an
    incident.
    """

    model: str
    at: datetime
    subject: Subject
    outcome: str
    reason: str
    cause: str | None = None
    version: str | None = None
    run_id: str | None = None
