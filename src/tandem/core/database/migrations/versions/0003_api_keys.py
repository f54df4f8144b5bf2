"""The API keys: who may call, for which user and what.

Adds one table and its trigger, so programs of the version before go on beside it. Going back drops an empty table; one
with keys stays and is taken up by the next upgrade. A table of that name that somebody else made is refused.
"""

from alembic import op

from tandem.core.database.migrations.catalog import Catalog
from tandem.core.database.migrations.r0001 import adoption
from tandem.core.database.migrations.r0003.tables import API_KEYS, FUNCTION, create_triggers
from tandem.core.errors import ConfigurationError

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MARK = "made by tandem 0003"


def upgrade() -> None:
    catalog = Catalog(op.get_bind())
    adoption.settle_schema(catalog)
    if catalog.kind(API_KEYS.name) is None:
        catalog.run(*API_KEYS.create(), f"COMMENT ON TABLE {API_KEYS.name} IS '{MARK}'")
    elif not _is_ours(catalog):
        raise ConfigurationError(
            f"a table {API_KEYS.name} exists that this project did not make; use another database or schema"
        )
    catalog.run(*create_triggers())


def downgrade() -> None:
    catalog = Catalog(op.get_bind())
    adoption.settle_schema(catalog)
    catalog.run(f"LOCK TABLE {API_KEYS.name} IN ACCESS EXCLUSIVE MODE")
    if catalog.is_empty(API_KEYS.name):
        catalog.run(f"DROP TABLE {API_KEYS.name}", f"DROP FUNCTION {FUNCTION}")


def _is_ours(catalog: Catalog) -> bool:
    query = "SELECT obj_description(to_regclass(quote_ident(:name)), 'pg_class') = :mark"
    return bool(catalog.value(query, name=API_KEYS.name, mark=MARK))
