"""What Alembic runs: the revisions, on the connection that the caller opened."""

from alembic import context

from resources.results.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)

with context.begin_transaction():
    context.run_migrations()
