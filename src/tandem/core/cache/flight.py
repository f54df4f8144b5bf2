"""Single flight: whoever asks for what is just being made gets the same result, and it is made once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Flights:
    """The work under way, by key. The tasks belong to this object: no reader that leaves takes one along."""

    def __init__(self) -> None:
        """Begin with none."""
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        self.joined = 0
        """Callers that found the work under way."""

    def __len__(self) -> int:
        """Return how many are under way."""
        return len(self._tasks)

    async def run(self, key: str, work: Callable[[], Awaitable[T]]) -> T:
        """Return what ``work`` gives, done once for all callers of ``key`` that overlap; its error is everybody's."""
        # Shielded: the first caller's leaving must not cancel the answer of all the others.
        return await asyncio.shield(self.start(key, work))

    def start(self, key: str, work: Callable[[], Awaitable[T]]) -> "asyncio.Task[T]":
        """Begin ``work`` unless it is under way, and return its task."""
        task = self._tasks.get(key)
        if task is not None:
            self.joined += 1
            return task

        async def flown() -> T:
            return await work()

        task = asyncio.create_task(flown(), name=f"flight {key[:80]}")
        self._tasks[key] = task
        task.add_done_callback(lambda done: self._landed(key, done))
        return task

    async def close(self) -> None:
        """Cancel all work and wait for its end."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # What that work itself began on its way out is short, and is let end.
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _landed(self, key: str, task: "asyncio.Task[Any]") -> None:
        if self._tasks.get(key) is task:
            del self._tasks[key]
        if not task.cancelled():
            task.exception()  # marks it as seen when every reader has left
