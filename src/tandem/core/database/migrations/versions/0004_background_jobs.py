"""Background jobs: what they are, how far they are, and the queue that hands them out.

Adds tables only, so programs of the version before go on beside it. Going back drops them: what waits there can be asked
for again. A table of one of these names that somebody else made is refused.
"""

from alembic import op

from tandem.core.database.migrations.catalog import Catalog
from tandem.core.database.migrations.r0001 import adoption
from tandem.core.database.migrations.r0004.tables import ADDED, TELL, create_queue, drop_queue
from tandem.core.errors import ConfigurationError

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    catalog = Catalog(op.get_bind())
    adoption.settle_schema(catalog)
    for table in ADDED:
        if catalog.kind(table.name) is not None:
            raise ConfigurationError(
                f"a table {table.name} exists that this project did not make; use another database or schema"
            )
        catalog.run(*table.create())
    catalog.run(*TELL, *create_queue())


def downgrade() -> None:
    catalog = Catalog(op.get_bind())
    adoption.settle_schema(catalog)
    catalog.run(*(f"DROP TABLE {table.name}" for table in reversed(ADDED)))
    catalog.run("DROP FUNCTION tandem_job_changed()", *drop_queue())
