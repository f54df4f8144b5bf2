"""Noticing that a client has left.

No server cancels a plain handler when its client leaves: it would go on waiting for an upstream that nobody
wants to hear any more, and pay for it. Streams are watched in the same way, from before their first byte, because a
server notices a leaving client only while it sends.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from contextlib import suppress
from typing import Any, Final, TypeVar

from fastapi import Request

T = TypeVar("T")

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


WATCHED_AFTER: Final = 0.08
"""Seconds after which the client of a whole answer is watched: most that take less are over before anybody leaves."""


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
        try:
            # A connection that cannot be read any more has no client either.
            with suppress(Exception):
                while (await receive())["type"] != "http.disconnect":
                    pass
        except asyncio.CancelledError:
            # Not passed on: a task keeps the error that ended it, the error this frame, and the frame the task. Such a circle for each
            # request, with all that belongs to it, had the collector at work for 20 ms and more in one go.
            return
        self.gone = True
        for tell in self._told:
            tell()


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return the result of ``work``, cancelling it as soon as the client leaves (then raises ClientLeftError)."""
    # Done in the request's own task, as asyncio.timeout does it: one task less for each request.
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine runs in a task
    watch: ClientWatch | None = None
    left = False

    def leave() -> None:
        nonlocal left
        left = task.cancel()

    def begin() -> None:
        nonlocal watch
        watch = ClientWatch(request.receive)
        watch.when_gone(leave)

    timer = asyncio.get_running_loop().call_later(WATCHED_AFTER, begin)
    try:
        # The work settles its account before the request ends.
        return await work
    except asyncio.CancelledError:
        # Somebody else may have cancelled the request as well: then it is theirs.
        if left and task.uncancel() == 0:
            raise ClientLeftError from None
        raise
    finally:
        timer.cancel()
        if watch is not None:
            watch.close()
