"""Taking over tables that are there already: add what is missing, touch nothing that is."""

from dataclasses import dataclass, field
from typing import Any

from tandem.core.database.migrations.catalog import Catalog
from tandem.core.database.migrations.r0001 import changes
from tandem.core.database.migrations.r0001.tables import (
    CONTRACT,
    OWN,
    SESSION_COLUMN_TYPES,
    SESSION_COLUMNS,
    SESSION_INDEXES,
    Table,
)
from tandem.core.errors import ConfigurationError

OLDEST_SERVER = 130000
"""PostgreSQL 13: the first with ``gen_random_uuid()`` built in."""


@dataclass(slots=True)
class Found:
    """What was there before us and what we added to it; kept in ``tandem_meta`` for the way back."""

    adopted: list[str] = field(default_factory=list)
    """Tables that existed."""
    created: list[str] = field(default_factory=list)
    """Tables of the old contract that we made."""
    added: dict[str, list[str]] = field(default_factory=dict)
    """Columns of the old contract that an existing table lacked."""
    touched: list[str] = field(default_factory=list)
    """Tables on which we keep ``updated_at`` current."""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


def settle_schema(catalog: Catalog) -> str:
    """Work in the schema where ``sessions`` is, or where a new table goes; return its quoted name.

    Raises ConfigurationError for a server that is too old or a role without any schema.
    """
    if int(catalog.value("SHOW server_version_num")) < OLDEST_SERVER:
        raise ConfigurationError("PostgreSQL 13 or newer is needed")
    schema: str | None = catalog.value(
        "SELECT quote_ident(coalesce((SELECT nspname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
        "WHERE c.oid = to_regclass('sessions')), current_schema()))"
    )
    if schema is None:
        raise ConfigurationError("the database role has no schema to create tables in; check its search_path")
    catalog.value("SELECT set_config('search_path', :path, true)", path=_path(catalog, schema))
    return schema


def create_or_adopt(catalog: Catalog) -> Found:
    """Make each table of the old contract, or complete the one that is there."""
    found = Found()
    for table in CONTRACT:
        if catalog.kind(table.name) is None:
            catalog.run(*table.create())
            found.created.append(table.name)
            touched = table.is_touched
        else:
            missing = _adopt(catalog, table)
            found.adopted.append(table.name)
            if missing:
                found.added[table.name] = missing
            touched = "updated_at" in missing
        if touched:
            catalog.run(changes.create_touch(table.name))
            found.touched.append(table.name)
    return found


def extend_sessions(catalog: Catalog) -> None:
    """Add our columns to ``sessions``; one of that name and of another kind is not ours to reinterpret."""
    present = catalog.columns("sessions")
    for name, definition in SESSION_COLUMNS.items():
        if name not in present:
            catalog.run(f"ALTER TABLE sessions ADD COLUMN {name} {definition}")
            continue
        column = present[name]
        if column.type != SESSION_COLUMN_TYPES[name] or column.not_null != ("NOT NULL" in definition):
            raise ConfigurationError(
                f"sessions.{name} exists as {column.type}; rename it or use another database or schema"
            )
    catalog.run(*SESSION_INDEXES)


def create_own(catalog: Catalog) -> None:
    """Make the tables that are ours alone; raises ConfigurationError where a name is taken."""
    for table in OWN:
        if catalog.kind(table.name) is not None:
            raise ConfigurationError(
                f"a table {table.name} exists that this project did not make; use another database or schema"
            )
        catalog.run(*table.create())


def _adopt(catalog: Catalog, table: Table) -> list[str]:
    if catalog.kind(table.name) not in ("r", "p"):
        raise ConfigurationError(f"{table.name} exists and is no table; use another database or schema")
    present = catalog.columns(table.name)
    for name, kind in table.essential.items():
        if name not in present or kind not in ("", present[name].type):
            raise ConfigurationError(
                f"a table {table.name} exists that is not the one of the old service ({name} is missing or of "
                "another type); use another database or schema"
            )
    missing = [name for name in table.columns if name not in present and "KEY" not in table.columns[name]]
    catalog.run(*(f'ALTER TABLE {table.name} ADD COLUMN "{name}" {table.columns[name]}' for name in missing))
    return missing


def _path(catalog: Catalog, schema: str) -> str:
    current: str = catalog.value("SHOW search_path")
    return f"{schema}, {current}" if current else schema
