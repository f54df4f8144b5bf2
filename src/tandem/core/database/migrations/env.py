"""Alembic's entry: runs the migrations on the connection that the caller opened, in its transaction.

Only :mod:`tandem.core.database.schema` calls it. Without a connection there is nothing to run on, and a script
written without one could not look at the tables that it adopts.
"""

from alembic import context
from sqlalchemy import Connection

from tandem.core.database.migrations import VERSION_TABLE
from tandem.core.errors import ConfigurationError


def run() -> None:
    """Run the migrations that were asked for."""
    connection = context.config.attributes.get("connection")
    if not isinstance(connection, Connection):
        raise ConfigurationError("migrations run through `tandem db upgrade`")
    context.configure(connection=connection, version_table=VERSION_TABLE)
    with context.begin_transaction():
        context.run_migrations()


run()
