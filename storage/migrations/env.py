"""How alembic runs the migrations: on the connection and in the transaction that it is handed."""

from alembic import context

from storage.tables import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    # SQLite alters few things in place; batches copy a table instead.
    render_as_batch=True,
)
context.run_migrations()
