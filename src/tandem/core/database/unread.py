"""Whether a connection has something to say that the event loop has not read yet.

A loop that was busy, or got no processor, reads a notification later than it arrived; so it does the end of a connection.
Whoever must not answer from what is out of date asks the kernel, once per turn of the loop: a microsecond. The question
waits for nothing, so the interpreter is kept meanwhile: to give it away and get it back from a server's other threads
would take many times as long as the question.
"""

import asyncio
import ctypes
import select
from contextlib import suppress
from typing import Any, Final


class _PollFd(ctypes.Structure):
    """``struct pollfd`` of POSIX."""

    _fields_ = (("fd", ctypes.c_int), ("events", ctypes.c_short), ("revents", ctypes.c_short))


def _kernels_poll() -> Any:
    """Return the C library's ``poll``, called without giving the interpreter away; None where there is none."""
    with suppress(OSError, AttributeError, TypeError):
        poll = ctypes.PyDLL(None).poll
        # nfds_t is as wide as a long, or narrower and passed in the same register.
        poll.argtypes, poll.restype = (ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int), ctypes.c_int
        return poll
    return None


_POLL: Final = _kernels_poll()


class Unread:
    """Of one connection; for its event loop's thread."""

    def __init__(self, connection: Any) -> None:
        """Watch the socket of an asyncpg ``connection``; where there is none to be had, nothing is ever unread."""
        self._loop = asyncio.get_running_loop()
        self._asked: _PollFd | None = None
        self._looked_at, self._found = -1.0, False
        transport = getattr(connection, "_transport", None)
        socket = None if transport is None else transport.get_extra_info("socket")
        if socket is not None and _POLL is not None:
            self._asked = _PollFd(socket.fileno(), select.POLLIN, 0)
            self._where = ctypes.addressof(self._asked)

    def __bool__(self) -> bool:
        """Whether something is there: data, or the end of the connection."""
        if self._asked is None:
            return False
        # uvloop's clock stands still within a turn, so a busy turn looks once.
        now = self._loop.time()
        if now != self._looked_at:
            self._looked_at, self._found = now, _POLL(self._where, 1, 0) != 0
        return self._found

    def forget(self) -> None:
        """Look again at the next question: something was read."""
        self._looked_at = -1.0

    def close(self) -> None:
        """Watch no more; the socket's number may soon belong to another connection."""
        self._asked = None
