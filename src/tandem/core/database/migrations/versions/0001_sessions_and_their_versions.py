"""The tables of the old service, made or adopted, and a number for every change of a person's sessions.

Whatever part of the old tables is there is kept as it is, with its rows, constraints, defaults, views and
triggers, and completed by columns that old writers need not know. Everything runs in one transaction.

Going back removes what this version added. A table of the old service that held rows, then or now, stays.
"""

import json
from typing import Any

from alembic import op

from tandem.core.database.migrations.catalog import Catalog
from tandem.core.database.migrations.r0001 import adoption, changes, way_back
from tandem.core.database.migrations.vector import add_embeddings

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    catalog = Catalog(op.get_bind())
    schema = adoption.settle_schema(catalog)
    catalog.run(changes.create_touch_function())
    found = adoption.create_or_adopt(catalog)
    adoption.extend_sessions(catalog)
    adoption.create_own(catalog)
    catalog.run(changes.create_touch("user_settings"), *changes.create_change_triggers(schema))
    _remember(catalog, "database_id", str(catalog.value("SELECT gen_random_uuid()")))
    _remember(catalog, "found", found.as_json())
    _remember(catalog, "embedding_added", add_embeddings(catalog))


def downgrade() -> None:
    catalog = Catalog(op.get_bind())
    adoption.settle_schema(catalog)
    way_back.refuse_to_mix_people(catalog)
    found = adoption.Found(**_recall(catalog, "found"))
    way_back.withdraw(catalog, found, embedding_added=_recall(catalog, "embedding_added"))


def _remember(catalog: Catalog, key: str, value: object) -> None:
    catalog.value(
        "INSERT INTO tandem_meta VALUES (:key, CAST(:value AS jsonb)) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value RETURNING 1",
        key=key,
        value=json.dumps(value),
    )


def _recall(catalog: Catalog, key: str) -> Any:
    return json.loads(catalog.value("SELECT value::text FROM tandem_meta WHERE key = :key", key=key))
