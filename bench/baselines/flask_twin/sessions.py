"""Reading a person's sessions: all of them, on every request, as the contract describes (3.1, 3.2)."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg2 import extensions
from psycopg2.pool import ThreadedConnectionPool

CONNECTIONS = int(os.environ.get("TWIN_CONNECTIONS", "10"))
KEYS = (
    "id", "preset", "category", "task", "notes", "duration_minutes", "completed", "productivity_rating", "date",
    "time", "hour", "day_of_week", "created_at",
)  # fmt: skip
COLUMNS = (
    "id::text, preset, category, task, notes, duration_minutes, completed, productivity_rating::float8, date::text, "
    "to_char(time, 'HH24:MI'), hour, (EXTRACT(ISODOW FROM date) - 1)::int, created_at::text"
)
ALL = f"SELECT {COLUMNS} FROM sessions WHERE user_id = %s AND completed ORDER BY date DESC, time DESC"
ADD = (
    "INSERT INTO sessions (user_id, preset, category, task, duration_minutes, completed, productivity_rating, notes) "
    "VALUES (%s, %s, %s, %s, %s, true, %s, %s) RETURNING id::text"
)

Session = dict[str, Any]

_pool: ThreadedConnectionPool | None = None
_free = threading.BoundedSemaphore(CONNECTIONS)
_mutex = threading.Lock()


@contextmanager
def connected() -> Iterator[extensions.connection]:
    """Lend a connection; who finds none free waits."""
    global _pool  # noqa: PLW0603 - one pool per process, made after the fork
    with _free:
        with _mutex:
            if _pool is None:
                _pool = ThreadedConnectionPool(1, CONNECTIONS, os.environ["DATABASE_URL"])
            lent = _pool.getconn()
        try:
            with lent:
                yield lent
        finally:
            with _mutex:
                _pool.putconn(lent)


def completed(user: str) -> list[Session]:
    """Return all completed sessions of ``user``, the newest first."""
    with connected() as connection, connection.cursor() as cursor:
        cursor.execute(ALL, (user,))
        return [dict(zip(KEYS, row, strict=True)) for row in cursor.fetchall()]


def add(user: str, body: dict[str, Any]) -> str:
    """Keep one finished session and return its id."""
    values = (
        user, body.get("preset") or "deep_work", body.get("category") or "Other", body.get("task"),
        body.get("duration_minutes") or 52, body.get("productivity_rating"), body.get("notes"),
    )  # fmt: skip
    with connected() as connection, connection.cursor() as cursor:
        cursor.execute(ADD, values)
        return str(cursor.fetchone()[0])
