"""Whether a connection has something to say that the event loop has not read yet.

A loop that was busy, or got no processor, reads a notification later than it arrived; so it does the end of a connection.
Whoever must not answer from what is out of date asks the kernel, once per turn of the loop: a microsecond.
"""

import asyncio
import select
from typing import Any


class Unread:
    """Of one connection; for its event loop's thread."""

    def __init__(self, connection: Any) -> None:
        """Watch the socket of an asyncpg ``connection``; where there is none to be had, nothing is ever unread."""
        self._loop = asyncio.get_running_loop()
        self._poll: select.poll | None = None
        self._looked_at, self._found = -1.0, False
        transport = getattr(connection, "_transport", None)
        socket = None if transport is None else transport.get_extra_info("socket")
        if socket is not None and hasattr(select, "poll"):
            self._poll = select.poll()
            self._poll.register(socket.fileno(), select.POLLIN)

    def __bool__(self) -> bool:
        """Whether something is there: data, or the end of the connection."""
        if self._poll is None:
            return False
        # uvloop's clock stands still within a turn, so a busy turn looks once.
        now = self._loop.time()
        if now != self._looked_at:
            self._looked_at, self._found = now, bool(self._poll.poll(0))
        return self._found

    def forget(self) -> None:
        """Look again at the next question: something was read."""
        self._looked_at = -1.0

    def close(self) -> None:
        """Watch no more; the socket's number may soon belong to another connection."""
        self._poll = None
