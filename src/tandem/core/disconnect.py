"""Noticing that a client has left.

No server cancels a plain handler when its client leaves: it would go on waiting for an upstream that nobody
wants to hear any more, and pay for it. Streams are watched in the same way, from before their first byte, because a
server notices a leaving client only while it sends.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from contextlib import suppress
from typing import Any, TypeVar

from fastapi import Request

T = TypeVar("T")

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class ClientLeftError(Exception):
    """Nobody waits for the answer any more."""


class ClientWatch:
    """Watches one client, from after its body was read: what follows on the connection can only be its end."""

    def __init__(self, receive: Receive) -> None:
        """Begin to watch; :meth:`close` must follow."""
        self._told: list[Callable[[], None]] = []
        self.gone = False
        """Whether the client has left."""
        self.task = asyncio.create_task(self._watch(receive), name="client-watch")
        """Ends when the client leaves."""

    def when_gone(self, tell: Callable[[], None]) -> None:
        """Call ``tell`` when the client leaves; at once if it has left already."""
        if self.gone:
            tell()
        else:
            self._told.append(tell)

    def close(self) -> None:
        """Watch no longer."""
        self._told.clear()
        self.task.cancel()

    async def _watch(self, receive: Receive) -> None:
        # A connection that cannot be read any more has no client either.
        with suppress(Exception):
            while (await receive())["type"] != "http.disconnect":
                pass
        self.gone = True
        for tell in self._told:
            tell()


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return the result of ``work``, cancelling it as soon as the client leaves (then raises ClientLeftError)."""
    task = asyncio.create_task(work)
    watch = ClientWatch(request.receive)
    try:
        await asyncio.wait({task, watch.task}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientLeftError
        return task.result()
    finally:
        watch.close()
        if not task.done():
            task.cancel()
            # The work settles its account before the request ends.
            await asyncio.gather(task, return_exceptions=True)
