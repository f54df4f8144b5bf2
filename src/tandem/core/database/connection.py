"""A database connection whose failures arrive as errors of ours."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import asyncpg
import orjson

from tandem.core.database.failures import RAISED_BY_ASYNCPG, unavailable

_MET_ON_THE_WIRE: Final = (OSError, *RAISED_BY_ASYNCPG)


class DatabaseConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg ships no types
    """asyncpg's connection; what it does on the wire raises DatabaseUnavailableError when PostgreSQL is gone.

    The mapping stands here, around the calls themselves, so that an OSError or a TimeoutError of the
    caller's own code between two queries is never taken for one of the database.

    Going back to the pool rolls an open transaction back and does nothing else: clearing the session would
    cost a second round trip for every query. So what lasts as long as a session (``SET`` without ``LOCAL``,
    session advisory locks, ``LISTEN``, temporary tables) belongs on a connection of its own.
    """

    def get_reset_query(self) -> str:
        """Return what a pool sends before it lends the connection again: nothing."""
        return ""

    async def fetch(self, query: str, *args: Any, **options: Any) -> list[Any]:
        """Run ``query`` and return all its records."""
        with _mapping(self):
            rows: list[Any] = await super().fetch(query, *args, **options)
        return rows

    async def fetchrow(self, query: str, *args: Any, **options: Any) -> Any:
        """Run ``query`` and return its first record, None without one."""
        with _mapping(self):
            return await super().fetchrow(query, *args, **options)

    async def fetchval(self, query: str, *args: Any, **options: Any) -> Any:
        """Run ``query`` and return the first value of its first record, None without one."""
        with _mapping(self):
            return await super().fetchval(query, *args, **options)

    async def execute(self, query: str, *args: Any, **options: Any) -> str:
        """Run ``query`` and return PostgreSQL's status, such as ``INSERT 0 1``."""
        with _mapping(self):
            status: str = await super().execute(query, *args, **options)
        return status

    async def executemany(self, command: str, args: Iterable[Sequence[Any]], **options: Any) -> None:
        """Run ``command`` once for each of ``args``: all or none."""
        with _mapping(self):
            await super().executemany(command, args, **options)

    async def copy_records_to_table(self, table_name: str, **options: Any) -> str:
        """Write ``records`` into ``table_name`` by binary COPY."""
        with _mapping(self):
            status: str = await super().copy_records_to_table(table_name, **options)
        return status

    async def copy_from_query(self, query: str, *args: Any, **options: Any) -> str:
        """Write what ``query`` returns into ``output``, in COPY's ``format``."""
        with _mapping(self):
            status: str = await super().copy_from_query(query, *args, **options)
        return status


@contextmanager
def _mapping(connection: DatabaseConnection) -> Iterator[None]:
    try:
        yield
    except _MET_ON_THE_WIRE as error:
        told = unavailable(error, closed=connection.is_closed())
        if told is None:
            raise
        raise told from error


async def prepare(connection: DatabaseConnection) -> None:
    """Teach ``connection`` to read and write ``json`` and ``jsonb`` as Python values."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, schema="pg_catalog", encoder=_to_json, decoder=orjson.loads, format="text"
        )


def _to_json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
