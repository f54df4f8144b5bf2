"""Endless loops that a process owns: started together, watched, cancelled together."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)


class OwnedTasks:
    """A resource made of coroutines that run until they are cancelled.

    Fail mode: one that ends by an error is logged at once and makes :meth:`ping` raise; the others go on.
    """

    def __init__(self, *work: Coroutine[Any, Any, None]) -> None:
        """Own ``work``; nothing runs before :meth:`open`."""
        self._work = work
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Start everything."""
        for one in self._work:
            task = asyncio.create_task(one, name=getattr(one, "__qualname__", "owned"))
            task.add_done_callback(_log_failure)
            self._tasks.append(task)

    async def close(self) -> None:
        """Cancel everything and wait until it is over."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def ping(self) -> None:
        """Raise RuntimeError if one of them has ended."""
        ended = [task.get_name() for task in self._tasks if task.done()]
        if ended:
            raise RuntimeError(f"ended: {', '.join(ended)}")


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("%s ended by an error", task.get_name(), exc_info=error)


async def ended(task: "asyncio.Task[None]") -> None:
    """Cancel ``task`` and wait for its end; again if a library that it waited in took the cancellation for its own."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=0.5)
