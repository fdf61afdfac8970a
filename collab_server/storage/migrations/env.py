"""What Alembic runs for a command: the migrations, on the connection that `upgrade` hands in.

Does not choose a database and begins no transaction.
"""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
