"""Every time that an incident comes into a state is a row of its own, not the first alone."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Written out rather than imported: a revision says what was, whatever the schema becomes.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_MOMENT = sa.DateTime(timezone=True)

_PUT_BACK = (
    "INSERT INTO transition (model, cause, since, state, at, run_id, note)"
    " SELECT model, cause, since, state, at, run_id, note FROM transition_kept"
)


def upgrade() -> None:
    """Make the moment a part of the key."""
    _make_anew("SELECT * FROM transition", keyed_by_moment=True)


def downgrade() -> None:
    """Keep the first row of each state alone."""
    first = (
        "SELECT * FROM transition WHERE at = (SELECT min(other.at) FROM transition AS other"
        " WHERE other.model = transition.model AND other.cause = transition.cause"
        " AND other.since = transition.since AND other.state = transition.state)"
    )
    _make_anew(first, keyed_by_moment=False)


def _make_anew(kept: str, *, keyed_by_moment: bool) -> None:
    # SQLite cannot change the key of a table: it is made anew, on both databases alike.
    op.execute(f"CREATE TABLE transition_kept AS {kept}")
    op.drop_table("transition")
    op.create_table(
        "transition",
        *(sa.Column(name, _TEXT, primary_key=True) for name in ("model", "cause", "since")),
        sa.Column("state", _TEXT, primary_key=True),
        sa.Column("at", _MOMENT, primary_key=keyed_by_moment, nullable=False),
        sa.Column("run_id", _TEXT, nullable=False),
        sa.Column("note", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["model", "cause", "since"],
            ["incident.model", "incident.cause", "incident.since"],
            name="fk_transition_incident",
        ),
    )
    op.execute(_PUT_BACK)
    op.drop_table("transition_kept")
