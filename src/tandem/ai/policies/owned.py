"""Work that must be done although whoever asked for it is being cancelled."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

PATIENCE: Final = 2.0
"""Seconds that somebody waits for such work before he goes on; the work itself goes on in any case."""


class OwnedWork:
    """Runs coroutines to their end in tasks of its own, with strong references to them.

    A bare ``await`` in a ``finally`` is cancelled again where cancellation is by scope; a task is not. Its
    number is bounded by the calls under way: each asks for one at a time.
    """

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Begin ``work``."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self, seconds: float) -> None:
        """Wait until all is done, at most ``seconds``; further work may be started meanwhile."""
        try:
            async with asyncio.timeout(seconds):
                while self._tasks:
                    await asyncio.wait(set(self._tasks))
        except TimeoutError:
            pass


async def wait_for(work: asyncio.Task[Any], seconds: float = PATIENCE) -> None:
    """Wait for ``work``, unless the one who would wait is being cancelled and should be gone at once.

    Its error is not raised, and cancelling the one who waits leaves it alone.
    """
    waiting = asyncio.current_task()
    if waiting is None or not waiting.cancelling():
        await asyncio.wait({work}, timeout=seconds)
