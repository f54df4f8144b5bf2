"""What is done when PostgreSQL cannot be reached: wake it in the background, and do not storm it meanwhile."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from tandem.core.errors import DatabaseUnavailableError, OperationalError

log = logging.getLogger(__name__)

ENSURE_INTERVAL: Final = 2.0
"""Seconds between two beginnings of the waking action, however many requests fail meanwhile."""

FAIL_FAST: Final = 0.1
"""Seconds for which a failed connection attempt answers for the next ones too.

Without it, a hundred requests on a server that hangs would each wait for the full connect timeout.
"""


class Recovery:
    """Remembers a failed attempt for a moment and runs ``ensure``, one at a time, seldom, in the background."""

    def __init__(self, ensure: Callable[[], Awaitable[None]] | None) -> None:
        """Use ``ensure`` to wake the server; None where it is not ours to start."""
        self._ensure = ensure
        self._task: asyncio.Task[None] | None = None
        self._next_ensure = 0.0
        self._failed_until = 0.0
        self._failure: OperationalError | None = None
        self.attempts = 0
        """How often ``ensure`` was begun."""

    def check(self) -> None:
        """Raise DatabaseUnavailableError if an attempt failed only just now."""
        if self._failure is not None and asyncio.get_running_loop().time() < self._failed_until:
            raise DatabaseUnavailableError(self._failure.message, retry_after=self._failure.retry_after)

    def failed(self, error: OperationalError) -> None:
        """Note that connecting failed and see to it that the server is woken."""
        now = asyncio.get_running_loop().time()
        self._failed_until = now + FAIL_FAST
        self._failure = error
        if self._ensure is None or now < self._next_ensure or self._task is not None:
            return
        self._next_ensure = now + ENSURE_INTERVAL
        self.attempts += 1
        self._task = asyncio.create_task(self._run(self._ensure), name="database-ensure")

    async def close(self) -> None:
        """Stop a waking action that is under way."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _run(self, ensure: Callable[[], Awaitable[None]]) -> None:
        try:
            await ensure()
        except Exception:
            log.exception("PostgreSQL could not be started again")
        finally:
            self._task = None
