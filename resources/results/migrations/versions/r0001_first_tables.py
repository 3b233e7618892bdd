"""The first tables of the results store."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out rather than imported: a revision says what was, whatever the schema becomes.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create every table."""
    _create_measurement()
    _create_profile()
    _create_reference()
    _create_incident()
    _create_notification()
    _create_retraining()
    _create_model_version()
    op.create_table("watermark", _key("model"), _key("name"), _text("value"))


def downgrade() -> None:
    """Drop every table."""
    for table in (
        "watermark",
        "model_version",
        "retraining",
        "notification",
        "transition",
        "incident",
        "reference",
        "profile",
        "measurement",
    ):
        op.drop_table(table)


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, _TEXT, primary_key=True)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, _TEXT, nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, _MOMENT, nullable=nullable)


def _number(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=True)


def _rows() -> sa.Column[int]:
    return sa.Column("rows", sa.BigInteger, nullable=False)


def _bytes(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=nullable)


def _create_measurement() -> None:
    op.create_table(
        "measurement",
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
        _rows(),
        _number("threshold_low"),
        _number("threshold_high"),
        _text("verdict", nullable=True),
        _moment("as_of"),
        _text("run_id"),
        _text("step"),
        _text("reason", nullable=True),
        sqlite_with_rowid=False,
    )


def _create_profile() -> None:
    op.create_table(
        "profile",
        _key("model"),
        _key("kind"),
        _key("partition"),
        _key("version"),
        _key("segment"),
        _text("layout"),
        _rows(),
        _moment("as_of"),
        _bytes("blob"),
    )


def _create_reference() -> None:
    op.create_table(
        "reference",
        _key("model"),
        _key("fingerprint"),
        sa.Column("is_current", sa.Boolean, nullable=False),
        _bytes("table_layout"),
        _bytes("table_profile"),
        _bytes("outcome_layout", nullable=True),
        _bytes("outcomes", nullable=True),
        _text("thresholds"),
        _text("segments"),
        _text("suite"),
        _moment("built_at"),
        _text("run_id"),
    )
    _create_unique_index("ix_reference_current", "reference", sa.text("is_current"))


def _create_unique_index(name: str, table: str, condition: sa.TextClause) -> None:
    op.create_index(
        name, table, ["model"], unique=True, sqlite_where=condition, postgresql_where=condition
    )


def _create_incident() -> None:
    op.create_table(
        "incident",
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
    op.create_table(
        "transition",
        _key("model"),
        _key("cause"),
        _key("since"),
        _key("state"),
        _moment("at"),
        _text("run_id"),
        _text("note"),
        sa.ForeignKeyConstraint(
            ["model", "cause", "since"],
            ["incident.model", "incident.cause", "incident.since"],
            name="fk_transition_incident",
        ),
    )


def _create_notification() -> None:
    op.create_table(
        "notification",
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
    )
    op.create_index(
        "ix_notification_status_next_attempt_at", "notification", ["status", "next_attempt_at"]
    )
    op.create_index("ix_notification_model_created_at", "notification", ["model", "created_at"])


def _create_retraining() -> None:
    op.create_table(
        "retraining",
        _key("key"),
        _text("model"),
        _text("cause"),
        _moment("requested_at"),
        _text("status"),
        _text("reason", nullable=True),
        _text("run_id", nullable=True),
        _text("version", nullable=True),
    )
    op.create_index("ix_retraining_model_requested_at", "retraining", ["model", "requested_at"])


def _create_model_version() -> None:
    op.create_table(
        "model_version",
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
    )
    _create_unique_index(
        "ix_model_version_champion", "model_version", sa.text("status = 'champion'")
    )
