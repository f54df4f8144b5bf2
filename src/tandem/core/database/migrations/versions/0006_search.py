"""Search in notes: their words without accents, and vectors of their meaning.

The column ``notes_embedding`` of the old service is left alone: it belongs to another model. With pgvector the vectors are
compared in PostgreSQL, without it in process. Going back drops everything; it is made anew from the notes.
"""

from alembic import op

from tandem.core.database.migrations.catalog import Catalog
from tandem.core.database.migrations.r0001 import adoption
from tandem.core.database.migrations.r0006.search import FUNCTIONS, INDEX, STATE, TABLES, VECTORS
from tandem.core.database.migrations.vector import vector_type
from tandem.core.errors import ConfigurationError

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    catalog = Catalog(op.get_bind())
    adoption.settle_schema(catalog)
    for table in TABLES:
        if catalog.kind(table) is not None:
            raise ConfigurationError(
                f"a table {table} exists that this project did not make; use another database or schema"
            )
    catalog.run(*FUNCTIONS.values(), INDEX, VECTORS.format(type=vector_type(catalog) or "bytea"), STATE)


def downgrade() -> None:
    catalog = Catalog(op.get_bind())
    adoption.settle_schema(catalog)
    catalog.run(*(f"DROP TABLE {table}" for table in TABLES), "DROP INDEX tandem_sessions_words")
    catalog.run(*(f"DROP FUNCTION {name}" for name in reversed(FUNCTIONS)))
