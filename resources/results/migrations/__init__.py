"""The history of the results schema, as Alembic revisions."""
