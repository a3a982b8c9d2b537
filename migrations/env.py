"""Alembic's way in. ``core.adapters.database.migrate`` calls it, with a connection inside a transaction."""

from alembic import context

from core.adapters.database.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
