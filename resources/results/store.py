"""The results store: write in transactions, read what was written."""

import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime

import sqlalchemy as sa

from monitoring.alerting.incident import Cause, Incident, Notification, State
from monitoring.results import Measurement
from resources.results import schema
from resources.results.database import Database
from resources.results.queries import measurement_query, profile_query
from resources.results.records import (
    DecisionRecord,
    ModelVersionRecord,
    NotificationRecord,
    NotificationStatus,
    PartitionRecord,
    ProfileRecord,
    ReferenceRecord,
    ReferenceSpan,
    RetrainingRecord,
    RetrainingStatus,
    Subject,
    TransitionRecord,
    VersionStatus,
)
from resources.results.rows import (
    incident_from_row,
    measurement_from_row,
    notification_from_row,
)
from resources.results.transaction import Transaction

_FETCH = 5_000


class ResultsStore:
    """
    Profiles, measurements, incidents, messages and model versions, in SQLite or PostgreSQL.

    Making one costs nothing; the database is opened at the first use and must then be at the
    newest revision, see :meth:`upgrade`. One store may be used from several threads.
    """

    def __init__(self, url: str) -> None:
        self._database = Database(url)

    def __repr__(self) -> str:
        return f"ResultsStore({self._database.name!r})"

    def upgrade(self) -> None:
        """Create the tables, or bring them to the newest revision; idempotent."""
        self._database.upgrade()

    def downgrade(self) -> None:
        """Remove all tables of the store and everything in them."""
        self._database.downgrade()

    def close(self) -> None:
        """Give all connections back to the system; the next use opens new ones."""
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a transaction: committed at the end of the block, rolled back on any error."""
        with self._database.writing() as connection:
            yield Transaction(connection)

    def profiles(
        self,
        model: str,
        kind: str,
        *,
        partitions: Sequence[str] | None = None,
        segment: str | None = None,
        start: date | None = None,
        end: date | None = None,
    ) -> list[ProfileRecord]:
        """
        Return the profiles of *model* and *kind*, by partition, version and segment.

        *start* (inclusive) and *end* (exclusive) bound partitions that are days.
        """
        query = profile_query(
            model, kind, partitions=partitions, segment=segment, start=start, end=end
        )

        return [ProfileRecord(**row) for row in self._database.rows(query)]

    def partitions(
        self, model: str, kind: str, *, layout: str | None = None, version: str | None = None
    ) -> list[PartitionRecord]:
        """
        Return the partitions of *model* and *kind* that have profiles, in order.

        With *layout*, only those whose profiles were made under it; with *version*, only those on
        which that version answered.
        """
        columns = schema.profile.c
        query = (
            sa.select(
                columns.partition,
                sa.func.max(columns.as_of, type_=schema.UtcDateTime()).label("as_of"),
                sa.func.max(columns.rows).label("rows"),
            )
            .where(columns.model == model, columns.kind == kind)
            .group_by(columns.partition)
            .order_by(columns.partition)
        )
        if layout is not None:
            query = query.where(columns.layout == layout)
        if version is not None:
            query = query.where(columns.version == version)

        return [PartitionRecord(**row) for row in self._database.rows(query)]

    def measurements(  # noqa: PLR0913 - one for each column that can be asked for
        self,
        *,
        model: str | None = None,
        step: str | None = None,
        window: str | None = None,
        start: date | None = None,
        end: date | None = None,
        column: str | None = None,
        metric: str | None = None,
        segment: str | None = None,
        version: str | None = None,
    ) -> Generator[Measurement]:
        """
        Yield the measurements that fit, in the order of their key, without holding them all.

        *start* (inclusive) and *end* (exclusive) bound the last day of the window.
        """
        query = measurement_query(
            {
                "model": model,
                "step": step,
                "window": window,
                "column": column,
                "metric": metric,
                "segment": segment,
                "version": version,
            },
            start=start,
            end=end,
        )
        with self._database.reading() as connection:
            streaming = connection.execution_options(yield_per=_FETCH)
            for row in streaming.execute(query):
                yield measurement_from_row(row)

    def reference(self, model: str, *, day: str | None = None) -> ReferenceRecord | None:
        """Return the reference of *model* that holds on *day*; by default the latest."""
        spans = [
            span for span in self.reference_spans(model) if day is None or span.valid_from <= day
        ]
        if not spans:
            return None
        columns = schema.reference.c
        query = sa.select(*(column for column in columns if column.name != "is_current")).where(
            columns.model == model, columns.fingerprint == spans[-1].fingerprint
        )

        return ReferenceRecord(**self._database.rows(query)[0])

    def reference_spans(self, model: str) -> list[ReferenceSpan]:
        """Return from which days on the references of *model* hold, the earliest first."""
        columns = schema.reference_span.c
        query = sa.select(columns.valid_from, columns.fingerprint, columns.version)
        rows = self._database.rows(query.where(columns.model == model).order_by(columns.valid_from))

        return [ReferenceSpan(**row) for row in rows]

    def incidents(
        self,
        *,
        model: str | None = None,
        state: State | None = None,
        cause: Cause | None = None,
        since: str | None = None,
    ) -> list[Incident]:
        """Return the incidents that fit, by model, cause and since."""
        columns = schema.incident.c
        asked = {
            columns.model: model,
            columns.state: state,
            columns.cause: cause,
            columns.since: since,
        }
        query = (
            sa.select(schema.incident)
            .where(*(key == str(value) for key, value in asked.items() if value is not None))
            .order_by(*schema.incident.primary_key.columns)
        )

        return [incident_from_row(row) for row in self._database.rows(query)]

    def transitions(self, model: str) -> list[TransitionRecord]:
        """Return what the incidents of *model* went through, oldest first."""
        table = schema.transition
        query = sa.select(table).where(table.c.model == model)
        rows = self._database.rows(query.order_by(table.c.at, *table.primary_key.columns))

        return [
            TransitionRecord(**row | {"cause": Cause(row["cause"]), "state": State(row["state"])})
            for row in rows
        ]

    def due_notifications(self, now: datetime) -> list[Notification]:
        """Return the messages that are to be sent at *now*, oldest first."""
        columns = schema.notification.c
        query = (
            sa.select(schema.notification)
            .where(columns.status == NotificationStatus.DUE.value, columns.next_attempt_at <= now)
            .order_by(columns.created_at, columns.key)
        )

        return [notification_from_row(row) for row in self._database.rows(query)]

    def notifications(self, model: str) -> list[NotificationRecord]:
        """Return every message about *model* and what became of it, oldest first."""
        columns = schema.notification.c
        query = sa.select(schema.notification).where(columns.model == model)
        rows = self._database.rows(query.order_by(columns.created_at, columns.key))

        return [
            NotificationRecord(
                notification=notification_from_row(row),
                status=NotificationStatus(row["status"]),
                detail=row["detail"],
                next_attempt_at=row["next_attempt_at"],
                sent_at=row["sent_at"],
                receipt=row["receipt"],
            )
            for row in rows
        ]

    def retrainings(self, model: str) -> list[RetrainingRecord]:
        """Return the retrainings of *model* that were asked for, oldest first."""
        columns = schema.retraining.c
        query = sa.select(schema.retraining).where(columns.model == model)
        rows = self._database.rows(query.order_by(columns.requested_at, columns.key))

        return [
            RetrainingRecord(**row | {"status": RetrainingStatus(row["status"])}) for row in rows
        ]

    def model_versions(self, model: str) -> list[ModelVersionRecord]:
        """Return the versions of *model*, oldest first."""
        columns = schema.model_version.c
        query = sa.select(schema.model_version).where(columns.model == model)
        rows = self._database.rows(query.order_by(columns.created_at, columns.version))

        return [
            ModelVersionRecord(
                **row
                | {
                    "status": VersionStatus(row["status"]),
                    "metrics": json.loads(row["metrics"]),
                }
            )
            for row in rows
        ]

    def champion(self, model: str) -> ModelVersionRecord | None:
        """Return the version of *model* that is in use."""
        versions = self.model_versions(model)

        return next((v for v in versions if v.status is VersionStatus.CHAMPION), None)

    def decisions(self, model: str, subject: Subject | None = None) -> list[DecisionRecord]:
        """Return the decisions about *model*, oldest first."""
        columns = schema.decision.c
        query = sa.select(schema.decision).where(columns.model == model)
        if subject is not None:
            query = query.where(columns.subject == subject.value)
        rows = self._database.rows(query.order_by(columns.at, columns.subject))

        return [DecisionRecord(**row | {"subject": Subject(row["subject"])}) for row in rows]

    def watermark(self, model: str, name: str) -> str | None:
        """Return what was last remembered under *name*."""
        columns = schema.watermark.c
        query = sa.select(columns.value).where(columns.model == model, columns.name == name)
        rows = self._database.rows(query)

        return rows[0]["value"] if rows else None
