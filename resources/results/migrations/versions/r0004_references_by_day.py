"""From which day on a reference holds, and where a version keeps the rows for one."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Written out rather than imported: a revision says what was, whatever the schema becomes.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_COLUMNS = ("reference", "reference_checksum")


def upgrade() -> None:
    """Create the table; what is current holds from the beginning."""
    op.create_table(
        "reference_span",
        sa.Column("model", _TEXT, primary_key=True),
        sa.Column("valid_from", _TEXT, primary_key=True),
        sa.Column("fingerprint", _TEXT, nullable=False),
        sa.Column("version", _TEXT, nullable=True),
    )
    op.execute(
        "INSERT INTO reference_span (model, valid_from, fingerprint)"
        " SELECT model, '', fingerprint FROM reference WHERE is_current"
    )
    for name in _COLUMNS:
        op.add_column("model_version", sa.Column(name, _TEXT, nullable=True))


def downgrade() -> None:
    """Drop the table and the columns."""
    for name in _COLUMNS:
        op.drop_column("model_version", name)
    op.drop_table("reference_span")
