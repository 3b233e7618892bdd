"""An index over the measurements that incidents follow from."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_HEADLINE = sa.text("version = '*' AND segment = '*'")

# Rows in all, and how many share the first column of the key or index, the first two, and so on: a
# year of one model. Without it SQLite reads all rows of a model in place of the index.
_STATISTICS = {
    "measurement": "500000 500000 1500 900 400 200 40 4 1",
    "ix_measurement_headline": "75000 75000 25000 400 2",
}


def upgrade() -> None:
    """Create the index."""
    op.create_index(
        "ix_measurement_headline",
        "measurement",
        ["model", "step", "metric", "window_end"],
        sqlite_where=_HEADLINE,
        postgresql_where=_HEADLINE,
    )
    if op.get_context().dialect.name == "sqlite":
        _tell_planner()


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_measurement_headline", "measurement")


def _tell_planner() -> None:
    op.execute("ANALYZE measurement")
    statistics = sa.table("sqlite_stat1", sa.column("tbl"), sa.column("idx"), sa.column("stat"))
    op.execute(sa.delete(statistics).where(statistics.c.tbl == "measurement"))
    op.bulk_insert(
        statistics,
        [{"tbl": "measurement", "idx": index, "stat": stat} for index, stat in _STATISTICS.items()],
    )
