"""A table of the decisions about a model: retraining, promotion and rollback, also every "no"."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Written out rather than imported: a revision says what was, whatever the schema becomes.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "decision",
        _key("model"),
        _moment("at"),
        _key("subject"),
        _text("outcome"),
        _text("reason"),
        _text("cause", nullable=True),
        _text("version", nullable=True),
        _text("run_id", nullable=True),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("decision")


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, _TEXT, primary_key=True)


def _moment(name: str) -> sa.Column[datetime]:
    return sa.Column(name, _MOMENT, primary_key=True)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, _TEXT, nullable=nullable)
