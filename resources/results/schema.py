"""The tables of the results store, as SQLAlchemy sees them on SQLite and on PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator

from monitoring.errors import ResultsError

#: The newest Alembic revision: what a store must be at to be used.
REVISION = "0005"

#: Not Alembic's default: Dagster keeps its own `alembic_version` and may share the database.
VERSION_TABLE = "results_revision"


class UtcDateTime(TypeDecorator[datetime]):
    """
    A moment: aware in Python, naive UTC text on SQLite, ``timestamptz`` on PostgreSQL.

    What is written must be aware; what is read is aware and in UTC.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert *value* to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"Expected a moment with a time zone, got the naive {value.isoformat()}."
            raise ResultsError(msg)

        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give *value* back in UTC."""
        if value is None:
            return None

        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


# Byte order on both databases: the order of rows must not depend on the server's locale.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
    }
)


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, primary_key=True)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, TEXT, nullable=nullable)


def _number(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=True)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, UtcDateTime, nullable=nullable)


# The primary key begins with the window, so that replacing a day touches one span of the tree
# and reading in order needs no sort. Without rowids SQLite stores the long key once.
measurement = sa.Table(
    "measurement",
    metadata,
    _key("model"),
    _key("window_end"),
    _key("window_start"),
    _key("window"),
    _key("version"),
    _key("segment"),
    _key("column"),
    _key("metric"),
    _number("value"),
    _number("lower"),
    _number("upper"),
    sa.Column("rows", sa.BigInteger, nullable=False),
    _number("threshold_low"),
    _number("threshold_high"),
    _text("verdict", nullable=True),
    _moment("as_of"),
    _text("run_id"),
    _text("step"),
    _text("reason", nullable=True),
    sqlite_with_rowid=False,
)

# What is judged, and by what incidents follow, is among the rows of all versions and segments: few
# of the table's. The condition is a literal here and in queries, or SQLite would not see the match.
HEADLINE = sa.and_(
    measurement.c.version == sa.literal_column("'*'"),
    measurement.c.segment == sa.literal_column("'*'"),
)
sa.Index(
    "ix_measurement_headline",
    measurement.c.model,
    measurement.c.step,
    measurement.c.metric,
    measurement.c.window_end,
    sqlite_where=HEADLINE,
    postgresql_where=HEADLINE,
)

profile = sa.Table(
    "profile",
    metadata,
    _key("model"),
    _key("kind"),
    _key("partition"),
    _key("version"),
    _key("segment"),
    _text("layout"),
    sa.Column("rows", sa.BigInteger, nullable=False),
    _moment("as_of"),
    sa.Column("blob", sa.LargeBinary, nullable=False),
)

reference = sa.Table(
    "reference",
    metadata,
    _key("model"),
    _key("fingerprint"),
    sa.Column("is_current", sa.Boolean, nullable=False),
    sa.Column("table_layout", sa.LargeBinary, nullable=False),
    sa.Column("table_profile", sa.LargeBinary, nullable=False),
    sa.Column("outcome_layout", sa.LargeBinary, nullable=True),
    sa.Column("outcomes", sa.LargeBinary, nullable=True),
    _text("thresholds"),
    _text("segments"),
    _text("suite"),
    _moment("built_at"),
    _text("run_id"),
)
sa.Index(
    "ix_reference_current",
    reference.c.model,
    unique=True,
    sqlite_where=reference.c.is_current,
    postgresql_where=reference.c.is_current,
)

# The days from `valid_from` on, up to the next row, are judged by this reference; the first row
# of a model begins with the empty text, before all days.
reference_span = sa.Table(
    "reference_span",
    metadata,
    _key("model"),
    _key("valid_from"),
    _text("fingerprint"),
    _text("version", nullable=True),
)

incident = sa.Table(
    "incident",
    metadata,
    _key("model"),
    _key("cause"),
    _key("since"),
    _text("state"),
    _text("severity"),
    _text("last_seen"),
    _text("until", nullable=True),
    _text("evidence"),
    _moment("updated_at"),
    _text("run_id"),
)

transition = sa.Table(
    "transition",
    metadata,
    _key("model"),
    _key("cause"),
    _key("since"),
    _key("state"),
    sa.Column("at", UtcDateTime, primary_key=True),
    _text("run_id"),
    _text("note"),
    sa.ForeignKeyConstraint(
        ["model", "cause", "since"], ["incident.model", "incident.cause", "incident.since"]
    ),
)

notification = sa.Table(
    "notification",
    metadata,
    _key("key"),
    _text("model"),
    _text("cause"),
    _text("since"),
    _text("channel"),
    _text("incident"),
    _moment("created_at"),
    _text("status"),
    _text("detail", nullable=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    _moment("next_attempt_at", nullable=True),
    _moment("sent_at", nullable=True),
    _text("receipt", nullable=True),
    sa.Index(None, "status", "next_attempt_at"),
    sa.Index(None, "model", "created_at"),
)

retraining = sa.Table(
    "retraining",
    metadata,
    _key("key"),
    _text("model"),
    _text("cause"),
    _moment("requested_at"),
    _text("status"),
    _text("reason", nullable=True),
    _text("run_id", nullable=True),
    _text("version", nullable=True),
    sa.Index(None, "model", "requested_at"),
)

model_version = sa.Table(
    "model_version",
    metadata,
    _key("model"),
    _key("version"),
    _text("status"),
    _text("artefact", nullable=True),
    _text("checksum", nullable=True),
    _text("trained_from", nullable=True),
    _text("trained_to", nullable=True),
    _text("metrics"),
    _text("evaluation", nullable=True),
    _moment("created_at"),
    _text("run_id"),
    _text("reason", nullable=True),
    _text("reference", nullable=True),
    _text("reference_checksum", nullable=True),
)
sa.Index(
    "ix_model_version_champion",
    model_version.c.model,
    unique=True,
    sqlite_where=model_version.c.status == "champion",
    postgresql_where=model_version.c.status == "champion",
)

decision = sa.Table(
    "decision",
    metadata,
    _key("model"),
    sa.Column("at", UtcDateTime, primary_key=True),
    _key("subject"),
    _text("outcome"),
    _text("reason"),
    _text("cause", nullable=True),
    _text("version", nullable=True),
    _text("run_id", nullable=True),
)

watermark = sa.Table(
    "watermark",
    metadata,
    _key("model"),
    _key("name"),
    _text("value"),
)
