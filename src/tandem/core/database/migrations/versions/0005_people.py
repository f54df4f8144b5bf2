"""What is known of people beside their sessions: the old tables hold it for the user ``default`` only.

Adds four tables, so programs of the version before go on beside it. Going back drops empty tables; those with rows stay and
are taken up by the next upgrade. A table of such a name that somebody else made is refused.
"""

from alembic import op

from tandem.core.database.migrations.catalog import Catalog
from tandem.core.database.migrations.r0001 import adoption
from tandem.core.database.migrations.r0001.tables import Table
from tandem.core.database.migrations.r0005.tables import PEOPLE
from tandem.core.errors import ConfigurationError

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MARK = "made by tandem 0005"


def upgrade() -> None:
    catalog = Catalog(op.get_bind())
    adoption.settle_schema(catalog)
    for table in PEOPLE:
        if catalog.kind(table.name) is None:
            catalog.run(*table.create(), f"COMMENT ON TABLE {table.name} IS '{MARK}'")
        elif not _is_ours(catalog, table):
            raise ConfigurationError(
                f"a table {table.name} exists that this project did not make; use another database or schema"
            )


def downgrade() -> None:
    catalog = Catalog(op.get_bind())
    adoption.settle_schema(catalog)
    for table in reversed(PEOPLE):
        catalog.run(f"LOCK TABLE {table.name} IN ACCESS EXCLUSIVE MODE")
        if catalog.is_empty(table.name):
            catalog.run(f"DROP TABLE {table.name}")


def _is_ours(catalog: Catalog, table: Table) -> bool:
    query = "SELECT obj_description(to_regclass(quote_ident(:name)), 'pg_class') = :mark"
    return bool(catalog.value(query, name=table.name, mark=MARK))
