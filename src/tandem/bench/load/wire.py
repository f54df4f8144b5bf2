"""One keep-alive connection with one request under way at a time; costs far less than what it measures."""

import asyncio
from collections.abc import Callable
from typing import Final, cast

HEAD_END: Final = b"\r\n\r\n"
LAST_CHUNK: Final = b"0\r\n\r\n"

Done = Callable[[bytes | None], None]


class Wire(asyncio.Protocol):
    """Sends bytes and hands over the whole answer; looks at nothing but its length."""

    def __init__(self) -> None:
        """Wait to be connected."""
        self.transport: asyncio.Transport | None = None
        self._done: Done | None = None
        self._parts: list[bytes] = []
        self._missing = -1
        """Bytes of the whole answer; -1 before its head is there, 0 for chunks."""
        self._close = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        # uvloop's transports are none by their class.
        self.transport = cast(asyncio.Transport, transport)

    def ask(self, data: bytes, done: Done) -> None:
        """Send ``data``; ``done`` gets the whole answer, None when the connection broke or is closed."""
        self._done, self._parts, self._missing = done, [], -1
        if self.transport is None:
            self._finish(None)
        else:
            self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        """Take a piece of the answer."""
        self._parts.append(data)
        if self._missing < 0 and not self._begun():
            return
        if self._missing:
            if sum(map(len, self._parts)) >= self._missing:
                self._finish(b"".join(self._parts))
        elif self._ends():
            self._finish(b"".join(self._parts))

    def connection_lost(self, _: Exception | None) -> None:
        """Give up what is under way."""
        self.transport = None
        self._finish(None)

    def forget(self) -> None:
        """Give up the answer that is under way, and the connection with it."""
        self._done = None
        self.close()

    def close(self) -> None:
        """Close the connection."""
        if self.transport is not None:
            self.transport.close()
            self.transport = None

    def _ends(self) -> bool:
        last = self._parts[-1]
        if len(last) < len(LAST_CHUNK) and len(self._parts) > 1:
            last = b"".join(self._parts[-3:])
        return last.endswith(LAST_CHUNK)

    def _begun(self) -> bool:
        whole = b"".join(self._parts)
        head, separator, _ = whole.partition(HEAD_END)
        if not separator:
            return False
        self._parts = [whole]
        lower = head.lower()
        self._close = b"\r\nconnection: close" in lower
        at = lower.find(b"\r\ncontent-length:")
        self._missing = 0
        if at >= 0:
            self._missing = len(head) + 4 + int(lower[at + 17 :].partition(b"\r\n")[0])
        return True

    def _finish(self, answer: bytes | None) -> None:
        done, self._done = self._done, None
        if answer is not None and self._close:
            self.close()
        if done is not None:
            done(answer)


async def connect(port: int) -> Wire:
    """Return an open connection to a port of this machine; raises OSError."""
    _, wire = await asyncio.get_running_loop().create_connection(Wire, "127.0.0.1", port)
    return wire
