"""The embedded PostgreSQL: a real server from a wheel, kept in TANDEM_HOME, shared by whoever uses it.

::

    with EmbeddedPostgres.acquire(home) as server:
        connection = await asyncpg.connect(server.dsn)

Every process that needs the database acquires it. The first starts a supervisor, which runs the server while
at least one user lives and stops it a moment after the last one ended, however it ended. A thread in each
user starts another supervisor should that be killed. See docs/adr/0002-embedded-postgresql.md.
"""

import asyncio
import logging
import os
import threading
import time
import weakref
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

from tandem.core.database.embedded_layout import Layout
from tandem.core.database.embedded_locks import FileLock
from tandem.core.database.embedded_start import supervisor_lives, take_user_lock, wait_until_ready
from tandem.core.database.embedded_state import ServerState
from tandem.core.database.embedded_status import EmbeddedStatus, status
from tandem.core.database.postgres_binaries import MAJOR, PostgresBinaries, binaries
from tandem.core.database.postgres_cluster import DATABASE, SUPERUSER
from tandem.core.errors import EmbeddedDatabaseError

__all__ = ["MAJOR", "EmbeddedPostgres", "EmbeddedStatus", "PostgresBinaries", "binaries", "status"]

LINGER = 2.0
"""Seconds that a server stays without users, so that one command after another finds it running."""

_log = logging.getLogger("tandem.database.embedded")
_CARE_EVERY, _CARE_AFTER_FAILURE = 1.0, 15.0
_Server = TypeVar("_Server", bound="EmbeddedPostgres")
_living: "weakref.WeakSet[EmbeddedPostgres]" = weakref.WeakSet()


class EmbeddedPostgres:
    """One process's use of the server in one home. Thread-safe.

    A forked child does not inherit the use: it calls :meth:`ensure` to become a user itself. The server's
    lifetime rests on a file lock, so a process that is killed lets go of it as surely as one that leaves.
    """

    def __init__(self, home: Path, *, timeout: float = 60.0, linger: float = LINGER) -> None:
        """Prepare to use the server of ``home`` (see :meth:`acquire`); nothing is started yet."""
        self._layout = Layout.of(home)
        self._timeout = timeout
        self._linger = linger
        self._use: FileLock | None = None
        self._state: ServerState | None = None
        self._mutex = threading.RLock()
        self._enough = threading.Event()
        self._carer: threading.Thread | None = None
        _living.add(self)

    @classmethod
    def acquire(cls, home: Path, *, timeout: float = 60.0, linger: float = LINGER) -> Self:
        """Become a user of the server kept in ``home``, starting it if it does not run.

        ``timeout`` is in seconds; the first start makes the data directory and takes a few. ``linger`` (s) is
        heard by a supervisor at its start only. Raises EmbeddedDatabaseError with the remedy.
        """
        server = cls(home, timeout=timeout, linger=linger)
        try:
            server.ensure()
        except BaseException:
            server.release()
            raise
        return server

    @classmethod
    async def open(cls, home: Path, *, timeout: float = 60.0, linger: float = LINGER) -> Self:  # noqa: ASYNC109
        """Do what :meth:`acquire` does without blocking the event loop; cancelling leaves no use behind."""
        work = asyncio.ensure_future(asyncio.to_thread(cls.acquire, home, timeout=timeout, linger=linger))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            work.add_done_callback(_release_unwanted)
            raise

    @property
    def dsn(self) -> str:
        """The address of the database `tandem`, for asyncpg; the same again after a restart of the server."""
        return self.dsn_for(DATABASE)

    def dsn_for(self, database: str) -> str:
        """Return the address of another ``database`` of this server; raises EmbeddedDatabaseError if released."""
        socket_dir = self._state.socket_dir if self._state else None
        if socket_dir is None:
            raise EmbeddedDatabaseError(
                "The embedded PostgreSQL is not in use by this process.", remedy="Call ensure() first."
            )
        # The port is part of the socket's name; said aloud, $PGPORT cannot change it.
        return f"postgresql://{SUPERUSER}@/{quote(database, safe='')}?host={quote(socket_dir)}&port=5432"

    @property
    def data_dir(self) -> Path:
        """Where the data are kept."""
        return self._layout.data

    def ensure(self, timeout: float | None = None) -> None:
        """Return when the server takes connections, having started what was missing; quick if all is well.

        Raises EmbeddedDatabaseError when that fails within ``timeout`` seconds (default: as acquired).
        """
        deadline = time.monotonic() + (self._timeout if timeout is None else timeout)
        with self._mutex:
            if self._use is None or not self._use.is_in_place():
                self._layout.prepare()
                self._drop_use()
                self._use = take_user_lock(self._layout, deadline)
            self._state = wait_until_ready(self._layout, deadline, self._linger)
            if self._carer is None:
                self._enough.clear()
                self._carer = threading.Thread(target=self._care, name="embedded-postgres", daemon=True)
                self._carer.start()

    async def ensure_async(self, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Do what :meth:`ensure` does without blocking the event loop."""
        await asyncio.to_thread(self.ensure, timeout)

    def release(self) -> None:
        """Stop being a user; the server ends a moment after its last one. May be called again."""
        self._enough.set()
        with self._mutex:
            carer, self._carer = self._carer, None
            self._drop_use()
            self._state = None
        if carer is not None and carer is not threading.current_thread():
            carer.join()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the server."""
        self.release()

    def _care(self) -> None:
        """Start another supervisor when this one was killed, until released (the carer's thread)."""
        pause = _CARE_EVERY
        while not self._enough.wait(pause):
            try:
                self._care_once()
                pause = _CARE_EVERY
            except EmbeddedDatabaseError as error:
                _log.warning("the embedded PostgreSQL cannot be restarted: %s", error)
                pause = _CARE_AFTER_FAILURE

    def _care_once(self) -> None:
        in_place = self._use is not None and self._use.is_in_place()
        if not in_place or supervisor_lives(self._layout):
            return
        _log.warning("the supervisor of the embedded PostgreSQL is gone; starting another")
        # Short, because release() waits for it.
        deadline = time.monotonic() + min(self._timeout, 10.0)
        with self._mutex:
            if self._use is not None and not self._enough.is_set():
                self._state = wait_until_ready(self._layout, deadline, self._linger)

    def _drop_use(self) -> None:
        use, self._use = self._use, None
        if use is not None:
            use.release()

    def _inherited(self) -> None:
        """Begin afresh, as in a forked child: the parent's lock is closed, not unlocked, its thread not there."""
        use, self._use = self._use, None
        if use is not None:
            use.forget()
        self._mutex = threading.RLock()
        self._enough = threading.Event()
        self._carer = None


def _release_unwanted(work: "asyncio.Task[_Server]") -> None:
    if not work.cancelled() and work.exception() is None:
        work.get_loop().run_in_executor(None, work.result().release)


def _after_fork_in_child() -> None:
    for server in list(_living):
        server._inherited()  # noqa: SLF001 (one module, one idea)


os.register_at_fork(after_in_child=_after_fork_in_child)
