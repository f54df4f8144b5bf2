"""What a migration asks of the database that it finds, and how it talks to it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it is."""

    type: str
    """As PostgreSQL spells it, such as ``character varying(100)``."""
    not_null: bool


class Catalog:
    """The tables of one schema, seen and changed through a migration's connection."""

    def __init__(self, connection: Connection) -> None:
        """Work on ``connection``; its transaction belongs to the caller."""
        self._connection = connection

    def run(self, *statements: str) -> None:
        """Run ``statements``, each a single one."""
        for statement in statements:
            self._connection.exec_driver_sql(statement)

    def value(self, query: str, **parameters: Any) -> Any:
        """Return the first value of ``query``, whose parameters are written ``:name``."""
        return self._connection.execute(text(query), parameters).scalar()

    def attempt(self, *statements: str) -> bool:
        """Run ``statements`` and tell whether they worked; undone if not."""
        try:
            with self._connection.begin_nested():
                self.run(*statements)
        except DBAPIError:
            return False
        return True

    def kind(self, table: str) -> str | None:
        """Return what ``table`` is in PostgreSQL's letters (``r`` and ``p`` are tables), None without it."""
        kind: str | None = self.value(
            "SELECT relkind::text FROM pg_class WHERE oid = to_regclass(quote_ident(:table))", table=table
        )
        return kind

    def columns(self, table: str) -> dict[str, Column]:
        """Return the columns of ``table``, none without it."""
        rows = self._connection.execute(
            text(
                "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute "
                "WHERE attrelid = to_regclass(quote_ident(:table)) AND attnum > 0 AND NOT attisdropped "
                "ORDER BY attnum"
            ),
            {"table": table},
        )
        return {name: Column(kind, not_null) for name, kind, not_null in rows}

    def is_empty(self, table: str) -> bool:
        """Tell whether ``table`` holds no row."""
        return not self.value(f'SELECT EXISTS (SELECT FROM "{table}")')  # noqa: S608 - our own names only
