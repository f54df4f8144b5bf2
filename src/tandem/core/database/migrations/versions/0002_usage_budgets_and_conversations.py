"""What models were asked, what that cost and may cost, and the conversations and comparisons themselves.

Adds tables only, so programs of the version before go on beside it. Going back drops the tables that are empty;
one with rows stays, for the rows cannot be had again, and is taken up by the next upgrade. Such a table is known
by its comment: one of the same name that somebody else made is refused.
"""

from alembic import op

from tandem.core.database.migrations.catalog import Catalog
from tandem.core.database.migrations.r0001 import adoption
from tandem.core.database.migrations.r0002.tables import ADDED
from tandem.core.errors import ConfigurationError

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MARK = "made by tandem 0002"


def upgrade() -> None:
    catalog = Catalog(op.get_bind())
    adoption.settle_schema(catalog)
    for table in ADDED:
        if catalog.kind(table.name) is None:
            catalog.run(*table.create(), f"COMMENT ON TABLE {table.name} IS '{MARK}'")
        elif not _is_ours(catalog, table.name):
            raise ConfigurationError(
                f"a table {table.name} exists that this project did not make; use another database or schema"
            )


def downgrade() -> None:
    catalog = Catalog(op.get_bind())
    adoption.settle_schema(catalog)
    # A table that another one refers to holds a row for each of its rows, so this order never fails.
    for table in reversed(ADDED):
        # Nobody adds a row between the look and the drop.
        catalog.run(f"LOCK TABLE {table.name} IN ACCESS EXCLUSIVE MODE")
        if catalog.is_empty(table.name):
            catalog.run(f"DROP TABLE {table.name}")


def _is_ours(catalog: Catalog, name: str) -> bool:
    query = "SELECT obj_description(to_regclass(quote_ident(:name)), 'pg_class') = :mark"
    return bool(catalog.value(query, name=name, mark=MARK))
