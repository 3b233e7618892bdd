"""Everything that can be written to the results store, inside one transaction."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from monitoring.alerting.incident import Incident, Notification
from monitoring.errors import ResultsError
from monitoring.results import Measurement
from resources.results import engine, schema
from resources.results.bulk import insert_measurements
from resources.results.records import (
    UNCONFIRMED,
    DecisionRecord,
    ModelVersionRecord,
    NotificationStatus,
    ProfileRecord,
    ReferenceRecord,
    RetrainingRecord,
    RetrainingStatus,
    Span,
    VersionStatus,
)
from resources.results.rows import (
    MeasurementRow,
    checked_json,
    incident_row,
    measurement_row,
    metrics_json,
    storable,
    to_json,
)


class Transaction:
    """An open transaction: what it writes is seen by others all at once, or never."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def lock(self, model: str) -> None:
        """
        Keep other transactions that lock *model* waiting until this one ends.

        What replaces rows locks by itself; lock before reading what is then written upon.
        """
        engine.lock(self._connection, f"model:{model}")

    def replace_profiles(
        self, model: str, kind: str, partition: str, records: Iterable[ProfileRecord]
    ) -> None:
        """Put *records* in place of all profiles of *model*, *kind* and *partition*."""
        rows = [_profile_row(record) for record in records]
        strangers = {
            key
            for row in rows
            if (key := (row["model"], row["kind"], row["partition"])) != (model, kind, partition)
        }
        if strangers:
            msg = f"Expected profiles of {(model, kind, partition)}, got {sorted(strangers)}."
            raise ResultsError(msg)

        self.lock(model)
        columns = schema.profile.c
        self._connection.execute(
            sa.delete(schema.profile).where(
                columns.model == model, columns.kind == kind, columns.partition == partition
            )
        )
        if rows:
            self._connection.execute(sa.insert(schema.profile), rows)

    def replace_measurements(
        self, model: str, step: str, windows: Iterable[Span], measurements: Iterable[Measurement]
    ) -> None:
        """
        Put *measurements* in place of what *step* wrote of *model* for *windows*.

        A window without measurements is emptied.

        Raises:
            ResultsError: when a number is NaN or infinite, when a measurement is of another model
                or window, or when its key is written twice or by another step.
        """
        spans = {(span.label, str(span.start), str(span.end)) for span in windows}
        rows = list(_checked_rows(model, step, spans, measurements))
        if not spans:
            return

        self.lock(model)
        columns = schema.measurement.c
        self._connection.execute(
            sa.delete(schema.measurement).where(
                columns.model == model,
                columns.step == step,
                columns.window == sa.bindparam("label"),
                columns.window_start == sa.bindparam("start"),
                columns.window_end == sa.bindparam("end"),
            ),
            [{"label": label, "start": start, "end": end} for label, start, end in sorted(spans)],
        )
        insert_measurements(self._connection, rows)

    def save_reference(
        self, record: ReferenceRecord, *, valid_from: str = "", version: str | None = None
    ) -> None:
        """Keep *record*, the reference from *valid_from* on, in place of any that begins then."""
        self.lock(record.model)
        table = schema.reference
        self._connection.execute(
            sa.update(table).where(table.c.model == record.model).values(is_current=False)
        )
        for name in ("thresholds", "segments", "suite"):
            checked_json(getattr(record, name), name=f"the {name} of {record.model}")
        self._upsert(table, _columns(record) | {"is_current": True})
        spans = schema.reference_span
        self._connection.execute(
            sa.delete(spans).where(spans.c.model == record.model, spans.c.valid_from >= valid_from)
        )
        row = {"model": record.model, "valid_from": valid_from, "version": version}
        self._upsert(spans, row | {"fingerprint": record.fingerprint})

    def save_incident(
        self, incident: Incident, *, run_id: str, at: datetime, note: str = ""
    ) -> None:
        """Keep *incident* as it stands; note the transition when it was in another state."""
        row, table = incident_row(incident), schema.incident
        key = {name: row[name] for name in ("model", "cause", "since")}
        before = self._connection.scalar(sa.select(table.c.state).filter_by(**key))
        self._upsert(table, row | {"updated_at": at, "run_id": run_id})
        if before != row["state"]:
            moved = {"state": row["state"], "at": at, "run_id": run_id, "note": storable(note)}
            self._insert_new(schema.transition, key | moved)

    def enqueue(self, notification: Notification) -> bool:
        """Put *notification* into the outbox; False when its key is there already."""
        incident = incident_row(notification.incident)

        return self._insert_new(
            schema.notification,
            {
                "key": notification.key,
                "model": incident["model"],
                "cause": incident["cause"],
                "since": incident["since"],
                "channel": notification.channel,
                "incident": to_json(incident),
                "created_at": notification.created_at,
                "status": NotificationStatus.DUE.value,
                "attempts": notification.attempts,
                "next_attempt_at": notification.due_at or notification.created_at,
            },
        )

    def claim_notification(self, key: str, *, now: datetime, until: datetime) -> bool:
        """
        Claim the message *key* for one sender until *until*; False when it is not due at *now*.

        A sender that dies in between leaves the message due again, and its detail says so.
        """
        table = schema.notification
        claimed = sa.update(table).where(
            table.c.key == key,
            table.c.status == NotificationStatus.DUE.value,
            table.c.next_attempt_at <= now,
        )

        values = {"next_attempt_at": until, "detail": UNCONFIRMED}

        return self._connection.execute(claimed.values(values)).rowcount == 1

    def mark_notification(
        self,
        key: str,
        *,
        status: NotificationStatus,
        detail: str | None,
        at: datetime,
        attempts: int,
        next_attempt_at: datetime | None = None,
        receipt: str | None = None,
    ) -> None:
        """Note what became of the message *key*; *receipt* is what the channel answered."""
        values = {
            "status": status.value,
            "detail": None if detail is None else storable(detail),
            "attempts": attempts,
            "next_attempt_at": next_attempt_at,
            "sent_at": at if status is NotificationStatus.SENT else None,
            "receipt": receipt,
        }
        self._update(schema.notification, key, values)

    def request_retraining(self, record: RetrainingRecord) -> bool:
        """Keep *record*; False when its key is there already, which then stays as it is."""
        return self._insert_new(schema.retraining, _columns(record))

    def update_retraining(
        self,
        key: str,
        *,
        status: RetrainingStatus,
        reason: str | None = None,
        run_id: str | None = None,
        version: str | None = None,
    ) -> None:
        """Bring the retraining *key* to *status*; what is None stays as it was."""
        told = {"reason": reason, "run_id": run_id, "version": version}
        known = {name: value for name, value in told.items() if value is not None}
        self._update(schema.retraining, key, {"status": status.value} | known)

    def save_model_version(self, record: ModelVersionRecord) -> None:
        """Keep *record*; a champion sends the champion before it into the archive."""
        self.lock(record.model)
        table = schema.model_version
        if record.status is VersionStatus.CHAMPION:
            self._connection.execute(
                sa.update(table)
                .where(
                    table.c.model == record.model,
                    table.c.version != record.version,
                    table.c.status == VersionStatus.CHAMPION.value,
                )
                .values(status=VersionStatus.ARCHIVED.value)
            )
        if record.evaluation is not None:
            checked_json(record.evaluation, name=f"the evaluation of {record.model}")
        metrics = metrics_json(record.model, record.metrics)
        self._upsert(table, _columns(record) | {"metrics": metrics})

    def record_decision(self, record: DecisionRecord) -> None:
        """Keep *record*; the same decision at the same moment is kept once."""
        row = _columns(record) | {"subject": record.subject.value}
        told = ("reason", "cause", "version")
        row |= {name: storable(row[name]) for name in told if row[name] is not None}
        self._upsert(schema.decision, row)

    def set_watermark(self, model: str, name: str, value: str) -> None:
        """Remember *value* under *name*."""
        self._upsert(schema.watermark, {"model": model, "name": name, "value": value})

    def _upsert(self, table: sa.Table, row: Mapping[str, object]) -> None:
        insert = self._insert(table).values(row)
        keys = set(table.primary_key.columns.keys())
        changed = {name: insert.excluded[name] for name in row if name not in keys}
        self._connection.execute(
            insert.on_conflict_do_update(index_elements=sorted(keys), set_=changed)
        )

    def _insert_new(self, table: sa.Table, row: Mapping[str, object]) -> bool:
        insert = self._insert(table).values(row).on_conflict_do_nothing()

        return self._connection.execute(insert).rowcount == 1

    def _insert(self, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
        if self._connection.dialect.name == "postgresql":
            return postgresql.insert(table)

        return sqlite.insert(table)

    def _update(self, table: sa.Table, key: str, values: Mapping[str, object]) -> None:
        update = sa.update(table).where(table.c.key == key).values(values)
        if self._connection.execute(update).rowcount == 0:
            msg = f"Table {table.name} has no row {key!r} to update."
            raise ResultsError(msg)


def _checked_rows(
    model: str,
    step: str,
    spans: set[tuple[str, str, str]],
    measurements: Iterable[Measurement],
) -> Iterator[MeasurementRow]:
    for item in measurements:
        span = (item.window, item.window_start, item.window_end)
        if item.model != model or span not in spans:
            msg = f"Expected measurements of {model} for {sorted(spans)}, got {item.model}, {span}."
            raise ResultsError(msg)

        yield measurement_row(item, step=step)


def _profile_row(record: ProfileRecord) -> dict[str, Any]:
    row = _columns(record)

    return row | {name: storable(row[name]) for name in ("version", "segment")}


def _columns(
    record: (
        ProfileRecord | ReferenceRecord | RetrainingRecord | ModelVersionRecord | DecisionRecord
    ),
) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(record)}
