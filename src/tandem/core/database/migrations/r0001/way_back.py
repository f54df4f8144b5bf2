"""Undoing version 0001 for a return to the old service: what is ours goes, what people entered stays."""

from tandem.core.database.migrations.catalog import Catalog
from tandem.core.database.migrations.r0001 import changes
from tandem.core.database.migrations.r0001.adoption import Found
from tandem.core.database.migrations.r0001.tables import OWN, SESSION_COLUMNS
from tandem.core.database.migrations.vector import COLUMN as EMBEDDING
from tandem.core.errors import ConfigurationError


def refuse_to_mix_people(catalog: Catalog) -> None:
    """Raise ConfigurationError while several users have sessions: the old service would take all for one's."""
    others = catalog.value("SELECT count(DISTINCT user_id) FROM sessions WHERE user_id <> 'default'")
    if others:
        raise ConfigurationError(
            f"sessions of {others} more users are stored, which the old service would count as one person's; "
            "export and erase them first"
        )


def withdraw(catalog: Catalog, found: Found, *, embedding_added: bool) -> None:
    """Remove all that version 0001 added.

    A table of the old contract is dropped only if version 0001 made it and it is empty.
    """
    catalog.run(*changes.drop_change_triggers())
    catalog.run(*(f"ALTER TABLE sessions DROP COLUMN {name}" for name in SESSION_COLUMNS))
    if embedding_added and "sessions" in found.adopted:
        catalog.run(f"ALTER TABLE sessions DROP COLUMN IF EXISTS {EMBEDDING}")
    kept = [name for name in found.created if not catalog.is_empty(name)]
    catalog.run(*(f"DROP TABLE {name}" for name in found.created if name not in kept))
    for table, columns in found.added.items():
        if table in found.touched:
            catalog.run(changes.drop_touch(table))
        catalog.run(*(f'ALTER TABLE {table} DROP COLUMN "{name}"' for name in columns))
    catalog.run(*(f"DROP TABLE {table.name}" for table in OWN))
    if not set(kept) & set(found.touched):
        catalog.run(f"DROP FUNCTION {changes.TOUCH_FUNCTION}")
